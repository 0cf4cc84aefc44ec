// Figures and times as people read them: prices, money, percentages, the time of day in the daemon's zone.

const LOCALE = 'en-NZ';
const formats = new Map();
const dollars = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: 'NZD', currencyDisplay: 'narrowSymbol', maximumFractionDigits: 0 });
const dollarsAndCents = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: 'NZD', currencyDisplay: 'narrowSymbol' });
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

const NOTHING = '–';

export const odds = (value) => (value === null ? NOTHING : value.toFixed(value < 100 ? 2 : 0));
export const percent = (value, digits = 1) => (value === null ? NOTHING : `${value.toFixed(digits)}%`);
export const money = (cents) => (cents === null ? NOTHING : dollars.format(cents / 100));
export const dividend = (value) => (value === null ? NOTHING : dollarsAndCents.format(value));
export const prize = (value) => (value === null ? NOTHING : dollars.format(value));
export const number = (value) => whole.format(value);

/** Short money for narrow cells: 45, 1.2k, 13k. */
export function shortMoney(cents) {
  if (cents === null) return '';
  const value = cents / 100;
  const size = Math.abs(value);
  if (size >= 99_950) return `${(value / 1000).toFixed(0)}k`;
  return size >= 999.5 ? `${(value / 1000).toFixed(1)}k` : value.toFixed(0);
}

export const clockTime = (at, timezone) => part(at, timezone, 'time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const secondsTime = (at, timezone) =>
  part(at, timezone, 'seconds', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
export const shortDay = (at, timezone) => part(at, timezone, 'short day', { weekday: 'short', day: 'numeric', month: 'short' });
export const longDay = (at, timezone) => part(at, timezone, 'day', { weekday: 'long', day: 'numeric', month: 'long' });

/** Gives a racing day's name; it is a date and in no zone. */
export const dayName = (day) => longDay(Date.parse(`${day}T12:00:00Z`), 'UTC');

/** Gives a zone's short name at an instant: NZST, AEDT; its own name where there is none. */
export function zoneName(at, timezone) {
  for (const locale of [LOCALE, 'en-AU']) {
    const parts = format(timezone, `zone ${locale}`, { timeZoneName: 'short', hour: 'numeric' }, locale).formatToParts(at);
    const name = parts.find((one) => one.type === 'timeZoneName')?.value ?? '';
    if (name && !/^(GMT|UTC)[+-]/.test(name)) return name;
  }
  return timezone;
}

/** Gives a span of milliseconds: 2 h 05 m, 12:09, 0:31; without a sign. */
export function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value) => String(value).padStart(2, '0');
  return hours ? `${hours} h ${two(minutes)} m` : `${minutes}:${two(seconds % 60)}`;
}

/** Gives seconds as words: 90 s, 5 min, 2 h. */
export function seconds(value) {
  if (value >= 3600 && value % 3600 === 0) return `${value / 3600} h`;
  return value >= 60 && value % 60 === 0 ? `${value / 60} min` : `${number(value)} s`;
}

const part = (at, timezone, name, options) => format(timezone, name, options, LOCALE).format(at);

function format(timezone, name, options, locale) {
  const key = `${timezone} ${name}`;
  if (!formats.has(key)) formats.set(key, made(timezone, options, locale));
  return formats.get(key);
}

function made(timezone, options, locale) {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: timezone });
  } catch {
    // A browser that does not know the daemon's zone: its times are in UTC then, and say so.
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  }
}
