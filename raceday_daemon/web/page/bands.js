// The six bands of percentages, as the front end has them; their colours are in colours.css, by day and by night.

export const BANDS = [[5, 10], [10, 15], [15, 20], [20, 25], [25, 50], [50, null]];

/** Gives the name of the band that a percentage lies in; null below the first one. */
export function bandOf(value) {
  const band = BANDS.findLast(([minimum]) => value >= minimum);
  return band ? `band-${band[0]}` : null;
}

export const bandWords = ([minimum, maximum]) => (maximum === null ? `${minimum}+` : `${minimum}–${maximum}`);
