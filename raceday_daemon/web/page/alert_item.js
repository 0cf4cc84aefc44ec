// One alert: what it says, of which race, when.

import { el, told } from './dom.js';
import { secondsTime } from './format.js';
import { raceLink } from './router.js';
import { clean } from './text.js';
import { typeName } from './words.js';

const LONGEST_MESSAGE = 400;

/** Gives the inside of an alert, for the list and the corner. */
export function alertBody(alert, clock) {
  const title = el('bdi', {}, clean(alert.title));
  const at = Date.parse(alert.event_timestamp);
  return el('div', { class: 'alert' },
    el('p', { class: 'meta' }, el('span', { class: 'type' }, typeName(alert.type)), el('time', { datetime: alert.event_timestamp }, secondsTime(at, clock.timezone))),
    el('p', { class: 'title' }, alert.race_id ? el('a', { href: raceLink(alert.race_id) }, title) : title),
    el('p', { class: 'message' }, el('bdi', {}, clean(alert.message, LONGEST_MESSAGE))),
    alert.race_label ? el('p', { class: 'of' }, told(alert.race_label), ` · for `, told(alert.user_id)) : el('p', { class: 'of' }, 'for ', told(alert.user_id)));
}
