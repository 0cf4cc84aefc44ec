// A meeting in a line: where it is, its track and weather, its races as chips by their status.

import { Keyed, el, setAttribute, setText, told } from './dom.js';
import { clockTime } from './format.js';
import { raceLink } from './router.js';
import { isolated } from './text.js';
import { categoryName, condition, standing } from './words.js';

const MARKS = { final: '✓', abandoned: '×', interim: '…', closed: '●', late: '!', open: '', other: '?' };

/** Gives `{element, update(meeting)}`. */
export function meetingItem(meeting, board) {
  const track = el('p', { class: 'track' });
  const chips = el('ol', { class: 'chips' });
  const races = new Keyed(chips, (race) => race.race_id, (race) => chip(race, board));
  const name = el('h3', {}, told(meeting.meeting_name));
  const place = [meeting.country, meeting.state === meeting.country ? null : meeting.state].filter(Boolean).join(' ');
  const kind = el('p', { class: 'kind' }, told(place), ' · ', categoryName(meeting.category));
  const element = el('li', { class: 'meeting' }, el('div', { class: 'who' }, name, kind, track), chips);
  return {
    element,
    update(now) {
      setAttribute(element, 'data-status', now.status);
      const facts = [now.status === 'abandoned' ? 'Abandoned' : null, condition(now.track_condition), now.weather];
      const words = facts.filter(Boolean).map(told);
      if (track.textContent !== words.map((one) => one.textContent).join('')) track.replaceChildren(...words);
      races.update(now.races);
    },
  };
}

function chip(line, board) {
  const [number, time, mark] = [el('span', { class: 'number' }, `R${line.race_number}`), el('span', { class: 'time' }), el('span', { class: 'mark', 'aria-hidden': 'true' })];
  const link = el('a', { href: raceLink(line.race_id) }, number, time, mark);
  return {
    element: el('li', {}, link),
    update(listed) {
      const race = board.known(listed);
      const { key, words } = standing(race, board.clock.now());
      const at = clockTime(Date.parse(race.start_time), board.clock.timezone);
      const stale = board.isStale(race.race_id);
      setAttribute(link, 'class', `chip ${key}${stale ? ' stale' : ''}`);
      setText(time, at);
      setText(mark, race.protest ? '⚑' : MARKS[key]);
      const notes = [words, race.protest ? 'protest' : null, stale ? 'stale' : null].filter(Boolean).join(', ');
      setAttribute(link, 'aria-label', `Race ${line.race_number}, ${at}, ${notes}, ${isolated(race.name)}`);
    },
  };
}
