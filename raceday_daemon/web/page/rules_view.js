// The rules of all users, and a form for a new one.

import { Refusal, ask } from './api.js';
import { closedNote } from './closed_note.js';
import { Keyed, el } from './dom.js';
import { ruleForm } from './rule_form.js';
import { ruleItem } from './rule_item.js';

const PAGE = 200;

export function rulesView({ board, connection, ruleTypes, giveToken }, _, signal) {
  document.title = 'Rules · Raceday';
  const closed = closedNote(board, giveToken);
  const [list, empty, trouble] = [el('ul', { class: 'rules' }), el('p', { class: 'empty', hidden: true }, 'No rules yet.'), el('p', { class: 'refusal', role: 'alert' })];
  const [open, form] = [el('div', { hidden: true }), el('div')];
  open.append(el('section', { 'aria-labelledby': 'new-rule', class: 'card' }, el('h2', { id: 'new-rule' }, 'New rule'), form),
    el('section', { 'aria-labelledby': 'the-rules' }, el('h2', { id: 'the-rules' }, 'Rules'), empty, list));
  let items = null;

  async function look() {
    closed.show();
    open.hidden = !board.access?.may_read;
    if (open.hidden) return;
    try {
      const [types, rules] = await Promise.all([ruleTypes(), allRules()]);
      if (signal.aborted) return;
      items ??= new Keyed(list, (rule) => rule.rule_id, (rule) => ruleItem(rule, types, look));
      items.update(inOrder(rules));
      empty.hidden = rules.length > 0;
      if (!form.firstChild) form.append(ruleForm({ types, board, prefix: 'new', onMade: () => look() }));
      trouble.textContent = '';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trouble.textContent = `The rules can’t be shown: ${error.message}.`;
    }
  }
  connection.addEventListener('loaded', look, { signal });
  if (board.access) look();
  return el('div', { class: 'view narrow' }, el('h1', { tabindex: '-1' }, 'Rules'), closed.element, trouble, open);
}

/** Puts what was made last first, and bands at the end, as their front end has them. */
function inOrder(rules) {
  const order = (rule) => rule.display_order ?? rule.percentage_range_min ?? 0;
  return [
    ...rules.filter((rule) => rule.alert_type).sort((one, other) => (other.created_at ?? '').localeCompare(one.created_at ?? '')),
    ...rules.filter((rule) => !rule.alert_type).sort((one, other) => one.user_id.localeCompare(other.user_id) || order(one) - order(other)),
  ];
}

async function allRules() {
  const rules = [];
  let next = null;
  do {
    const page = await ask(`rules?limit=${PAGE}${next ? `&after=${encodeURIComponent(next)}` : ''}`);
    rules.push(...page.rules);
    next = page.next;
  } while (next && rules.length < 10 * PAGE);
  return rules;
}
