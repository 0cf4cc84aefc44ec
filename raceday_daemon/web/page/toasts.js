// Alerts as they fire: a note in the corner for a while, read out politely; it stays while a pointer or the focus is on it.

import { alertBody } from './alert_item.js';
import { el } from './dom.js';

const SHOWN_MS = 12_000;
const MOST = 3;

export function startToasts(alerts, clock, place) {
  // The page's end has room for them: whatever they lie on can be scrolled clear of them.
  new ResizeObserver(() => document.documentElement.style.setProperty('--notes', `${place.offsetHeight}px`)).observe(place);
  alerts.addEventListener('fired', ({ detail }) => {
    const known = [...place.children].find((one) => one.dataset.id === detail.notification_id);
    known?.remove();
    place.append(toast(detail, clock));
    while (place.children.length > MOST) place.firstChild.remove();
  });
}

function toast(alert, clock) {
  let timer = null;
  const element = el('article', { class: 'toast', 'data-id': alert.notification_id },
    el('button', { type: 'button', class: 'close', 'aria-label': 'Close this alert', click: () => element.remove() }, '×'), alertBody(alert, clock));
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => element.remove(), SHOWN_MS);
  };
  const stay = () => clearTimeout(timer);
  for (const name of ['pointerenter', 'focusin']) element.addEventListener(name, stay);
  for (const name of ['pointerleave', 'focusout']) element.addEventListener(name, go);
  go();
  return element;
}
