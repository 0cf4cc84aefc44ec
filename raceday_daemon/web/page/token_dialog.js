// The token of the API, asked for and tried; it is kept as long as the tab lives, and sent with every request.

import { Refusal, ask, token } from './api.js';
import { el } from './dom.js';

/** Gives what opens the dialog; `onGiven` is called once a token was taken. */
export function tokenDialog(onGiven) {
  const field = el('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, 'aria-describedby': 'token-refusal' });
  const refusal = el('p', { id: 'token-refusal', class: 'refusal', role: 'alert' });
  const form = el('form', { method: 'dialog' }, el('h2', { id: 'token-title' }, 'Enter the token'),
    el('p', { class: 'hint' }, 'It is the daemon’s RACEDAY_API_TOKEN. This tab keeps it until it is closed.'),
    el('label', { for: 'token' }, 'Token'), field, refusal,
    el('p', { class: 'buttons' }, el('button', { type: 'button', class: 'quiet', click: () => dialog.close() }, 'Cancel'), el('button', {}, 'Open')));
  const dialog = el('dialog', { 'aria-labelledby': 'token-title' }, form);
  document.body.append(dialog);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    refusal.textContent = '';
    token.set(field.value.trim());
    try {
      await ask('health');
    } catch (error) {
      token.forget();
      if (!(error instanceof Refusal)) throw error;
      refusal.textContent = error.message;
      return;
    }
    field.value = '';
    dialog.close();
    onGiven();
  });
  return () => dialog.showModal();
}
