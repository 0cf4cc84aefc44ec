// Questions to the daemon, with the token where one was given.

import { clean } from './text.js';

const LONGEST_SENTENCE = 400;
const TOKEN = 'raceday token';

/** What the daemon refused, in its own sentence; `status` 0 is: it did not answer. */
export class Refusal extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** The token, as long as the browser's tab lives. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
  forget: () => sessionStorage.removeItem(TOKEN),
};

/** Asks for a path below api/, and gives the answer's JSON. Raises Refusal. */
export async function ask(path, { method = 'GET', body } = {}) {
  const answer = await send(path, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  });
  return answer.status === 204 ? null : answer.json();
}

/** Sends a request; gives the response where it is a success. Raises Refusal. */
export async function send(path, { headers = {}, ...wish } = {}) {
  const known = token.get();
  let answer;
  try {
    answer = await fetch(new URL(`api/${path}`, document.baseURI), {
      // What the browser has is asked for by its ETag: a race that is as it was is not sent again.
      cache: 'no-cache',
      headers: { ...headers, ...(known ? { Authorization: `Bearer ${known}` } : {}) },
      ...wish,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal(0, 'the daemon does not answer');
  }
  if (!answer.ok) throw new Refusal(answer.status, await sentence(answer));
  return answer;
}

async function sentence(answer) {
  try {
    return clean((await answer.json()).error, LONGEST_SENTENCE);
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}
