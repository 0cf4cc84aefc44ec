// One race: its head, runners, money in time, pools, results; kept up to date cell by cell.

import { Refusal, ask } from './api.js';
import { bigBets } from './big_bets.js';
import { el } from './dom.js';
import { moneyTable } from './money_table.js';
import { poolList } from './pools.js';
import { raceHead } from './race_head.js';
import { resultBoard } from './results.js';
import { runnerTable } from './runner_table.js';
import { isolated } from './text.js';

const LOOK_AGAIN_MS = 15_000; // prices in time, big bets, earlier buckets are in the view alone

/** Shows a race, and follows it until the signal. */
export function raceView({ board, connection, wish }, { id }, signal) {
  const place = el('div', { class: 'view race' }, el('h1', { tabindex: '-1' }, 'Loading the race …'));
  let parts = null;
  let standing = null;
  let timer = null;

  async function look() {
    clearTimeout(timer);
    timer = null;
    try {
      const view = await ask(`races/${encodeURIComponent(id)}`);
      if (signal.aborted) return;
      if (!parts || parts.field !== fieldOf(view)) parts = build(place, view, board, wish, signal);
      parts.show(view);
      standing = outcomeOf(view.race);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!signal.aborted && !parts) refuse(place, error);
    }
  }

  connection.addEventListener('told', ({ detail: { kind, data } }) => {
    if (kind !== 'race' || data.race.race_id !== id || !parts) return;
    if (fieldOf(data) !== parts.field || outcomeOf(data.race) !== standing) look();
    else timer ??= setTimeout(look, LOOK_AGAIN_MS);
    if (fieldOf(data) === parts.field) parts.follow(data);
  }, { signal });
  connection.addEventListener('loaded', look, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  look();
  return place;
}

function build(place, view, board, wish, signal) {
  const head = raceHead(view, board, signal);
  const runners = runnerTable(view, (runner) => wish(view, runner));
  const money = moneyTable(view);
  const [pools, results, bets] = [poolList(), resultBoard(board.clock), bigBets(board.clock)];
  const tell = el('button', { type: 'button', class: 'quiet', click: () => wish(view, null) }, 'Alert me …');
  head.actions.append(tell);
  const table = el('section', { 'aria-labelledby': 'runners' }, el('h2', { id: 'runners' }, 'Runners'), runners.element);
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(head.element, results.element, table, money.element, pools.element, bets.element);
  // Whoever came here by keyboard stands at the heading, which has just become another one.
  if (hadFocus) place.querySelector('h1').focus({ preventScroll: true });
  document.title = `${isolated(view.race.meeting_name)} R${view.race.race_number} · Raceday`;
  return {
    field: fieldOf(view),
    show(whole) {
      head.show(whole.race, whole.facts);
      runners.show(whole.runners, whole.race);
      money.show(whole.timeline);
      pools.show(whole.pools);
      results.show(whole.results, whole.facts);
      bets.show(whole.big_bets, whole.runners);
    },
    follow(event) {
      head.show(event.race);
      runners.follow(event.runners, event.race);
      if (event.bucket) money.follow(event.bucket);
      pools.show(event.pools);
    },
  };
}

function refuse(place, error) {
  const words = error.status === 404 ? 'There is no such race here' : 'This race can’t be shown now';
  place.replaceChildren(el('h1', { tabindex: '-1' }, words), el('p', { class: 'empty' }, `${error.message}. `, el('a', { href: '#/' }, 'To the day’s races')));
}

/** What the rows of a race's tables are: its runners in their order. */
const fieldOf = ({ runners }) => runners.map((runner) => runner.entrant_id).join(' ');
const outcomeOf = (race) => [race.status, race.result_status, race.protest].join(' ');
