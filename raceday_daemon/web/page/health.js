// How the daemon stands in four words: the source, the store, the way onward, the looks that were missed.

import { number } from './format.js';
import { clean } from './text.js';
import { missedReason } from './words.js';

const WELL = 'well';
const WARY = 'wary';
const BAD = 'bad';
const UNKNOWN = 'unknown';

/** Gives the items of the strip: `{name, state, words, more}`; `more` is a sentence for those who ask. */
export function healthItems(health, connection) {
  const live = { live: [WELL, 'live'], lost: [BAD, 'reconnecting'], loading: [WARY, 'connecting'] }[connection.phase];
  const items = [{ name: 'Page', state: live[0], words: live[1], more: '' }];
  if (!health) return items;
  const told = [source(health), store(health, connection), outbox(health.appwrite), ...channels(health.channels), looks(health)];
  // What was well may no longer be: nobody can tell while the connection is lost.
  return [...items, ...(connection.phase === 'lost' ? told.map((item) => (item.state === WELL ? { ...item, state: UNKNOWN } : item)) : told)];
}

function source({ breakers, failing_jobs: failing, stale_races: stale, broken_races: broken, standing_by: standingBy }) {
  const name = 'Source';
  if (standingBy) {
    return { name, state: WARY, words: 'left to another', more: `another daemon polls: ${clean(standingBy.holder)}` };
  }
  if (broken.length) {
    return { name, state: BAD, words: `${broken.length} broken off`, more: 'a bug has ended the looks at these races' };
  }
  if (Object.values(breakers).some((state) => state !== 'closed')) {
    return { name, state: BAD, words: 'not answering', more: 'it rests after failures, and is tried again' };
  }
  if (failing.length) {
    return { name, state: WARY, words: 'import failed', more: `to be tried again: ${failing.map((job) => clean(job)).join(', ')}` };
  }
  if (stale.length) {
    const words = stale.length === 1 ? '1 race stale' : `${stale.length} races stale`;
    return { name, state: WARY, words, more: 'looks at these races fail' };
  }
  return { name, state: WELL, words: 'answering', more: '' };
}

function store({ appwrite, loop_is_lagging: isLagging }, { sentence }) {
  const name = 'Store';
  if (sentence && /database|file|store|disk/i.test(sentence)) return { name, state: BAD, words: 'failing', more: sentence };
  if (isLagging) return { name, state: WARY, words: 'machine too busy', more: 'looks at far races are left out' };
  return { name, state: WELL, words: appwrite ? 'here and Appwrite' : 'on this machine', more: '' };
}

function outbox(appwrite) {
  const name = 'Outbox';
  if (!appwrite) return { name, state: WELL, words: 'not in use', more: 'rows stay on this machine' };
  const { waiting, refused, left_out: leftOut, failure } = appwrite;
  const words = `${number(waiting)} waiting`;
  if (failure) return { name, state: BAD, words, more: clean(failure, 400) };
  if (refused || leftOut) {
    return { name, state: BAD, words: `${number(refused)} refused`, more: `${number(leftOut)} were left out while it was full` };
  }
  return { name, state: WELL, words: waiting ? words : 'empty', more: '' };
}

/** Gives the way of alerts to people, where there is one. */
function channels(list) {
  if (list.length === 0) return [];
  const name = 'Channels';
  const failing = list.filter((one) => one.failure !== null);
  if (failing.length) return [{ name, state: BAD, words: 'failing', more: failing.map((one) => `${clean(one.channel)}: ${clean(one.failure, 200)}`).join('; ') }];
  const lost = list.reduce((sum, one) => sum + one.refused + one.expired + one.dropped, 0);
  if (lost) return [{ name, state: WARY, words: `${number(lost)} not sent`, more: 'refused, too old, or too many at once' }];
  return [{ name, state: WELL, words: 'sending', more: list.map((one) => clean(one.channel)).join(', ') }];
}

function looks({ today, last_hour: hour }) {
  const name = 'Looks';
  const count = (trouble) => Object.values(trouble.missed).reduce((sum, one) => sum + one, 0);
  const [ofDay, ofHour] = [count(today), count(hour)];
  const reasons = Object.entries(today.missed).map(([reason, times]) => `${number(times)}: ${missedReason(reason)}`);
  const failed = today.failed ? [`${number(today.failed)} failed`] : [];
  const words = [ofDay || !today.failed ? `${ofDay ? number(ofDay) : 'none'} missed` : '', ...failed].filter(Boolean).join(', ');
  return { name, state: ofHour || hour.failed ? WARY : WELL, words: `${words} today`, more: reasons.join('; ') };
}
