// Server-sent events out of pieces of text, as they come in.

const MOST_LETTERS = 8_000_000;

export class EventReader {
  #rest = '';

  /** Gives the events that a piece has completed: `{id, kind, data}`. */
  read(piece) {
    this.#rest = (this.#rest + piece).replaceAll('\r\n', '\n');
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop();
    if (this.#rest.length > MOST_LETTERS) throw new RangeError('an event without an end');
    return blocks.map(event).filter((one) => one.data !== '');
  }
}

function event(block) {
  const told = { id: null, kind: 'message', data: [] };
  for (const line of block.split('\n')) {
    const [, name, value] = /^([^:]*):? ?(.*)$/su.exec(line);
    if (name === 'data') told.data.push(value);
    else if (name === 'event') told.kind = value;
    else if (name === 'id') told.id = value;
  }
  return { ...told, data: told.data.join('\n') };
}
