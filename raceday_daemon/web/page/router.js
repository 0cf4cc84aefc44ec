// Which page is shown, by the part of the address after #: links can be kept, and Back works.

const ROUTES = [
  ['day', /^#\/$/, []],
  ['day', /^#\/day\/(\d{4}-\d\d-\d\d)$/, ['day']],
  ['race', /^#\/race\/([^/?]+)$/, ['id']],
  ['alerts', /^#\/alerts$/, []],
  ['rules', /^#\/rules$/, []],
];

export const raceLink = (raceId) => `#/race/${encodeURIComponent(raceId)}`;
export const dayLink = (day) => `#/day/${day}`;

/** Gives the route of an address, `{name, ...parts}`; null for one that is none. */
export function routeOf(hash) {
  const address = hash === '' || hash === '#' ? '#/' : hash;
  for (const [name, pattern, parts] of ROUTES) {
    const match = pattern.exec(address);
    if (match) return { name, ...Object.fromEntries(parts.map((part, place) => [part, decoded(match[place + 1])])) };
  }
  return address.startsWith('#/') ? { name: 'unknown' } : null;
}

/** Shows `views[name](route, signal)` in `place`, whenever the address changes; the signal ends the view before. */
export function startRouting(views, place, onShown) {
  let leaving = new AbortController();
  const show = (isFirst) => {
    const route = routeOf(location.hash);
    if (!route) return;
    leaving.abort();
    leaving = new AbortController();
    place.replaceChildren(views[route.name](route, leaving.signal));
    onShown(route);
    if (isFirst) return;
    scrollTo(0, 0);
    place.querySelector('h1')?.focus({ preventScroll: true });
  };
  addEventListener('hashchange', () => show(false));
  show(true);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
