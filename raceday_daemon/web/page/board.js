// What the page knows: the day, the races in short, how the daemon stands. Says what has changed; draws nothing.

import { ask } from './api.js';

const UPCOMING = 12;
const NOT_TO_COME = ['Closed', 'Interim', 'Final', 'Abandoned'];
const GIVEN_UP_MS = 6 * 3_600_000; // a race that is Open so long after its start is waited for no longer

export class Board extends EventTarget {
  #upcoming = [];

  races = new Map();
  day = null;
  health = null;
  access = null;

  constructor(clock) {
    super();
    this.clock = clock;
  }

  /** Asks for all of today anew; says `day` and `health`. Raises Refusal. */
  async load() {
    await Promise.all([this.loadHealth(), this.loadDay()]);
  }

  /** Asks how the daemon stands, which time it has, and what may be done here. Raises Refusal. */
  async loadHealth() {
    const answer = await ask('health');
    this.clock.set(answer.time);
    this.access = answer.access;
    this.#stand(answer.health);
  }

  /** Asks for today's meetings and the next races of whatever day. Raises Refusal. */
  async loadDay() {
    const [day, upcoming] = await Promise.all([ask('meetings'), ask(`upcoming?limit=${UPCOMING}`)]);
    this.day = day;
    this.#upcoming = upcoming.races.map((race) => race.race_id);
    this.races = new Map([...upcoming.races, ...ofDay(day)].map((race) => [race.race_id, race]));
    this.#say('day');
  }

  /** Takes an event of the stream; gives whether the day has to be asked for again. */
  take(kind, data) {
    if (kind === 'hello') this.clock.set(data.time);
    if (kind === 'status') this.#stand(data);
    if (kind === 'race') {
      if (this.races.has(data.race.race_id)) this.races.set(data.race.race_id, data.race);
      this.#say('race', data);
    }
    return kind === 'day';
  }

  /** Gives a race as it is known now, by what a list says of it. */
  known(race) {
    return this.races.get(race.race_id) ?? race;
  }

  /** Gives the races that are to come, the soonest first, those before them that are late. */
  toCome() {
    const since = this.clock.now() - GIVEN_UP_MS;
    const ids = new Set([...this.#upcoming, ...(this.day ? ofDay(this.day).map((race) => race.race_id) : [])]);
    return [...ids]
      .map((id) => this.races.get(id))
      .filter((race) => !NOT_TO_COME.includes(race.status) && Date.parse(race.start_time) > since)
      .sort((one, other) => one.start_time.localeCompare(other.start_time) || one.race_id.localeCompare(other.race_id));
  }

  /** Says whether what is shown of a race is old: its looks fail, or none are made any more. */
  isStale(raceId) {
    return [...(this.health?.stale_races ?? []), ...(this.health?.broken_races ?? [])].some(
      (race) => race.race_id === raceId,
    );
  }

  #stand(health) {
    this.health = health;
    this.#say('health');
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

const ofDay = (day) => day.meetings.flatMap((meeting) => meeting.races);
