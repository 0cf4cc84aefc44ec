// The daemon's time, which in a demo runs fast: reckoned on from when it was last told.

const FRAME_MS = 250;

export class DaemonClock {
  #told = Date.now();
  #at = performance.now();

  speed = 1;
  timezone = 'UTC';
  isTold = false;

  /** Takes note of a time as the API tells it. */
  set(time) {
    this.#told = Date.parse(time.now);
    this.#at = performance.now();
    Object.assign(this, { speed: time.speed, timezone: time.timezone, isTold: true });
  }

  /** Gives the daemon's time in milliseconds since 1970. */
  now() {
    return this.#told + (performance.now() - this.#at) * this.speed;
  }

  /** Calls `work` a few times a second until the signal, while the page can be seen. */
  tick(work, signal) {
    work();
    const timer = setInterval(() => document.hidden || work(), FRAME_MS);
    signal?.addEventListener('abort', () => clearInterval(timer));
  }
}
