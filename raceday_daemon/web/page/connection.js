// The board kept up to date: everything is asked for at the start and after a break, changes come by the stream.

import { Refusal, ask, token } from './api.js';
import { Stream } from './stream.js';

const RESYNC_MS = 60_000;
const RESYNC_FAST_MS = 5_000; // a demo's time stands still while it works
const AGAIN_MS = 2_000;

/** Says `phase` (of `live`, `loading`, `lost`) and passes on what the stream tells, as `told` (kind, data). */
export class Connection extends EventTarget {
  #stream = new Stream();
  #life = null;
  #version = null;
  #waiting = null;
  #loads = 0;

  phase = 'loading';
  sentence = null;
  lostAt = null;

  constructor(board) {
    super();
    this.board = board;
  }

  /** Begins, and goes on until the page is left. */
  start() {
    this.#stream.addEventListener('event', ({ detail }) => this.#take(detail));
    this.#stream.addEventListener('lost', ({ detail }) => this.#lose(detail));
    this.#stream.run();
    this.#resync();
  }

  /** Begins anew, with another token, or none. */
  again() {
    this.#life = null;
    this.#stream.again();
  }

  #take({ kind, data }) {
    if (kind === 'hello') this.#hello(data);
    else if (kind === 'reset') this.#load();
    else if (this.#waiting) this.#waiting.push({ kind, data });
    else this.#tell({ kind, data });
  }

  #hello(data) {
    this.board.take('hello', data);
    if (this.#version && this.#version !== data.version) this.#say('outdated');
    this.#version ??= data.version;
    const isKnown = this.#life === data.life;
    this.#life = data.life;
    if (isKnown) this.#enter('live');
    else this.#load();
  }

  /** Asks for everything; events that come meanwhile are told after it, so that the newest state wins. */
  async #load() {
    const mine = ++this.#loads;
    this.#waiting ??= [];
    try {
      await this.board.load();
    } catch (error) {
      if (mine === this.#loads) this.#fail(error);
      return;
    }
    if (mine !== this.#loads) return;
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#enter('live');
    this.#say('loaded');
    waiting.forEach((one) => this.#tell(one));
  }

  #fail(error) {
    if (!(error instanceof Refusal)) throw error;
    this.#lose(error);
    const mine = this.#loads;
    setTimeout(() => mine === this.#loads && this.#load(), AGAIN_MS);
  }

  #tell({ kind, data }) {
    if (this.board.take(kind, data)) this.board.loadDay().catch((error) => this.#lose(error));
    this.#say('told', { kind, data });
  }

  #lose(refusal) {
    if (refusal.status === 401 && token.get()) {
      token.forget();
      this.#say('token refused');
      this.again();
      return;
    }
    this.lostAt ??= performance.now();
    this.sentence = refusal.message;
    this.#enter('lost');
  }

  #enter(phase) {
    if (phase === 'live') this.lostAt = this.sentence = null;
    this.phase = phase;
    this.#say('phase');
  }

  async #resync() {
    for (;;) {
      await new Promise((done) => setTimeout(done, this.board.clock.speed > 1 ? RESYNC_FAST_MS : RESYNC_MS));
      if (this.phase !== 'live' || document.hidden) continue;
      await ask('health').then(
        (answer) => this.board.clock.set(answer.time),
        () => {}, // the stream notices by itself that nobody answers
      );
    }
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
