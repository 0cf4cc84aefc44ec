// The tote's pools of a race, a bar each beside the biggest.

import { Keyed, el, setText } from './dom.js';
import { money } from './format.js';

const NAMES = {
  win_pool_total: 'Win',
  place_pool_total: 'Place',
  quinella_pool_total: 'Quinella',
  exacta_pool_total: 'Exacta',
  trifecta_pool_total: 'Trifecta',
  first4_pool_total: 'First 4',
};

/** Gives `{element, show(pools)}`. */
export function poolList() {
  const [list, total] = [el('dl', { class: 'pools' }), el('p', { class: 'sum' })];
  const items = new Keyed(list, ([name]) => name, pool);
  const element = el('section', { 'aria-labelledby': 'pools', hidden: true },
    el('div', { class: 'heading' }, el('h2', { id: 'pools' }, 'Pools'), total), list);
  return {
    element,
    show(pools) {
      const known = Object.keys(NAMES).map((name) => [name, pools?.[name] ?? null]).filter(([, cents]) => cents !== null);
      const most = Math.max(1, ...known.map(([, cents]) => cents));
      element.hidden = known.length === 0;
      items.update(known.map(([name, cents]) => [name, cents, cents / most]));
      setText(total, pools?.total_race_pool ? `${money(pools.total_race_pool)} in all` : '');
    },
  };
}

function pool([name]) {
  const [figure, fill] = [el('span', { class: 'figure' }), el('span')];
  const element = el('div', {}, el('dt', {}, NAMES[name]), el('dd', {}, figure, el('span', { class: 'bar', 'aria-hidden': 'true' }, fill)));
  return {
    element,
    update([, cents, part]) {
      setText(figure, money(cents));
      fill.style.setProperty('inline-size', `${Math.max(0, part * 100).toFixed(1)}%`);
    },
  };
}
