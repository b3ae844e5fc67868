/** Server-sent events from the octets of a stream (HTML Living Standard §9.2.6), as far as this relay writes them. Pure. */

export interface StreamedEvent {
  /** Where to go on after it; empty: none was given. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** More without an end of an event is not of this relay. */
const MOST_PENDING_CHARS = 1_000_000;

export class EventStreamReader {
  readonly #decoder = new TextDecoder();
  #pending = '';
  /** Of the last event or keep-alive. */
  lastId = '';

  /** The events that are complete with `chunk`. Throws RangeError where one does not end. */
  take(chunk: Uint8Array): readonly StreamedEvent[] {
    const blocks = (this.#pending + this.#decoder.decode(chunk, { stream: true })).split('\n\n');
    this.#pending = blocks.pop() ?? '';
    if (this.#pending.length > MOST_PENDING_CHARS) throw new RangeError('an event without an end');
    return blocks.flatMap((block) => this.#eventOf(block) ?? []);
  }

  #eventOf(block: string): StreamedEvent | undefined {
    let type = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const [name, value] =
        colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
      if (name === 'id') this.lastId = value;
      else if (name === 'event') type = value;
      else if (name === 'data') data.push(value);
    }
    return data.length === 0 ? undefined : { id: this.lastId, type, data: data.join('\n') };
  }
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** How long to wait after `failures` in a row, the first of them 1. `random`: 0 up to 1, so that many pages do not come back at once. */
export function pauseMs(failures: number, random: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(most * (0.5 + random / 2));
}

/** The newest first, at most `most`. `fresh`: in the order in which they came. */
export function newestOf<T>(fresh: readonly T[], old: readonly T[], most: number): readonly T[] {
  return [...fresh.slice(-most).toReversed(), ...old].slice(0, most);
}
