// One runner's row: who it is, and its market.

import { el, setAttribute, setText, told } from './dom.js';
import { percent } from './format.js';
import { jacket } from './jacket.js';
import { PriceCell } from './price_cell.js';
import { Sparkline } from './sparkline.js';
import { clean, isolated } from './text.js';

const FULL_SHARE = 40; // a share of so many per cent fills the bar

export class RunnerRow {
  constructor(runner, isHarness, onWish) {
    this.prices = ['fixed_win_odds', 'fixed_place_odds', 'pool_win_odds', 'pool_place_odds'].map(
      (name) => [name, new PriceCell(name.endsWith('win_odds') ? 'win' : 'place')],
    );
    this.people = el('span', { class: 'people' });
    this.marks = el('span', { class: 'marks' });
    this.share = el('span', { class: 'figure' });
    this.bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, el('span'));
    this.hold = el('td', { class: 'hold' });
    this.line = new Sparkline();
    this.isHarness = isHarness;
    this.element = this.#row(runner, onWish);
  }

  /** Shows a runner whole. */
  show(runner, isOver) {
    this.priceType = runner.price_type;
    this.#showPeople(runner);
    this.line.show(runner.prices);
    this.follow(runner, runner.prices.at(-1)?.at, isOver);
    const [last, before] = [runner.prices.at(-1), runner.prices.at(-2)];
    const win = this.prices[0][1];
    if (before && !win.hasMoved && last.odds === runner.fixed_win_odds && !runner.is_scratched) win.moved(before.odds);
  }

  /** Shows how its market stands; what is another than before shows that for a moment. */
  follow(line, at, isOver) {
    const isOut = line.is_scratched === true;
    this.element.classList.toggle('scratched', isOut);
    this.bell.hidden = isOut || isOver;
    for (const [name, cell] of this.prices) cell.show(isOut ? null : line[name]);
    const price = this.priceType === 'pool_win' ? line.pool_win_odds : line.fixed_win_odds;
    if (price !== null && at && !isOut) this.line.add(at, price);
    const share = isOut ? null : line.win_pool_percentage;
    setText(this.share, percent(share));
    this.bar.firstChild.style.setProperty('inline-size', `${Math.min(100, ((share ?? 0) / FULL_SHARE) * 100).toFixed(1)}%`);
    setText(this.hold, isOut ? '–' : percent(line.hold_percentage, 0));
    this.#showMarks(line, isOut);
  }

  #row(runner, onWish) {
    const number = el('span', { class: 'number' }, String(runner.runner_number));
    const name = el('span', { class: 'name' }, told(runner.name));
    const who = el('th', { scope: 'row', class: 'runner' },
      el('span', { class: 'who' }, number, jacket(runner.silk_colours),
        el('span', { class: 'words' }, el('span', { class: 'first' }, name, this.marks), this.people)));
    this.bell = el('button', {
      type: 'button', class: 'bell', title: 'Alert me …', 'aria-label': `Alert me about ${isolated(runner.name)}`, click: () => onWish(runner),
    }, '+');
    return el('tr', {}, who, ...this.prices.map(([, cell]) => cell.element),
      el('td', { class: 'share' }, this.share, this.bar), this.hold,
      el('td', { class: 'trend' }, this.line.element), el('td', { class: 'wish' }, this.bell));
  }

  #showPeople({ jockey, trainer_name: trainer, barrier }) {
    const parts = [
      jockey && ['jockey', jockey],
      trainer && ['trainer', trainer],
      barrier !== null && ['barrier', `${this.isHarness ? 'Draw' : 'Barrier'} ${barrier}`],
    ].filter(Boolean);
    if (this.people.textContent === parts.map(([, words]) => clean(words)).join('')) return;
    this.people.replaceChildren(...parts.map(([name, words]) => el('span', { class: name }, told(words))));
  }

  #showMarks(line, isOut) {
    const wanted = [
      isOut && ['out', line.is_late_scratched ? 'Late scratching' : 'Scratched'],
      !isOut && line.favourite && ['favourite', 'Fav'],
      !isOut && line.mover && ['mover', 'Mover'],
    ].filter(Boolean);
    const key = wanted.map(([kind]) => kind).join(' ');
    if (this.marks.dataset.key === key) return;
    setAttribute(this.marks, 'data-key', key);
    this.marks.replaceChildren(...wanted.flatMap(([kind, words]) => [' ', el('span', { class: `tag ${kind}` }, words)]));
  }
}
