// What came of a race: the placings with their margins, and what each product pays.

import { el, told } from './dom.js';
import { clockTime, dividend } from './format.js';

/** Gives `{element, show(results, facts)}`. */
export function resultBoard(clock) {
  const element = el('section', { class: 'results', 'aria-labelledby': 'results', hidden: true });
  let shown = '';
  return {
    element,
    show(results, facts) {
      const key = JSON.stringify([results, facts.abandoned_at, facts.finalized_at, clock.timezone]);
      if (key === shown) return;
      shown = key;
      element.hidden = !results;
      element.replaceChildren(...(results ? parts(results, facts, clock) : []));
    },
  };
}

function parts(results, facts, clock) {
  const at = facts.finalized_at ?? results.result_time;
  const words = results.result_status === 'final' ? 'Result' : 'Interim result';
  const heading = el('div', { class: 'heading' }, el('h2', { id: 'results' }, words),
    el('p', { class: 'sum' }, at ? clockTime(Date.parse(at), clock.timezone) : '', results.protest_lodged ? ' · protest lodged' : ''));
  return [heading, el('div', { class: 'columns' }, placings(results.placings), dividends(results.dividends))];
}

function placings(list) {
  if (list.length === 0) return el('p', { class: 'empty' }, 'No placings yet.');
  // The source sends zeros until it knows the margins.
  const areKnown = list.some((one) => Number(one.margin));
  const row = (one) => el('tr', { class: one.position === 1 ? 'winner' : null },
    el('td', { class: 'position' }, ordinal(one.position)), el('td', { class: 'number' }, one.runner_number === null ? '–' : String(one.runner_number)),
    el('th', { scope: 'row' }, told(one.name)), el('td', { class: 'margin' }, one.margin && areKnown ? told(one.margin) : ''));
  return el('table', { class: 'placings' }, el('caption', {}, 'Placings'),
    head(['Place', 'No.', 'Runner', 'Margin']), el('tbody', {}, ...list.map(row)));
}

function dividends(list) {
  if (list.length === 0) return el('p', { class: 'empty' }, 'No dividends yet.');
  const row = (one) => el('tr', {}, el('th', { scope: 'row' }, told(product(one))),
    el('td', {}, one.description ? told(one.description) : ''), el('td', { class: 'figure' }, dividend(one.dividend)));
  return el('table', { class: 'dividends' }, el('caption', {}, 'Dividends'),
    head(['Product', 'Runners', 'Pays']), el('tbody', {}, ...[...list].sort((one, other) => rank(one) - rank(other)).map(row)));
}

const ORDER = ['Win', 'Place', 'Quinella', 'Exacta', 'Trifecta', 'First4'];
const product = (one) => one.product_name.replace(/^Pool (?=\S)/, '');
const rank = (one) => (ORDER.includes(product(one)) ? ORDER.indexOf(product(one)) : ORDER.length);

const head = (names) => el('thead', {}, el('tr', {}, ...names.map((name) => el('th', { scope: 'col' }, name))));

function ordinal(place) {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th' }[new Intl.PluralRules('en', { type: 'ordinal' }).select(place)];
  return `${place}${ending}`;
}
