// What stands above every page: the time, how the daemon stands, and whether what is shown is live.

import { Keyed, el, setAttribute, setText, unseen } from './dom.js';
import { secondsTime, span, zoneName } from './format.js';
import { healthItems } from './health.js';
import { capitalised } from './text.js';

const QUIET_MS = 1_500; // a break that is over so soon is nobody's concern
const OLD_MS = 5_000;

export function startFrame(board, connection) {
  const [time, zone, speed] = ['clock', 'zone', 'speed'].map((id) => document.getElementById(id));
  const strip = new Keyed(document.getElementById('health'), (item) => item.name, healthItem);
  const outage = document.getElementById('outage');
  board.clock.tick(() => {
    if (board.clock.isTold) {
      const now = board.clock.now();
      setText(time, secondsTime(now, board.clock.timezone));
      setText(zone, zoneName(now, board.clock.timezone));
      speed.hidden = board.clock.speed === 1;
      setText(speed, `Demo, ${board.clock.speed}× speed`);
    }
    showOutage(outage, connection, board.clock);
  });
  const draw = () => strip.update(healthItems(board.health, connection));
  for (const name of ['health', 'day']) board.addEventListener(name, draw);
  connection.addEventListener('phase', draw);
  draw();
}

function healthItem() {
  const [name, words, more] = [el('span', { class: 'name' }), el('span', { class: 'words' }), unseen('')];
  const element = el('li', {}, el('span', { class: 'dot', 'aria-hidden': 'true' }), name, ' ', words, more);
  return {
    element,
    update(item) {
      setAttribute(element, 'class', item.state);
      setAttribute(element, 'title', item.more);
      setText(name, item.name);
      setText(words, item.words);
      setText(more, item.more ? `, ${item.more}` : '');
    },
  };
}

/** Says above the page that it is not live, and how old it is; greys what is old. */
function showOutage(outage, connection, clock) {
  const lost = connection.lostAt === null ? 0 : performance.now() - connection.lostAt;
  const isShown = connection.phase === 'lost' && lost > QUIET_MS;
  document.body.classList.toggle('old', isShown && lost > OLD_MS);
  if (!isShown) {
    if (!outage.hidden) outage.hidden = true;
    return;
  }
  const age = clock.isTold && lost > OLD_MS ? ` What you see is ${span(lost)} old.` : '';
  // The words that are read out stay the same while the age runs.
  if (outage.hidden) outage.replaceChildren(el('strong', {}, 'Reconnecting …'), ' ', el('span'), el('span', { 'aria-hidden': 'true' }));
  outage.hidden = false;
  setText(outage.children[1], `${capitalised(connection.sentence)}.`);
  setText(outage.children[2], age);
}
