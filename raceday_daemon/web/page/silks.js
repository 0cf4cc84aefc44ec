// A jockey's colours out of the words for them: "Cerise & gold hoops, cerise sleeves & quartered cap".

const COLOURS = {
  white: '#f7f7f2', black: '#1d1d1f', red: '#d3222a', 'dark red': '#8f1620', maroon: '#6d1a2c', claret: '#74193a', burgundy: '#651b33', crimson: '#b0122e', scarlet: '#e0301e', cherry: '#b8173c', cerise: '#d92d7c', magenta: '#c2218e', fuchsia: '#d0309c', pink: '#f193b8', 'hot pink': '#f0408f', 'pale pink': '#f7c6d6', salmon: '#f0907a', peach: '#f6bd9a', apricot: '#f2a868', coral: '#ee6f5c', orange: '#ef7d1a', tangerine: '#f0861f', rust: '#a8461f', copper: '#b06a35', bronze: '#98692f', brown: '#6b4426', chocolate: '#52301c', tan: '#c49a6a', fawn: '#d3b88e', beige: '#e3d4b4', cream: '#f4ead0', ivory: '#f6f0dd', yellow: '#f7d420', lemon: '#f6e96a', gold: '#dfa921', 'old gold': '#c2922a', mustard: '#c99c1d', lime: '#a5d02d', 'lime green': '#8ccb2c', green: '#1f8a3d', 'light green': '#79c267', 'dark green': '#14532d', 'emerald green': '#0f9d58', emerald: '#0f9d58', 'bottle green': '#0b4030', 'forest green': '#1c5230', 'jade green': '#1f9b7a', jade: '#1f9b7a', 'hunter green': '#23472f', olive: '#6b6d28', mint: '#9fd9b8', teal: '#12808a', turquoise: '#2bbfc0', aqua: '#48c9d2', blue: '#1f55c4', 'light blue': '#7fb4e8', 'pale blue': '#a8cbee', 'sky blue': '#6fb6ec', 'powder blue': '#b4d2ea', 'baby blue': '#a3cdf0', 'royal blue': '#2340c0', 'electric blue': '#1c5cf0', 'dark blue': '#17266b', 'navy blue': '#14204d', navy: '#14204d', 'midnight blue': '#111a3f', purple: '#6a2a9c', violet: '#7440b8', mauve: '#b48ac8', lilac: '#c8a8dc', lavender: '#bfaee0', plum: '#5d2350', indigo: '#382a86', grey: '#8d9297', gray: '#8d9297', 'light grey': '#bfc4c8', 'dark grey': '#55595e', charcoal: '#3b3f44', silver: '#c3c8cd',
};

const PATTERNS = [
  ['sashes', /\bcrossed (sash|sashes|belts)\b|\bcross(ed)? sash/], ['hoops', /\bhoop(s|ed)?\b/], ['stripes', /\bstrip(es?|ed)\b|\bpinstripes?\b/],
  ['halves', /\bhalves\b|\bhalved\b/], ['quarters', /\bquarter(s|ed)\b/], ['sash', /\bsash\b/], ['chevrons', /\bchevrons?\b|\bvee?s?\b/],
  ['diamonds', /\bdiamonds\b/], ['diamond', /\bdiamond\b/], ['spots', /\bspots?\b|\bspotted\b|\bdots?\b|\bdiscs?\b/], ['checks', /\bchecks?\b|\bcheck(er)?ed\b|\btartan\b/],
  ['star', /\bstars?\b/], ['yoke', /\byokes?\b|\bepaulett?e?s?\b|\bshoulders?\b/], ['braces', /\bbraces\b|\bseams?\b/], ['band', /\bbands?\b|\bbelt\b|\bhoop\b/],
];

const NAMES = Object.keys(COLOURS).sort((one, other) => other.length - one.length);
const COLOUR = new RegExp(`\\b(${NAMES.join('|')})\\b`, 'g');
const NEUTRAL = { body: null, second: null, pattern: 'plain', sleeves: null, armband: null, cap: null, isKnown: false };

/** Gives `{body, second, pattern, sleeves, armband, cap, isKnown}` in colours; all of it neutral where no colour is named. */
export function silksOf(words) {
  if (!words) return NEUTRAL;
  const parts = words.slice(0, 300).toLowerCase().split(/[,;]/).flatMap(withoutSleevesAndCap);
  const found = { ...NEUTRAL };
  for (const { where, text } of parts) {
    const colours = [...text.matchAll(COLOUR)].map(([name]) => COLOURS[name]);
    if (where === 'body') wear(found, text, colours);
    else if (colours.length) where.forEach((place) => (found[place] = colours[0]));
  }
  if (!found.body) return NEUTRAL;
  return { ...found, isKnown: true, sleeves: found.sleeves ?? found.body, cap: found.cap ?? found.body };
}

/** Takes a part of the words apart by what it is of: red sleeves & white cap, navy blue sleeves and cap. */
function withoutSleevesAndCap(text) {
  const has = (pattern) => pattern.test(text);
  if (has(/sleeves?\b.*\bcap/) && [...text.matchAll(COLOUR)].length > 1) {
    const [sleeves, cap] = text.split(/(?<=sleeves?)\b/);
    return [{ where: ['sleeves'], text: sleeves }, { where: ['cap'], text: cap }];
  }
  if (has(/\barm ?bands?/)) {
    const colours = text.split(/&|\band\b/);
    // "cream shamrock & armbands": one colour for what is on the body, and for the bands.
    return [...(colours.length > 1 && !has(/sleeves|cap/) ? [{ where: 'body', text: colours[0] }] : []), { where: ['armband'], text }];
  }
  if (has(/sleeves?\b/) && has(/\bcap/)) return [{ where: ['sleeves', 'cap'], text }];
  if (has(/sleeves?\b/)) return [{ where: ['sleeves'], text }];
  if (has(/\bcap\b/)) {
    const [before, cap] = text.split(/&(?=[^&]*\bcap\b)/);
    return cap === undefined ? [{ where: ['cap'], text }] : [{ where: 'body', text: before }, { where: ['cap'], text: cap }];
  }
  return [{ where: 'body', text }];
}

/** Puts a part about the body on: the first colour named is the ground, the next one its pattern's. */
function wear(found, text, colours) {
  const pattern = PATTERNS.find(([, words]) => words.test(text))?.[0];
  const [first, next] = found.body ? [null, colours[0]] : colours;
  found.body ??= first ?? null;
  if (pattern && found.pattern === 'plain') {
    found.pattern = pattern;
    found.second = next ?? found.second ?? (found.body === COLOURS.white ? COLOURS.black : COLOURS.white);
  } else if (next && !found.second) {
    found.second = next;
    // Two colours and no word for how: a badge such as a shamrock or letters.
    found.pattern = 'badge';
  }
}
