// Elements built and kept up to date by hand: text goes in as text, and only what differs is touched.

import { clean } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an element; a function among the attributes listens, null and false are left out. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an element of a drawing. */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Makes an element of a text of the source: isolated in its direction, and harmless. */
export function told(text) {
  return el('bdi', {}, clean(text));
}

/** Sets a text where it is another. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute, or takes it away (null, false), where it is another. */
export function setAttribute(element, name, value) {
  if (value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

/** Words for those who listen to the page alone. */
export function unseen(text) {
  return el('span', { class: 'unseen' }, text);
}

/** Lets `parent` have a child for each item, in their order; children of items that stay are kept. */
export class Keyed {
  #children = new Map();

  constructor(parent, keyOf, make) {
    this.parent = parent;
    this.keyOf = keyOf;
    this.make = make;
  }

  /** `make` gives `{element, update(item)}` for a new item. */
  update(items) {
    const kept = new Map();
    let place = this.parent.firstChild;
    for (const item of items) {
      const key = this.keyOf(item);
      const child = this.#children.get(key) ?? this.make(item);
      kept.set(key, child);
      child.update(item);
      if (child.element === place) place = place.nextSibling;
      else this.parent.insertBefore(child.element, place);
    }
    for (const [key, child] of this.#children) if (!kept.has(key)) child.element.remove();
    this.#children = kept;
  }
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
