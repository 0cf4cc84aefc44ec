// The daemon's time, which in a demo runs fast: reckoned on from when it was last told.

const FRAME_MS = 250;

export class DaemonClock extends EventTarget {
  #told = Date.now();
  #at = performance.now();

  speed = 1;
  timezone = 'UTC';
  isTold = false;

  /** Takes note of a time as the API tells it; says `told` where speed or zone are others. */
  set(time) {
    this.#told = Date.parse(time.now);
    this.#at = performance.now();
    const isOther = !this.isTold || this.speed !== time.speed || this.timezone !== time.timezone;
    Object.assign(this, { speed: time.speed, timezone: time.timezone, isTold: true });
    if (isOther) this.dispatchEvent(new Event('told'));
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
