// What the daemon's words mean to people.

import { clean } from './text.js';

const TYPES = {
  odds_shortening: 'Price shortens',
  odds_drift: 'Price drifts',
  odds_below: 'Price at or below',
  odds_above: 'Price at or above',
  money_flow: 'New money flows in',
  hold_percentage: 'Hold rises',
  pool_share: 'Pool share rises',
  big_bet: 'Big bet',
  scratched: 'Scratching',
  favourite_changed: 'New favourite',
  race_status: 'Race changes status',
  start_moved: 'Start is moved',
  race_start: 'Before the start',
  more_alerts: 'More alerts',
};

const MISSED = {
  down: 'the daemon was down',
  stalled: 'the machine stalled',
  busy: 'an earlier look was still under way',
  overload: 'too much load',
  replanned: 'the start was moved',
  unwatched: 'nobody watched the race',
};

const CATEGORIES = { T: 'Thoroughbred', H: 'Harness' };

/** Gives what a table of words has of its own for a name; a source's word may be one that every object knows. */
const ownWord = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined);

export const typeName = (name) => ownWord(TYPES, name) ?? clean(name, 40).replaceAll('_', ' ');
export const missedReason = (name) => ownWord(MISSED, name) ?? name;
export const categoryName = (letter) => ownWord(CATEGORIES, letter) ?? clean(letter, 20);

/** Spaces out a condition that the source runs together: Good4, Soft5. */
export const condition = (text) => text && text.replace(/^([A-Za-z ]+?)(\d+)$/, '$1 $2');

/** Says whether nothing can happen to a race any more: rules about it are refused. */
export const isOver = (race) => race.status === 'Final' || race.status === 'Abandoned';

/** Gives how a race stands, `{key, words}`: by its status, and by the time where it is late. */
export function standing(race, now) {
  if (race.status === 'Open') {
    return now > Date.parse(race.start_time) ? { key: 'late', words: 'Late' } : { key: 'open', words: 'Open' };
  }
  const key = ownWord({ Closed: 'closed', Interim: 'interim', Final: 'final', Abandoned: 'abandoned' }, race.status);
  return { key: key ?? 'other', words: key ? race.status : clean(race.status, 20) };
}
