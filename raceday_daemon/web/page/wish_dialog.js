// The form for a rule in a dialog, beside a race or a runner that it is about.

import { Refusal } from './api.js';
import { el } from './dom.js';
import { ruleForm } from './rule_form.js';

/** Gives what opens it for a race's view and one of its runners, or null for the whole race. */
export function wishDialog({ board, ruleTypes, giveToken, tell }) {
  const place = el('div');
  const dialog = el('dialog', { 'aria-labelledby': 'wish-title' }, el('h2', { id: 'wish-title' }, 'Alert me'), place);
  document.body.append(dialog);
  return async (view, runner) => {
    const access = board.access;
    if (access && !access.may_write) {
      if (access.needs_token) giveToken();
      else tell(access.why_not);
      return;
    }
    try {
      const types = await ruleTypes();
      const at = { race: view.race, runner, runners: view.runners };
      const onMade = (words) => {
        dialog.close();
        tell(words);
      };
      place.replaceChildren(ruleForm({ types, board, at, prefix: 'wish', onMade, onCancel: () => dialog.close() }));
      dialog.showModal();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(error.message);
    }
  };
}
