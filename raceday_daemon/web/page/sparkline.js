// A price in time as a small line, drawn by hand.

import { draw, setAttribute, setText } from './dom.js';
import { odds } from './format.js';

const [WIDTH, HEIGHT, MARGIN] = [88, 24, 3];
const MOST_POINTS = 240;

export class Sparkline {
  #points = [];

  constructor() {
    this.title = draw('title');
    this.path = draw('path', { class: 'line' });
    this.dot = draw('circle', { class: 'dot', r: 2.2 });
    this.element = draw('svg', { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' }, this.title, this.path, this.dot);
    this.#draw();
  }

  /** Shows these prices, `{at, odds}`, oldest first. */
  show(prices) {
    const points = prices.map(({ at, odds: price }) => [Date.parse(at), price]);
    if (JSON.stringify(points) === JSON.stringify(this.#points)) return;
    this.#points = points;
    this.#draw();
  }

  /** Goes on to a price where it is another one. */
  add(at, price) {
    const last = this.#points.at(-1);
    const instant = Date.parse(at);
    if (last && (last[1] === price || last[0] >= instant)) return;
    this.#points = [...this.#points, [instant, price]].slice(-MOST_POINTS);
    this.#draw();
  }

  #draw() {
    const points = this.#points;
    setAttribute(this.element, 'data-empty', points.length < 2 ? '' : null);
    setText(this.title, words(points));
    if (points.length < 2) {
      setAttribute(this.path, 'd', points.length ? `M${MARGIN} ${HEIGHT / 2}H${WIDTH - MARGIN}` : '');
      setAttribute(this.dot, 'visibility', 'hidden');
      return;
    }
    const prices = points.map(([, price]) => price);
    const [first, last] = [points[0][0], points.at(-1)[0]];
    const [low, high] = [Math.min(...prices), Math.max(...prices)];
    const x = (at) => MARGIN + ((at - first) / (last - first || 1)) * (WIDTH - 2 * MARGIN);
    const y = (price) => HEIGHT - MARGIN - ((price - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN);
    // A price holds until the next one: steps, no slopes.
    const steps = points.map(([at, price], place) => (place ? `H${x(at).toFixed(1)}V${y(price).toFixed(1)}` : `M${x(at).toFixed(1)} ${y(price).toFixed(1)}`));
    setAttribute(this.path, 'd', steps.join(''));
    setAttribute(this.dot, 'visibility', 'visible');
    setAttribute(this.dot, 'cx', x(last).toFixed(1));
    setAttribute(this.dot, 'cy', y(prices.at(-1)).toFixed(1));
  }
}

function words(points) {
  if (points.length < 2) return points.length ? `Price ${odds(points[0][1])} all along` : 'No prices yet';
  const prices = points.map(([, price]) => price);
  return `Price from ${odds(prices[0])} to ${odds(prices.at(-1))}, lowest ${odds(Math.min(...prices))}, highest ${odds(Math.max(...prices))}`;
}
