// The next races to start, those first that are late; or until when there are none.

import { Keyed, el, setAttribute, setText, told } from './dom.js';
import { clockTime, longDay, span, zoneName } from './format.js';
import { raceLink } from './router.js';
import { standing } from './words.js';

const SHOWN = 6;
const NIGHT_MS = 3 * 3_600_000;

/** Gives `{element, update()}`; to be updated as time goes by. */
export function nextRaces(board) {
  const list = el('ol', { class: 'next' });
  const night = el('p', { class: 'night', hidden: true }, el('strong'), el('span'));
  const cards = new Keyed(list, (race) => race.race_id, (race) => nextCard(race, board));
  const element = el('section', { 'aria-labelledby': 'next' }, el('h2', { id: 'next' }, 'Next to go'), night, list);
  return {
    element,
    update() {
      const races = board.toCome().slice(0, SHOWN);
      const isNight = showNight(night, races[0], board);
      list.hidden = isNight;
      cards.update(isNight ? [] : races);
    },
  };
}

function nextCard(race, board) {
  const [countdown, at, stale] = [el('span', { class: 'countdown' }), el('span', { class: 'at' }), el('span', { class: 'badge stale', hidden: true }, 'Stale')];
  const name = el('span', { class: 'where' }, el('span', { class: 'meeting-name' }, told(race.meeting_name)), ` R${race.race_number}`);
  const link = el('a', { href: raceLink(race.race_id) }, countdown, name, el('span', { class: 'foot' }, at, stale));
  const element = el('li', {}, link);
  return {
    element,
    update(current) {
      const now = board.clock.now();
      const left = Date.parse(current.start_time) - now;
      const { key } = standing(current, now);
      setAttribute(link, 'class', key === 'late' ? 'late' : left < 300_000 ? 'soon' : 'far');
      setText(countdown, key === 'late' ? `Late ${span(left)}` : span(left));
      setText(at, `${clockTime(Date.parse(current.start_time), board.clock.timezone)}${distance(current)}`);
      stale.hidden = !board.isStale(current.race_id);
    },
  };
}

const distance = (race) => (race.distance ? ` · ${race.distance} m` : '');

/** Tells of the first race, or that there is none, where none is near; says whether it is so. */
function showNight(night, first, board) {
  const [now, zone] = [board.clock.now(), board.clock.timezone];
  const start = first && Date.parse(first.start_time);
  const isNight = !first || start - now > NIGHT_MS;
  night.hidden = !isNight;
  if (!isNight) return false;
  setText(night.children[0], first ? `No racing until ${clockTime(start, zone)} ${zoneName(start, zone)}` : noneLeft(board.day));
  const where = first ? `${longDay(start, zone)}, in ${span(start - now)}.` : whatComes(board);
  setText(night.children[1], where);
  return true;
}

const noneLeft = (day) => (day.meetings.some((meeting) => meeting.races.length) ? 'The last race of the day has been run' : 'No racing today as yet');

const whatComes = ({ health, day }) => (day.meetings.length === 0 && health?.failing_jobs.includes('meetings')
  ? 'The card could not be had from the source; it is asked for again every few minutes.'
  : 'The next card is imported early in the morning.');
