// A jockey's jacket and cap as a small drawing, by the words for their colours.

import { draw } from './dom.js';
import { silksOf } from './silks.js';
import { clean } from './text.js';

const BODY = 'M10 8h12l2 3v17H8V11z';
const SLEEVES = ['M10 8 3 13l-1 9 4 1 2-8z', 'M22 8l7 5 1 9-4 1-2-8z'];
const ARMBANDS = ['M2.6 17.2 7 18.2l-.6 2.6-4.2-1z', 'M29.4 17.2 25 18.2l.6 2.6 4.2-1z'];
const CAP = 'M12 6.5a4 4 0 0 1 8 0z';

let drawn = 0;

/** Gives the drawing; a grey one with a question mark where the words name no colour. */
export function jacket(words) {
  const silks = silksOf(words);
  const clip = `body-${(drawn += 1)}`;
  const label = words ? `Silks: ${clean(words)}` : 'Silks unknown';
  const outline = (d, fill) => draw('path', { d, fill: fill ?? 'var(--jacket)', class: 'cloth' });
  return draw('svg', { class: `jacket${silks.isKnown ? '' : ' unknown'}`, viewBox: '0 0 32 30', role: 'img', 'aria-label': label },
    draw('title', {}, label),
    draw('clipPath', { id: clip }, draw('path', { d: BODY })),
    ...SLEEVES.map((d) => outline(d, silks.sleeves)),
    ...(silks.armband ? ARMBANDS.map((d) => draw('path', { d, fill: silks.armband })) : []),
    draw('path', { d: BODY, fill: silks.body ?? 'var(--jacket)' }),
    draw('g', { 'clip-path': `url(#${clip})`, fill: silks.second, stroke: 'none' }, ...(silks.second ? pattern(silks.pattern) : [])),
    draw('path', { d: BODY, fill: 'none', class: 'cloth' }),
    outline(CAP, silks.cap));
}

const rect = (x, y, width, height) => draw('rect', { x, y, width, height });
const polygon = (points) => draw('polygon', { points });
const spot = (cx, cy, r) => draw('circle', { cx, cy, r });

function pattern(name) {
  switch (name) {
    case 'hoops': return [11, 18, 25].map((y) => rect(8, y, 16, 3.4));
    case 'stripes': return [9.5, 14.7, 19.9].map((x) => rect(x, 8, 2.6, 20));
    case 'halves': return [rect(16, 8, 8, 20)];
    case 'quarters': return [rect(16, 8, 8, 10), rect(8, 18, 8, 10)];
    case 'sash': return [polygon('8,9 12,8 24,24 24,28 21,28 8,13')];
    case 'sashes': return [polygon('8,9 12,8 24,24 24,28 21,28 8,13'), polygon('24,9 20,8 8,24 8,28 11,28 24,13')];
    case 'chevrons': return [polygon('8,13 16,19 24,13 24,17 16,23 8,17')];
    case 'diamonds': return [[12, 13], [20, 13], [16, 18], [12, 23], [20, 23]].map(([x, y]) => polygon(`${x},${y - 3} ${x + 2.4},${y} ${x},${y + 3} ${x - 2.4},${y}`));
    case 'diamond': return [polygon('16,11 21,18 16,25 11,18')];
    case 'spots': return [[12, 12], [20, 12], [16, 17.5], [12, 23], [20, 23]].map(([x, y]) => spot(x, y, 1.9));
    case 'checks': return [0, 1, 2, 3, 4].flatMap((row) => [0, 1, 2, 3].filter((column) => (row + column) % 2).map((column) => rect(8 + 4 * column, 8 + 4 * row, 4, 4)));
    case 'star': return [polygon('16,12 17.6,16 22,16.2 18.6,18.9 19.8,23 16,20.6 12.2,23 13.4,18.9 10,16.2 14.4,16')];
    case 'yoke': return [rect(8, 8, 16, 5)];
    case 'braces': return [rect(11, 8, 2.4, 20), rect(18.6, 8, 2.4, 20)];
    case 'band': return [rect(8, 16, 16, 4.6)];
    default: return [spot(16, 17, 3.6)];
  }
}
