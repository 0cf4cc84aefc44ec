// Why rules and alerts are not shown here, and what opens them.

import { el } from './dom.js';
import { capitalised } from './text.js';

/** Gives `{element, show()}`; it hides itself where nothing is closed. */
export function closedNote(board, giveToken) {
  const why = el('p');
  const button = el('button', { type: 'button', click: giveToken }, 'Enter the token');
  const element = el('div', { class: 'shut', hidden: true }, el('h2', {}, 'Closed here'), why, button);
  return {
    element,
    show() {
      const access = board.access;
      element.hidden = !access || access.may_read;
      if (element.hidden) return;
      why.textContent = `${capitalised(access.why_not)}. Races and prices are open to all.`;
      button.hidden = !access.needs_token;
    },
  };
}
