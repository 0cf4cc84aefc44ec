// A form for a new rule, by the types that the daemon knows; what it refuses is shown at the field that it is about.

import { Refusal, ask } from './api.js';
import { el } from './dom.js';
import { number, seconds } from './format.js';
import { placePicker } from './place_picker.js';
import { capitalised, clean } from './text.js';
import { typeName } from './words.js';

const USER = 'raceday user';
const WINDOWS = [0, 60, 300, 900, 1800];
// Which field a refusal is about, by the first of its words that names one.
const FIELDS = { threshold: /threshold/, window: /window/, cooldown: /cooldown/, user: /user/, channel: /channel/, race: /race|entrant/, type: /type/ };

/** Gives the form; `at` is `{race, runner}` to begin with, `onMade(rule)` is called with what was written. */
export function ruleForm({ types, board, at = {}, prefix, onMade, onCancel = null }) {
  const id = (name) => `${prefix}-${name}`;
  const field = (name, label, control, hint = null) => labelled(id(name), label, control, hint);
  const type = el('select', { id: id('type'), name: 'type' }, ...types.types.map((one) => el('option', { value: one.name }, typeName(one.name))));
  const measure = el('p', { class: 'hint', id: id('measure') });
  const place = placePicker(board, at, id);
  const threshold = el('input', { id: id('threshold'), name: 'threshold', type: 'number', step: 'any', inputmode: 'decimal' });
  const range = el('p', { class: 'hint', id: id('range') });
  const window_ = el('select', { id: id('window'), name: 'window' }, ...WINDOWS.map((one) => el('option', { value: one }, one ? `${seconds(one)} ago` : 'the look before')));
  const cooldown = el('input', { id: id('cooldown'), name: 'cooldown', type: 'number', min: 0, max: types.longest_seconds, step: 1, inputmode: 'numeric' });
  const channel = channelPicker(id('channel'), board.health?.channels ?? []);
  const user = el('input', { id: id('user'), name: 'user', type: 'text', maxlength: 128, value: localStorage.getItem(USER) ?? 'me', autocomplete: 'off' });
  const whole = el('p', { class: 'refusal', role: 'alert' });
  const fields = {
    type: field('type', 'Tell me when', type, measure),
    threshold: field('threshold', 'Threshold', threshold, range),
    window: field('window', 'Measured against', window_),
    cooldown: field('cooldown', 'Then silent for (seconds)', cooldown),
    user: field('user', 'Told to (user)', user),
    channel: field('channel', 'Sent through', channel),
    race: place.refusal,
  };
  const buttons = el('p', { class: 'buttons' }, onCancel && el('button', { type: 'button', class: 'quiet', click: onCancel }, 'Cancel'), el('button', {}, 'Make the rule'));
  const form = el('form', { class: 'rule', novalidate: true }, fields.type.element, place.element, fields.threshold.element, fields.window.element,
    el('details', {}, el('summary', {}, 'More'), fields.cooldown.element, fields.user.element, fields.channel.element), whole, buttons);

  const fit = () => {
    const chosen = types.types.find((one) => one.name === type.value);
    measure.textContent = `${capitalised(chosen.measure)}${chosen.while_open ? ', while the race is open' : ''}.`;
    fields.threshold.element.hidden = !chosen.thresholds;
    fields.window.element.hidden = !chosen.has_window;
    cooldown.placeholder = String(chosen.cooldown_seconds);
    place.allowRunners(chosen.of_runners);
    if (chosen.thresholds) fitThreshold(threshold, range, chosen);
  };
  fields.channel.element.hidden = channel.options.length < 3;
  type.addEventListener('change', fit);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    clear(fields, whole);
    const chosen = types.types.find((one) => one.name === type.value);
    try {
      const rule = await ask('rules', { method: 'POST', body: wished(chosen, { place, threshold, window_, cooldown, user, channel }) });
      localStorage.setItem(USER, user.value.trim());
      threshold.value = '';
      onMade(rule);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error, fields, whole);
    }
  });
  fit();
  return form;
}

function wished(type, { place, threshold, window_, cooldown, user, channel }) {
  return {
    user_id: user.value.trim(),
    alert_type: type.name,
    ...place.chosen(),
    ...(type.thresholds && threshold.value !== '' ? { threshold: threshold.valueAsNumber } : {}),
    ...(type.has_window ? { window_seconds: Number(window_.value) } : {}),
    ...(channel.value ? { channel: channel.value } : {}),
    ...(cooldown.value !== '' ? { cooldown_seconds: cooldown.valueAsNumber } : {}),
  };
}

/** Gives the choice of what an alert goes through besides this page; without channels there is none to make. */
function channelPicker(id, channels) {
  const choices = [['', 'every channel'], ...channels.map(({ channel }) => [channel, clean(channel)]), ['none', 'no channel: only shown here']];
  return el('select', { id, name: 'channel' }, ...choices.map(([value, words]) => el('option', { value }, words)));
}

function fitThreshold(threshold, range, { unit, thresholds }) {
  const { least, most, ends_count: endsCount, optional } = thresholds;
  threshold.min = least;
  threshold.max = most;
  const from = endsCount ? `from ${number(least)} to ${number(most)}` : `more than ${number(least)}, less than ${number(most)}`;
  range.textContent = `In ${unit}: ${from}${optional ? '; may be left out' : ''}.`;
}

function labelled(id, label, control, hint) {
  const refusal = el('p', { class: 'refusal', id: `${id}-refusal`, role: 'alert' });
  control.setAttribute('aria-describedby', [hint?.id, refusal.id].filter(Boolean).join(' '));
  const element = el('div', { class: 'field' }, el('label', { for: id }, label), control, hint, refusal);
  return { element, control, refusal };
}

function clear(fields, whole) {
  whole.textContent = '';
  for (const { control, refusal } of Object.values(fields)) {
    refusal.textContent = '';
    control.removeAttribute('aria-invalid');
  }
}

/** Shows a refusal at the field that it names, and takes the focus there; at the end of the form where it names none. */
function refuse(error, fields, whole) {
  const named = Object.entries(FIELDS).map(([name, words]) => [name, error.message.toLowerCase().search(words)]);
  const [name] = named.filter(([one, place]) => place >= 0 && !fields[one].control.closest('[hidden]')).sort((a, b) => a[1] - b[1])[0] ?? [];
  // The daemon calls a type by its name, people by what they chose.
  const words = error.message.replaceAll(fields.type.control.value, typeName(fields.type.control.value));
  const sentence = `${capitalised(words)}.`;
  if (!name || ![400, 422].includes(error.status)) {
    whole.textContent = sentence;
    return;
  }
  const { control, refusal } = fields[name];
  control.closest('details')?.setAttribute('open', '');
  refusal.textContent = sentence;
  control.setAttribute('aria-invalid', 'true');
  control.focus();
}
