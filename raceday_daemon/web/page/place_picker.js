// What a rule watches: every race, one race, or one runner of it.

import { Refusal, ask } from './api.js';
import { el } from './dom.js';
import { clockTime } from './format.js';
import { clean } from './text.js';

const RUNNER = 'runner';

/** Gives `{element, refusal, chosen(), allowRunners(may)}`; `at` is what is chosen at first. */
export function placePicker(board, at, id) {
  const race = el('select', { id: id('race'), name: 'race', 'aria-describedby': id('race-refusal') });
  const runner = el('select', { id: id(RUNNER), name: RUNNER });
  const words = el('p', { class: 'refusal', id: id('race-refusal'), role: 'alert' });
  const runnerField = el('div', { class: 'field' }, el('label', { for: runner.id }, 'Runner'), runner);
  const element = el('div', { class: 'picker' },
    el('div', { class: 'field' }, el('label', { for: race.id }, 'Where'), race, words), runnerField);
  let mayRunners = true;

  race.append(option('', 'Everywhere'), ...races(board, at.race).map((one) => option(one.race_id, raceWords(one, board.clock))));
  if (at.race) race.value = at.race.race_id;
  const fit = () => (runnerField.hidden = !mayRunners || race.value === '');
  const showRunners = (runners) =>
    runner.replaceChildren(option('', 'Any runner'), ...runners.filter((one) => !one.is_scratched).map((one) => option(one.entrant_id, `${one.runner_number} ${clean(one.name)}`)));
  const ofRace = async () => {
    fit();
    const raceId = race.value;
    showRunners([]);
    if (!raceId) return;
    try {
      const view = await ask(`races/${encodeURIComponent(raceId)}`);
      if (race.value === raceId) showRunners(view.runners);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      words.textContent = `The runners can’t be shown: ${error.message}.`;
    }
  };
  race.addEventListener('change', ofRace);
  if (at.runners) showRunners(at.runners);
  if (at.runner) runner.value = at.runner.entrant_id;
  fit();
  return {
    element,
    refusal: { control: race, refusal: words },
    chosen() {
      if (!race.value) return {};
      return mayRunners && runner.value ? { entrant: runner.value } : { race: race.value };
    },
    allowRunners(may) {
      mayRunners = may;
      fit();
    },
  };
}

const option = (value, words) => el('option', { value }, words);

/** Gives the races that a rule can still be about, the one that was chosen among them. */
function races(board, chosen) {
  const open = board.toCome();
  return !chosen || open.some((race) => race.race_id === chosen.race_id) ? open : [chosen, ...open];
}

const raceWords = (race, clock) => `${clockTime(Date.parse(race.start_time), clock.timezone)} ${clean(race.meeting_name, 40)} R${race.race_number}`;
