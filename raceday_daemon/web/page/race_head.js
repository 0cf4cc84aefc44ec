// The head of a race: which it is, when it starts, how it stands, on what ground, for how much.

import { el, setText, told } from './dom.js';
import { clockTime, prize, secondsTime, span, zoneName } from './format.js';
import { dayLink, raceLink } from './router.js';
import { clean } from './text.js';
import { categoryName, condition, isOver, standing } from './words.js';

/** Gives `{element, actions, show(race, facts)}`; the countdown runs until the signal. */
export function raceHead(view, board, signal) {
  const { race } = view;
  const [badges, facts, note] = [el('p', { class: 'badges' }), el('dl', { class: 'facts' }), el('p', { class: 'note' }, el('bdi', { class: 'reason' }), el('span'))];
  const [countdown, words, start] = [el('p', { class: 'countdown' }), el('p', { class: 'until' }), el('p', { class: 'start' })];
  const actions = el('p', { class: 'actions' });
  const siblings = el('nav', { class: 'siblings', 'aria-label': 'Races of this meeting' });
  const name = el('h1', { tabindex: '-1' }, told(race.name));
  const where = el('p', { class: 'where' }, told(race.meeting_name), ` · Race ${race.race_number}`);
  const element = el('header', { class: 'racehead' }, siblings,
    el('div', { class: 'what' }, where, name, badges), el('div', { class: 'when' }, words, countdown, start), facts, note, actions);
  let [shown, known] = [race, view.facts];

  const drawTime = () => {
    const [now, zone] = [board.clock.now(), board.clock.timezone];
    const at = Date.parse(shown.start_time);
    const { key } = standing(shown, now);
    const isOpen = shown.status === 'Open';
    countdown.classList.toggle('late', key === 'late');
    setText(words, isOpen ? (key === 'late' ? 'Late by' : 'Starts in') : shown.actual_start ? 'Started' : 'Start');
    setText(countdown, isOpen ? span(at - now) : clockTime(shown.actual_start ? Date.parse(shown.actual_start) : at, zone));
    setText(start, startWords(shown, at, zone, isOpen));
    showBadges(badges, shown, known, key, board);
  };
  const draw = () => {
    drawTime();
    showFacts(facts, shown, known);
    actions.hidden = isOver(shown);
    const seen = shown.seen_at ? `As of ${secondsTime(Date.parse(shown.seen_at), board.clock.timezone)}${isOver(shown) ? '' : ' or later'}.` : 'The source has not been asked for this race yet.';
    setText(note.children[0], known.protest_reason ? `${clean(known.protest_reason, 400).replace(/[.\s]+$/, '')}. ` : '');
    setText(note.children[1], seen);
  };
  const drawSiblings = () => siblings.replaceChildren(...siblingLinks(race, known, board));
  board.clock.tick(drawTime, signal);
  for (const event of ['day', 'health']) board.addEventListener(event, () => (drawSiblings(), draw()), { signal });
  drawSiblings();
  return {
    element,
    actions,
    show(now, factsNow = known) {
      [shown, known] = [now, factsNow];
      draw();
    },
  };
}

function startWords(race, at, zone, isOpen) {
  if (isOpen) return `${clockTime(at, zone)} ${zoneName(at, zone)}`;
  return race.actual_start ? `${zoneName(at, zone)}, advertised ${clockTime(at, zone)}` : zoneName(at, zone);
}

function showBadges(badges, race, facts, key, board) {
  const wanted = [
    [key, standing(race, board.clock.now()).words],
    race.protest && ['protest', 'Protest'],
    board.isStale(race.race_id) && ['stale', 'Stale: looks fail'],
    facts.withdrawn_at && ['stale', 'No longer listed'],
  ].filter(Boolean);
  if (badges.textContent === wanted.map(([, words]) => words).join('')) return;
  badges.replaceChildren(...wanted.map(([kind, words]) => el('span', { class: `badge ${kind}` }, words)));
}

function showFacts(list, race, facts) {
  const track = [condition(race.track_condition), facts.track_surface].filter(Boolean).join(', ');
  const wanted = [
    ['Distance', race.distance && `${race.distance} m`],
    ['Track', track],
    ['Weather', race.weather],
    ['Rail', facts.rail_position],
    ['Prize', facts.total_prize_money && prize(facts.total_prize_money)],
    ['Kind', categoryName(race.category)],
  ].filter(([, words]) => words);
  if (list.textContent === wanted.map(([name, words]) => name + told(words).textContent).join('')) return;
  list.replaceChildren(...wanted.map(([name, words]) => el('div', {}, el('dt', {}, name), el('dd', {}, told(words)))));
}

/** Links to the day, and to the races of the same meeting. */
function siblingLinks(race, facts, board) {
  const meeting = board.day?.meetings.find((one) => one.meeting_id === race.meeting_id);
  const day = el('a', { href: meeting ? '#/' : dayLink(facts.meeting_date), class: 'back' }, '‹ All races');
  const races = (meeting?.races ?? []).map((one) =>
    el('a', {
      href: raceLink(one.race_id),
      'aria-current': one.race_id === race.race_id ? 'page' : null,
      'aria-label': `Race ${one.race_number}`,
    }, String(one.race_number)));
  return [day, ...races];
}
