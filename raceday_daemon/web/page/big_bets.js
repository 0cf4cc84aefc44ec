// Large bets on a race that the source made public.

import { el, told } from './dom.js';
import { clockTime, money, odds } from './format.js';

/** Gives `{element, show(bets, runners)}`. */
export function bigBets(clock) {
  const list = el('ul', { class: 'bets' });
  const element = el('section', { 'aria-labelledby': 'bets', hidden: true }, el('h2', { id: 'bets' }, 'Big bets'), list);
  let shown = '';
  return {
    element,
    show(bets, runners) {
      const key = bets.map((bet) => bet.bet_id).join(' ');
      if (key === shown) return;
      shown = key;
      element.hidden = bets.length === 0;
      const names = new Map(runners.map((runner) => [runner.entrant_id, runner.name]));
      list.replaceChildren(...[...bets].reverse().map((bet) => item(bet, names.get(bet.entrant_id), clock)));
    },
  };
}

function item(bet, name, clock) {
  const price = bet.odds === null ? '' : ` at ${odds(bet.odds)}`;
  const more = bet.legs !== null && bet.legs > 1 ? `, ${bet.legs} legs` : '';
  return el('li', {}, el('strong', { class: 'figure' }, money(bet.stake)), `${price} on `, told(name ?? bet.title), more,
    el('time', {}, clockTime(Date.parse(bet.placed_at), clock.timezone)));
}
