// What people were told: what is known of it here, of all or of one of them, the newest first, and how many nobody has
// looked at.

import { Refusal, ask } from './api.js';

const PAGE = 50;
const MOST = 500;
const WHOSE = 'raceday alerts of';

/** Says `changed` whenever the list is another one, and `fired` (the alert) for one that is to call somebody. */
export class Alerts extends EventTarget {
  #withRules = [];

  list = [];
  next = null;
  unread = 0;

  constructor(board) {
    super();
    this.board = board;
    this.user = sessionStorage.getItem(WHOSE) ?? '';
  }

  /** Everybody whose alerts can be asked for, in order. */
  get users() {
    return [...new Set([...this.#withRules, ...this.list.map((alert) => alert.user_id), ...(this.user ? [this.user] : [])])].sort();
  }

  /** Shows those of one user, of all for '', as long as the browser's tab lives. */
  async show(user) {
    this.user = user;
    sessionStorage.setItem(WHOSE, user);
    this.unread = 0;
    this.#set([], null);
    await this.load();
  }

  /** Asks for the newest. */
  async load() {
    if (!this.board.access?.may_read) {
      this.#set([], null);
      return;
    }
    const { user } = this;
    try {
      const { alerts, users, next } = await ask(`alerts?limit=${PAGE}${this.#whose()}`);
      if (user !== this.user) return;
      this.#withRules = users;
      this.#set(alerts, next);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** Asks for older ones. Raises Refusal. */
  async older() {
    const { user } = this;
    const { alerts, next } = await ask(`alerts?limit=${PAGE}${this.#whose()}&after=${encodeURIComponent(this.next)}`);
    if (user !== this.user) return;
    const known = new Set(this.list.map((alert) => alert.notification_id));
    this.#set([...this.list, ...alerts.filter((alert) => !known.has(alert.notification_id))].slice(0, MOST), next);
  }

  /** Takes one that fired; one that counts further ones takes the place of its earlier count. Bands call nobody. */
  take(alert) {
    if (!this.user || this.user === alert.user_id) {
      const others = this.list.filter((one) => one.notification_id !== alert.notification_id);
      this.unread += others.length === this.list.length && !alert.of_band ? 1 : 0;
      this.#set([alert, ...others].slice(0, MOST), this.next);
    }
    if (!alert.of_band) this.dispatchEvent(new CustomEvent('fired', { detail: alert }));
  }

  /** Takes note that they were looked at. */
  read() {
    if (this.unread === 0) return;
    this.unread = 0;
    this.dispatchEvent(new Event('changed'));
  }

  #whose() {
    return this.user ? `&user=${encodeURIComponent(this.user)}` : '';
  }

  #set(list, next) {
    this.list = list;
    this.next = next;
    this.dispatchEvent(new Event('changed'));
  }
}
