// Where the money went: each runner's share of what came into the Win pool, a column a bucket of time to the start.

import { BANDS, bandOf, bandWords } from './bands.js';
import { el, setAttribute, setText, told } from './dom.js';
import { shortMoney } from './format.js';

const MODES = { share: 'Share of new money', amount: 'New money' };

/** Gives `{element, show(timeline), follow(bucket)}`. */
export function moneyTable({ race, runners }) {
  const columns = new Map();
  const heads = el('tr', {}, el('th', { scope: 'col', class: 'runner' }, 'Minutes to go'));
  const rows = runners.map((runner) => el('tr', {}, el('th', { scope: 'row', class: 'runner' },
    el('span', { class: 'number' }, String(runner.runner_number)), ' ', told(runner.name))));
  const table = el('table', { class: 'money' },
    el('caption', { class: 'unseen' }, 'New money in the Win pool by runner and minutes to the start'),
    el('thead', {}, heads), el('tbody', {}, ...rows));
  const scroller = el('div', { class: 'scroller', role: 'region', 'aria-label': 'Money flow', tabindex: '0' }, table);
  const empty = el('p', { class: 'empty' }, 'No money has come in yet.');
  let mode = 'share';
  const switcher = modeSwitch(race.race_id, (chosen) => {
    mode = chosen;
    columns.forEach((column) => column.draw(mode));
  });
  const element = el('section', { 'aria-labelledby': 'money' },
    el('div', { class: 'heading' }, el('h2', { id: 'money' }, 'Money flow'), switcher), legend(), scroller, empty);

  const put = (bucket) => {
    let column = columns.get(bucket.time_interval);
    if (!column) {
      column = new Column(bucket.time_interval, runners.length);
      const after = [...columns.keys()].filter((interval) => interval > bucket.time_interval).length;
      [heads, ...rows].forEach((row, place) => row.insertBefore(column.cells[place], row.children[after + 1] ?? null));
      columns.set(bucket.time_interval, column);
    }
    column.show(bucket, mode);
    scroller.hidden = !(empty.hidden = columns.size > 0);
  };
  scroller.hidden = true;
  return {
    element,
    show(timeline) {
      const isFirst = columns.size === 0;
      timeline.forEach(put);
      // The newest buckets are what matters; before it is in the page it has no width.
      if (isFirst) requestAnimationFrame(() => (scroller.scrollLeft = scroller.scrollWidth));
    },
    follow(bucket) {
      const wasAtEnd = scroller.scrollLeft + scroller.clientWidth >= scroller.scrollWidth - 8;
      put(bucket);
      if (wasAtEnd) scroller.scrollLeft = scroller.scrollWidth;
    },
  };
}

class Column {
  constructor(interval, runners) {
    const words = interval < 0 ? `+${-interval}` : String(interval);
    const name = interval < 0 ? `${-interval} minutes after the start` : `${interval} minutes to the start`;
    this.cells = [el('th', { scope: 'col', 'aria-label': name }, words), ...Array.from({ length: runners }, () => el('td'))];
  }

  show(bucket, mode) {
    this.bucket = bucket;
    this.draw(mode);
  }

  draw(mode) {
    const { new_money_percentages: shares, increments } = this.bucket;
    this.cells.slice(1).forEach((cell, place) => {
      const share = shares[place];
      setAttribute(cell, 'class', share === null ? null : bandOf(share));
      // Cut, not rounded: 24.8 lies in the band below 25.
      setText(cell, mode === 'share' ? (share === null ? '' : String(Math.floor(share))) : shortMoney(increments[place]));
    });
  }
}

function modeSwitch(raceId, onChosen) {
  const choice = ([mode, words], place) =>
    el('label', {}, el('input', { type: 'radio', name: `money ${raceId}`, value: mode, checked: place === 0, change: () => onChosen(mode) }), el('span', {}, words));
  return el('fieldset', { class: 'switch' }, el('legend', { class: 'unseen' }, 'What the table shows'), ...Object.entries(MODES).map(choice));
}

const legend = () =>
  el('ul', { class: 'legend', 'aria-label': 'Colours, by per cent of the new money' },
    ...BANDS.map((band) => el('li', { class: `band-${band[0]}` }, `${bandWords(band)}%`)));
