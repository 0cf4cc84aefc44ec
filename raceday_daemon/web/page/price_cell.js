// A price in a table: with an arrow for its last move, and a light for a moment when it moves.

import { el, setText, unseen } from './dom.js';
import { odds } from './format.js';

export class PriceCell {
  #value;

  hasMoved = false;

  constructor(kind) {
    this.figure = el('span', { class: 'figure' });
    this.arrow = el('span', { class: 'arrow', 'aria-hidden': 'true' });
    this.words = unseen('');
    this.element = el('td', { class: `price ${kind}`, animationend: () => this.element.classList.remove('lit') },
      this.figure, this.arrow, this.words);
  }

  /** Shows a price (null: none); one that moved is lit up. */
  show(value) {
    const before = this.#value;
    if (before === value) return;
    this.#value = value;
    setText(this.figure, odds(value));
    if (before === undefined || before === null || value === null) {
      if (value === null) this.#point('', '');
      return;
    }
    this.moved(before);
    // Begun anew where it is lit already.
    this.element.classList.remove('lit');
    void this.element.offsetWidth;
    this.element.classList.add('lit');
  }

  /** Says where the price shown came from. */
  moved(before) {
    this.hasMoved = true;
    if (this.#value < before) this.#point('shorter', `, in from ${odds(before)}`);
    else if (this.#value > before) this.#point('longer', `, out from ${odds(before)}`);
  }

  #point(direction, words) {
    this.element.classList.toggle('shorter', direction === 'shorter');
    this.element.classList.toggle('longer', direction === 'longer');
    setText(this.arrow, { shorter: '▾', longer: '▴' }[direction] ?? '');
    setText(this.words, words);
  }
}
