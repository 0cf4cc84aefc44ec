// One alert: what it says, when, to whom.

import { el, told } from './dom.js';
import { secondsTime, shortDay } from './format.js';
import { raceLink } from './router.js';
import { clean } from './text.js';
import { typeName } from './words.js';

const LONGEST_MESSAGE = 400;

/** Gives the inside of an alert, for the list and the corner. */
export function alertBody(alert, clock) {
  const [title, message] = [clean(alert.title), clean(alert.message, LONGEST_MESSAGE)];
  // A message begins with its title, as a rule: it is not said twice.
  const rest = message.startsWith(title) ? message.slice(title.length).replace(/^[\s,;:.]+/u, '') : message;
  const heading = el('bdi', { class: 'headline' }, title);
  return el('div', { class: 'alert' },
    el('p', { class: 'meta' }, el('span', { class: 'type' }, typeName(alert.type)), el('span', {}, 'for ', told(alert.user_id)),
      toldAt(alert, clock)),
    el('p', {}, alert.race_id ? el('a', { href: raceLink(alert.race_id) }, heading) : heading, el('bdi', {}, rest)));
}

/** Gives when it was told; what the source's answer was of another time says so to those who ask. */
function toldAt({ created_at: told_, event_timestamp: happened }, clock) {
  const [at, of] = [told_, happened].map((one) => timeWords(Date.parse(one), clock));
  return el('time', { datetime: told_, title: at === of ? null : `Told at ${at}, by an answer of the source of ${of}` }, at);
}

/** Gives the time of day, with the day where that is not today. */
function timeWords(at, clock) {
  const [day, today] = [at, clock.now()].map((one) => shortDay(one, clock.timezone));
  return `${day === today ? '' : `${day}, `}${secondsTime(at, clock.timezone)}`;
}
