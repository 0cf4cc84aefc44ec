// The runners of a race: a row each, whose cells change one by one, and show for a moment that they did.

import { el } from './dom.js';
import { RunnerRow } from './runner_row.js';
import { isOver } from './words.js';

/** Gives `{element, show(runners, race), follow(lines, race)}`; `onWish(runner)` is for alerts about one. */
export function runnerTable(view, onWish) {
  const isHarness = view.race.category === 'H';
  const rows = new Map(view.runners.map((runner) => [runner.entrant_id, new RunnerRow(runner, isHarness, onWish)]));
  const body = el('tbody', {}, ...[...rows.values()].map((row) => row.element));
  const table = el('table', { class: 'runners' }, caption(isHarness), head(), body);
  const scroller = el('div', { class: 'scroller', role: 'region', 'aria-label': 'Runners and prices', tabindex: '0' }, table);
  const element = view.runners.length ? scroller : el('p', { class: 'empty' }, 'No runners yet: the race has not been looked at.');
  return {
    element,
    show: (runners, race) => runners.forEach((runner) => rows.get(runner.entrant_id).show(runner, isOver(race))),
    follow: (lines, race) => lines.forEach((line) => rows.get(line.entrant_id).follow(line, race.seen_at, isOver(race))),
  };
}

const caption = (isHarness) =>
  el('caption', { class: 'unseen' }, `Runners with ${isHarness ? 'driver' : 'jockey'} and trainer, prices, share of the Win pool, hold`);

function head() {
  const group = (words, columns) => el('th', { scope: 'colgroup', colspan: columns, class: 'group' }, words);
  const column = (words, name) => el('th', { scope: 'col', class: name }, words);
  return el('thead', {},
    el('tr', {}, el('th', { scope: 'col', rowspan: 2, class: 'runner' }, 'Runner'), group('Fixed', 2), group('Tote', 2),
      el('th', { scope: 'col', rowspan: 2, class: 'share' }, 'Win share'), el('th', { scope: 'col', rowspan: 2 }, 'Hold'),
      el('th', { scope: 'col', rowspan: 2, class: 'trend' }, 'Price'),
      el('th', { scope: 'col', rowspan: 2 }, el('span', { class: 'unseen' }, 'Alerts'))),
    el('tr', {}, column('Win', 'win'), column('Place', 'place'), column('Win', 'win'), column('Place', 'place')));
}
