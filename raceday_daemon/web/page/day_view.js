// The day: the next races with their countdown, the meetings in order of their first race.

import { Refusal, ask } from './api.js';
import { Keyed, el, setText } from './dom.js';
import { clockTime, dayName, zoneName } from './format.js';
import { meetingItem } from './meeting_item.js';
import { nextRaces } from './next_races.js';
import { dayLink } from './router.js';

/** Shows today by the board, another day as it is stored. */
export function dayView({ board }, { day }, signal) {
  const [title, sum, list, next] = [el('h1', { tabindex: '-1' }, 'Loading …'), el('p', { class: 'sum' }), el('ol', { class: 'meetings' }), el('div')];
  const empty = el('p', { class: 'empty', hidden: true });
  const days = el('nav', { class: 'days', 'aria-label': 'Days' });
  const meetings = new Keyed(list, (meeting) => meeting.meeting_id, (meeting) => meetingItem(meeting, board));
  const view = el('div', { class: 'view' }, el('div', { class: 'title' }, el('div', {}, title, sum), days), next,
    el('section', { 'aria-labelledby': 'meetings' }, el('h2', { id: 'meetings' }, 'Meetings'), list, empty));

  const draw = (shown) => {
    const name = dayName(shown.racing_day);
    setText(title, name);
    document.title = `${name} · Raceday`;
    days.replaceChildren(...dayLinks(shown.racing_day, day ? board.day?.racing_day : null));
    meetings.update(shown.meetings);
    empty.hidden = shown.meetings.length > 0;
    setText(empty, day ? 'No meetings are stored for this day.' : 'No meetings yet.');
    setText(sum, summary(shown, board));
  };
  if (day) showOther(day, draw, view, signal);
  else showToday(board, next, draw, () => meetings.update(board.day.meetings), signal, sum);
  return view;
}

function showToday(board, next, draw, drawMeetings, signal, sum) {
  const upcoming = nextRaces(board);
  next.append(upcoming.element);
  const again = () => board.day && draw(board.day);
  board.addEventListener('day', again, { signal });
  board.addEventListener('health', () => board.day && drawMeetings(), { signal });
  board.addEventListener('race', ({ detail }) => {
    if (!board.races.has(detail.race.race_id)) return;
    drawMeetings();
    setText(sum, summary(board.day, board));
  }, { signal });
  let second = 0;
  board.clock.tick(() => {
    if (!board.day) return;
    upcoming.update();
    const now = Math.floor(board.clock.now() / 1000);
    if (now !== second) drawMeetings();
    second = now;
  }, signal);
  again();
}

async function showOther(day, draw, view, signal) {
  try {
    const shown = await ask(`meetings?date=${day}`);
    if (!signal.aborted) draw(shown);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    view.replaceChildren(el('h1', { tabindex: '-1' }, 'This day can’t be shown'), el('p', { class: 'empty' }, error.message));
  }
}

function summary({ meetings }, board) {
  const races = meetings.flatMap((meeting) => meeting.races).map((race) => board.known(race));
  if (races.length === 0) return '';
  const left = races.filter((race) => race.status === 'Open').length;
  const [first, zone] = [Date.parse(races.map((race) => race.start_time).sort()[0]), board.clock.timezone];
  const count = (many, word) => `${many} ${word}${many === 1 ? '' : 's'}`;
  return `${count(meetings.length, 'meeting')}, ${count(races.length, 'race')}, ${left} to come. First at ${clockTime(first, zone)}; times are ${zoneName(first, zone)}.`;
}

/** Links to the days beside the one shown, and back to today. */
function dayLinks(day, today) {
  const beside = (days) => new Date(Date.parse(`${day}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  const link = (words, name, to) => el('a', { href: to, 'aria-label': name }, words);
  const to = (other) => (other === today ? '#/' : dayLink(other));
  return [
    link('‹', `Day before, ${dayName(beside(-1))}`, to(beside(-1))),
    ...(today && today !== day ? [link('Today', 'Today', '#/')] : []),
    link('›', `Day after, ${dayName(beside(1))}`, to(beside(1))),
  ];
}
