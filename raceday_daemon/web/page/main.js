// The page put together: the clock, the board, the stream, the pages that are shown by the address.

import { Alerts } from './alerts.js';
import { alertsView } from './alerts_view.js';
import { ask } from './api.js';
import { Board } from './board.js';
import { DaemonClock } from './clock.js';
import { Connection } from './connection.js';
import { dayView } from './day_view.js';
import { el, setAttribute } from './dom.js';
import { startFrame } from './frame.js';
import { raceView } from './race_view.js';
import { startRouting } from './router.js';
import { rulesView } from './rules_view.js';
import { capitalised } from './text.js';
import { startToasts } from './toasts.js';
import { tokenDialog } from './token_dialog.js';
import { wishDialog } from './wish_dialog.js';

const clock = new DaemonClock();
const board = new Board(clock);
const connection = new Connection(board);
const alerts = new Alerts(board);
const toasts = document.getElementById('toasts');

let types = null;
const ruleTypes = async () => (types ??= await ask('rule-types'));
const giveToken = tokenDialog(() => connection.again());
const house = { board, connection, alerts, ruleTypes, giveToken };
house.wish = wishDialog({ ...house, tell });

connection.addEventListener('loaded', () => alerts.load());
connection.addEventListener('told', ({ detail }) => detail.kind === 'alert' && alerts.take(detail.data));
connection.addEventListener('token refused', () => tell('the daemon has another token now: enter it again'));
connection.addEventListener('outdated', () => tell('the daemon is a new version: reload the page'));
alerts.addEventListener('changed', showUnread);
startToasts(alerts, clock, toasts);
startFrame(board, connection);
connection.start();
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('content').focus();
});

const views = {
  day: (route, signal) => dayView(house, route, signal),
  race: (route, signal) => raceView(house, route, signal),
  alerts: (route, signal) => alertsView(house, route, signal),
  rules: (route, signal) => rulesView(house, route, signal),
  unknown: () => el('div', { class: 'view' }, el('h1', { tabindex: '-1' }, 'There is no such page'), el('p', { class: 'empty' }, el('a', { href: '#/' }, 'To the day’s races'))),
};
startRouting(views, document.getElementById('content'), ({ name }) => {
  document.body.dataset.route = name;
  for (const link of document.querySelectorAll('[data-route]')) {
    setAttribute(link, 'aria-current', link.dataset.route === name || (name === 'race' && link.dataset.route === 'day') ? 'page' : null);
  }
});

function showUnread() {
  const count = document.getElementById('unread');
  count.hidden = alerts.unread === 0;
  count.replaceChildren(String(Math.min(alerts.unread, 99)), el('span', { class: 'unseen' }, ' new'));
}

/** Tells something in the corner for a while. */
function tell(sentence) {
  const note = el('p', { class: 'toast note' }, `${capitalised(sentence)}.`);
  toasts.append(note);
  setTimeout(() => note.remove(), 6_000);
}
