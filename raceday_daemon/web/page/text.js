// Texts of the source made fit to be shown: no control or direction marks, no towers of accents, and an end.

const SPACES = /[\t\n\r\u2028\u2029]+/gu;
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const TOWERS = /(\p{M}{2})\p{M}+/gu;
const LONGEST = 120;

/** Gives a text as people are shown it; null stays a dash. */
export function clean(text, longest = LONGEST) {
  if (text === null || text === undefined) return '–';
  // What can't be read for its length need not be looked through either.
  const short = String(text).slice(0, longest * 8);
  const seen = short.replace(SPACES, ' ').replace(UNSEEN, '').replace(TOWERS, '$1').trim();
  const letters = [...seen];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : seen || '–';
}

/** Gives words of the daemon, which begin small, as the beginning of a sentence. */
export const capitalised = (words) => `${words[0].toUpperCase()}${words.slice(1)}`;

/** Gives a text for places that hold no markup (titles, labels), kept apart from the words around it. */
export function isolated(text) {
  return `\u2068${clean(text)}\u2069`;
}
