// The event stream, kept open: read by fetch, begun again after a pause that grows, with the id of the last event.

import { Refusal, send } from './api.js';
import { EventReader } from './event_reader.js';

const SILENCE_MS = 35_000; // a line comes every 15 s, whatever happens
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export class Stream extends EventTarget {
  #last = null;
  #failures = 0;
  #underWay = null;
  #wake = () => {};

  /** Listens until the page is left. Says `event` (kind, data) of each, and `lost` (sentence, status) of each end. */
  async run() {
    addEventListener('online', () => this.#wake());
    document.addEventListener('visibilitychange', () => document.hidden || this.#wake());
    for (;;) {
      const refusal = await this.#listen();
      this.dispatchEvent(new CustomEvent('lost', { detail: refusal }));
      await this.#pause();
    }
  }

  /** Begins anew, from what is known by then: another token, or what was shown is no longer true. */
  again() {
    this.#failures = 0;
    this.#underWay?.abort();
    this.#wake();
  }

  async #listen() {
    const end = new AbortController();
    this.#underWay = end;
    let silence = setTimeout(() => end.abort(), SILENCE_MS);
    try {
      const since = this.#last ? `?last_event_id=${encodeURIComponent(this.#last)}` : '';
      const answer = await send(`events${since}`, { signal: end.signal });
      const reader = new EventReader();
      for await (const piece of pieces(answer.body.pipeThrough(new TextDecoderStream()))) {
        clearTimeout(silence);
        silence = setTimeout(() => end.abort(), SILENCE_MS);
        for (const event of reader.read(piece)) this.#tell(event);
      }
      return new Refusal(0, 'the daemon has ended the stream');
    } catch (error) {
      return error instanceof Refusal ? error : new Refusal(0, 'the connection is lost');
    } finally {
      clearTimeout(silence);
      end.abort();
    }
  }

  #tell({ id, kind, data }) {
    if (id) this.#last = id;
    if (kind === 'hello') this.#failures = 0;
    this.dispatchEvent(new CustomEvent('event', { detail: { kind, data: JSON.parse(data) } }));
  }

  #pause() {
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    return new Promise((done) => {
      const timer = setTimeout(done, most * (0.6 + 0.4 * Math.random()));
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}

async function* pieces(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
