// A rule in words, with what switches it on and off and what removes it.

import { Refusal, ask } from './api.js';
import { el, setText, told } from './dom.js';
import { raceLink } from './router.js';
import { ruleWords, watched } from './rule_words.js';
import { clean, isolated } from './text.js';

/** Gives `{element, update(rule)}`; `onRemoved(rule)` is called once it is gone. */
export function ruleItem(first, types, onRemoved) {
  let rule = first;
  const words = ruleWords(rule, types);
  const [refusal, faults] = [el('p', { class: 'refusal', role: 'alert' }), el('p', { class: 'faults' })];
  const toggle = el('input', { type: 'checkbox', role: 'switch', 'aria-label': `Enabled: ${isolated(words)}` });
  const remove = el('button', { type: 'button', class: 'quiet remove', 'aria-label': `Remove: ${isolated(words)}` }, 'Remove');
  const element = el('li', { class: 'ruleitem' }, el('label', { class: 'toggle' }, toggle),
    el('div', { class: 'words' }, el('p', { class: 'what' }, el('bdi', {}, words)), place(rule), faults, refusal), remove);

  const trying = async (work) => {
    refusal.textContent = '';
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal.textContent = `${error.message}.`;
      toggle.checked = rule.enabled;
    }
  };
  const path = `rules/${encodeURIComponent(rule.rule_id)}`;
  toggle.addEventListener('change', () => trying(async () => {
    rule = await ask(path, { method: 'PATCH', body: { enabled: toggle.checked } });
    element.classList.toggle('off', !rule.enabled);
  }));
  remove.addEventListener('click', () => {
    // A second press, soon: one alone may be a slip.
    if (!remove.classList.contains('sure')) return askAgain(remove);
    return trying(async () => {
      await ask(path, { method: 'DELETE' });
      onRemoved(rule);
    });
  });
  return {
    element,
    update(now) {
      rule = now;
      toggle.checked = rule.enabled;
      element.classList.toggle('off', !rule.enabled);
      faults.hidden = rule.faults.length === 0;
      setText(faults, `Never told: ${clean(rule.faults.join('; '), 400)}.`);
    },
  };
}

function askAgain(button) {
  button.classList.add('sure');
  button.textContent = 'Remove it?';
  setTimeout(() => {
    button.classList.remove('sure');
    button.textContent = 'Remove';
  }, 4_000);
}

function place(rule) {
  const where = watched(rule);
  const words = where.length ? where.flatMap((one, at) => [...(at ? [', '] : []), told(one)]) : ['Everywhere'];
  const linked = rule.race ? el('a', { href: raceLink(rule.race) }, ...words) : el('span', {}, ...words);
  return el('p', { class: 'of' }, linked, ' · for ', told(rule.user_id));
}
