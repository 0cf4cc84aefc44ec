// The alerts of all users, or of one, the newest first, as they come in.

import { Refusal } from './api.js';
import { alertBody } from './alert_item.js';
import { closedNote } from './closed_note.js';
import { Keyed, el } from './dom.js';
import { clean } from './text.js';

export function alertsView({ board, alerts, giveToken }, _, signal) {
  document.title = 'Alerts · Raceday';
  const list = el('ol', { class: 'alerts' });
  const items = new Keyed(list, (alert) => `${alert.notification_id} ${alert.message}`, (alert) => ({
    element: el('li', {}, alertBody(alert, board.clock)),
    update() {},
  }));
  const empty = el('p', { class: 'empty' }, 'Nothing has fired yet. ', el('a', { href: '#/rules' }, 'Make a rule'), ' and it will show here the moment it does.');
  const [older, trouble] = [el('button', { type: 'button', class: 'quiet' }, 'Older alerts'), el('p', { class: 'refusal', role: 'alert' })];
  const closed = closedNote(board, giveToken);
  const whose = el('select', { id: 'whose' });
  const choice = el('p', { class: 'whose' }, el('label', { for: whose.id }, 'Told to'), whose);
  const heading = el('div', { class: 'title' }, el('h1', { tabindex: '-1' }, 'Alerts'), choice);
  const view = el('div', { class: 'view narrow' }, heading, closed.element, empty, list, older, trouble);

  older.addEventListener('click', async () => {
    try {
      await alerts.older();
      trouble.textContent = '';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trouble.textContent = error.message;
    }
  });
  whose.addEventListener('change', () => alerts.show(whose.value));
  const draw = () => {
    const mayRead = board.access?.may_read ?? false;
    closed.show();
    choice.hidden = !mayRead || alerts.users.length < 2;
    showUsers(whose, alerts);
    items.update(alerts.list);
    empty.hidden = !mayRead || alerts.list.length > 0;
    older.hidden = !mayRead || !alerts.next;
    if (!document.hidden) alerts.read();
  };
  alerts.addEventListener('changed', draw, { signal });
  board.addEventListener('health', draw, { signal });
  draw();
  return view;
}

function showUsers(select, { users, user }) {
  const key = users.join('\n');
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(el('option', { value: '' }, 'everybody'), ...users.map((one) => el('option', { value: one }, clean(one, 40))));
  }
  select.value = user;
}
