// A form for a new rule, by the types that the daemon knows; what it refuses is shown at the field that it is about.

import { Refusal, send } from './api.js';
import { el } from './dom.js';
import { number, seconds } from './format.js';
import { placePicker } from './place_picker.js';
import { madeWords, typeWords } from './rule_words.js';
import { capitalised, clean } from './text.js';
import { typeName } from './words.js';

const USER = 'raceday user';
const WINDOWS = [0, 60, 300, 900, 1800];
// Which field a refusal is about, by the first of its words that names one.
const FIELDS = { threshold: /threshold/, window: /window/, cooldown: /cooldown/, user: /user/, channel: /channel/, race: /race|entrant/, type: /type/ };

/** Gives the form; `at` is `{race, runner}` to begin with, `onMade(words)` is told which rule was written. */
export function ruleForm({ types, board, at = {}, prefix, onMade, onCancel = null }) {
  const id = (name) => `${prefix}-${name}`;
  const controls = controlsOf(types, board, at, id);
  const [fields, hints] = fieldsOf(controls, id);
  const whole = el('p', { class: 'refusal', role: 'alert' });
  const made = el('p', { class: 'made', role: 'status' });
  const buttons = el('p', { class: 'buttons' }, onCancel && el('button', { type: 'button', class: 'quiet', click: onCancel }, 'Cancel'), el('button', {}, 'Make the rule'));
  const form = el('form', { class: 'rule', novalidate: true }, fields.type.element, controls.place.element, fields.threshold.element, fields.window.element,
    fields.user.element, el('details', {}, el('summary', {}, 'More'), fields.cooldown.element, fields.channel.element), whole, buttons, made);
  const chosen = () => types.types.find((one) => one.name === controls.type.value);

  fields.channel.element.hidden = controls.channel.options.length < 3;
  controls.type.addEventListener('change', () => {
    controls.threshold.value = '';
    fit(chosen(), controls, fields, hints);
  });
  form.addEventListener('input', ({ target }) => {
    // What was refused of one type, or of one value, says nothing of another.
    const about = target === controls.type ? Object.values(fields) : [controls.place.element.contains(target) ? fields.race : fieldOf(fields, target)];
    clear(about, whole);
    made.textContent = '';
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    clear(Object.values(fields), whole);
    made.textContent = '';
    try {
      const words = await make(wished(chosen(), controls), types);
      localStorage.setItem(USER, controls.user.value.trim());
      controls.threshold.value = '';
      made.textContent = `${words}.`;
      onMade(words);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error, fields, whole);
    }
  });
  fit(chosen(), controls, fields, hints);
  return form;
}

/** Writes a rule; says in words which it is. Raises Refusal. */
async function make(rule, types) {
  const answer = await send('rules', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(rule) });
  return madeWords(await answer.json(), types, answer.status === 201);
}

function controlsOf(types, board, at, id) {
  return {
    type: el('select', { id: id('type'), name: 'type' }, ...types.types.map((one) => el('option', { value: one.name }, typeName(one.name)))),
    place: placePicker(board, at, id),
    threshold: el('input', { id: id('threshold'), name: 'threshold', type: 'number', step: 'any', inputmode: 'decimal' }),
    window: el('select', { id: id('window'), name: 'window' }, ...WINDOWS.map((one) => el('option', { value: one }, one ? `${seconds(one)} ago` : 'the look before'))),
    user: el('input', { id: id('user'), name: 'user', type: 'text', maxlength: 128, value: localStorage.getItem(USER) ?? 'me', autocomplete: 'off' }),
    cooldown: el('input', { id: id('cooldown'), name: 'cooldown', type: 'number', min: 0, max: types.longest_seconds, step: 1, inputmode: 'numeric' }),
    channel: channelPicker(id('channel'), board.health?.channels ?? []),
  };
}

/** Gives each control with its label and what is refused of it, by name, and the hints that a type changes. */
function fieldsOf(controls, id) {
  const hints = { measure: el('p', { class: 'hint', id: id('measure') }), range: el('p', { class: 'hint', id: id('range') }) };
  const field = (name, label, hint = null) => labelled(id(name), label, controls[name], hint);
  const fields = {
    type: field('type', 'Tell me when', hints.measure),
    threshold: field('threshold', 'Threshold', hints.range),
    window: field('window', 'Measured against', el('p', { class: 'hint', id: id('since') }, 'Of a race that is watched for less than that, nothing is told yet.')),
    user: field('user', 'Told to (a name of your choice)'),
    cooldown: field('cooldown', 'Then silent for (seconds)'),
    channel: field('channel', 'Sent through'),
    race: controls.place.refusal,
  };
  return [fields, hints];
}

/** Makes the form ask for what a type needs. */
function fit(type, { threshold, cooldown, place }, fields, { measure, range }) {
  const { help, label, example } = typeWords(type);
  measure.textContent = help;
  fields.threshold.element.hidden = !type.thresholds;
  fields.window.element.hidden = !type.has_window;
  cooldown.placeholder = String(type.cooldown_seconds);
  place.allowRunners(type.of_runners);
  fields.threshold.label.textContent = label;
  threshold.placeholder = example;
  if (type.thresholds) fitThreshold(threshold, range, type);
}

const fieldOf = (fields, control) => Object.values(fields).find((one) => one.control === control);

function wished(type, { place, threshold, window, cooldown, user, channel }) {
  return {
    user_id: user.value.trim(),
    alert_type: type.name,
    ...place.chosen(),
    ...(type.thresholds && threshold.value !== '' ? { threshold: threshold.valueAsNumber } : {}),
    ...(type.has_window ? { window_seconds: Number(window.value) } : {}),
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
  range.textContent = `In ${unit}, ${from}${optional ? '; may be left out: by anything' : ''}.`;
}

function labelled(id, label, control, hint) {
  const refusal = el('p', { class: 'refusal', id: `${id}-refusal`, role: 'alert' });
  control.setAttribute('aria-describedby', [hint?.id, refusal.id].filter(Boolean).join(' '));
  const name = el('label', { for: id }, label);
  return { element: el('div', { class: 'field' }, name, control, hint, refusal), label: name, control, refusal };
}

function clear(fields, whole) {
  whole.textContent = '';
  for (const { control, refusal } of fields.filter(Boolean)) {
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
