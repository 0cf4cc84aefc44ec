// Rules in words: what each type waits for, what its threshold is, and a rule as people read it.

import { bandWords } from './bands.js';
import { odds, seconds } from './format.js';
import { capitalised, clean } from './text.js';
import { typeName } from './words.js';

// What it waits for; where it has a threshold also how that is asked for, and one to begin with.
const TYPES = {
  odds_shortening: ['How far the Win price has fallen, in % of what it was', 'Fall of the Win price (%)', '15'],
  odds_drift: ['How far the Win price has risen, in % of what it was', 'Rise of the Win price (%)', '20'],
  odds_below: ['The Win price is this or less', 'Win price', '4.50'],
  odds_above: ['The Win price is this or more', 'Win price', '10.00'],
  money_flow: ['How far a runner’s share of the new Win money has risen: from 10% to 25% is 15 points', 'Rise of its share (points)', '15'],
  hold_percentage: ['How far a runner’s hold has risen: from 10% to 15% is 5 points', 'Rise of its hold (points)', '5'],
  pool_share: ['How far a runner’s share of the Win pool has risen: from 10% to 15% is 5 points', 'Rise of its share (points)', '5'],
  big_bet: ['Somebody has bet this much or more, and the source has made it public', 'Stake (dollars)', '1000'],
  scratched: ['A runner is taken out of the race'],
  favourite_changed: ['Another runner is favourite: its Win price is shorter than all others'],
  race_status: ['The race has another status: it has closed, or has its results'],
  start_moved: ['The advertised start is moved, earlier or later', 'Moved by so many seconds, or more', 'any'],
  race_start: ['How long it is to the advertised start: 120 is two minutes', 'Seconds before the start', '120'],
};

/** Gives `{help, label, example}` of a type; one that is not known here says what the daemon says of it. */
export function typeWords(type) {
  const [help, label, example] = Object.hasOwn(TYPES, type.name) ? TYPES[type.name] : [clean(type.measure)];
  const sentence = `${capitalised(help)}${type.while_open ? ', while the race is open' : ''}.`;
  return { help: sentence, label: label ?? 'Threshold', example: example ?? '' };
}

/** Says what a rule waits for. */
export function ruleWords(rule, types) {
  if (!rule.alert_type) return `Band of ${bandWords([rule.percentage_range_min, rule.percentage_range_max])}%`;
  const type = types.types.find((one) => one.name === rule.alert_type);
  const window = rule.window_seconds ? ` within ${seconds(rule.window_seconds)}` : '';
  return `${typeName(rule.alert_type)}${bound(rule, type)}${window}`;
}

/** Gives what a rule watches, in names: a runner and its race, a race, or nothing (every race). */
export const watched = (rule) => [rule.entrant && (rule.entrant_name ?? rule.entrant), rule.race_label ?? rule.race].filter(Boolean);

/** Says of a rule that was written that it was, and which it is; `isNew` is false where there was one like it. */
export function madeWords(rule, types, isNew) {
  const where = watched(rule).map((one) => clean(one)).join(', ') || 'every race';
  return `${isNew ? 'Made' : 'There already, now as asked'}: ${clean(ruleWords(rule, types))}, ${where}, for ${clean(rule.user_id)}`;
}

function bound({ threshold }, type) {
  if (threshold === null || !type?.unit) return '';
  if (type.unit === '%') return ` by ${threshold}%`;
  if (type.unit === 'percentage points') return ` by ${threshold} points`;
  if (type.unit === 'seconds') return `: ${seconds(threshold)}`;
  return type.unit === 'dollars' ? ` of $${threshold} or more` : ` ${odds(threshold)}`;
}
