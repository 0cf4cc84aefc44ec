// What people were told: what is known of it here, the newest first, and how many nobody has looked at.

import { Refusal, ask } from './api.js';

const PAGE = 50;
const MOST = 500;

/** Says `changed` whenever the list is another one, and `fired` (the alert) for one that comes in. */
export class Alerts extends EventTarget {
  list = [];
  next = null;
  unread = 0;

  constructor(board) {
    super();
    this.board = board;
  }

  /** Asks for the newest. */
  async load() {
    if (!this.board.access?.may_read) {
      this.#set([], null);
      return;
    }
    try {
      const { alerts, next } = await ask(`alerts?limit=${PAGE}`);
      this.#set(alerts, next);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** Asks for older ones. Raises Refusal. */
  async older() {
    const { alerts, next } = await ask(`alerts?limit=${PAGE}&after=${encodeURIComponent(this.next)}`);
    const known = new Set(this.list.map((alert) => alert.notification_id));
    this.#set([...this.list, ...alerts.filter((alert) => !known.has(alert.notification_id))].slice(0, MOST), next);
  }

  /** Takes one that fired; one that counts further ones takes the place of its earlier count. */
  take(alert) {
    const others = this.list.filter((one) => one.notification_id !== alert.notification_id);
    this.unread += others.length === this.list.length ? 1 : 0;
    this.#set([alert, ...others].slice(0, MOST), this.next);
    this.dispatchEvent(new CustomEvent('fired', { detail: alert }));
  }

  /** Takes note that they were looked at. */
  read() {
    if (this.unread === 0) return;
    this.unread = 0;
    this.dispatchEvent(new Event('changed'));
  }

  #set(list, next) {
    this.list = list;
    this.next = next;
    this.dispatchEvent(new Event('changed'));
  }
}
