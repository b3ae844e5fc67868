/**
 * Gathers octets of a message until its header section is complete. Usually the first octets have all of it, and nothing is
 * copied. Bounded by {@link MAX_HEADER_BYTES}.
 */
import { headerEnd } from '../message/header-section.ts';
import { ContentBuffer } from './content-buffer.ts';

export const MAX_HEADER_BYTES = 256 * 1024;

export interface CompleteHeader {
  /** With its empty line. */
  readonly header: Uint8Array;
  /** What follows it, in one or two pieces. */
  readonly body: Uint8Array;
  readonly rest: Uint8Array;
}

export class HeaderCollector {
  readonly #buffer = new ContentBuffer(MAX_HEADER_BYTES + 4);

  get capacity(): number {
    return this.#buffer.capacity;
  }

  /** What was gathered so far. */
  view(): Uint8Array {
    return this.#buffer.view();
  }

  /** Frees what was gathered. */
  clear(): void {
    this.#buffer.take();
  }

  /** `undefined`: it is not complete. */
  push(bytes: Uint8Array): CompleteHeader | 'too-big' | undefined {
    const before = this.#buffer.length;
    if (before === 0) {
      const end = headerEnd(bytes);
      if (end >= 0 && end <= MAX_HEADER_BYTES)
        return { header: bytes.subarray(0, end), body: bytes.subarray(end), rest: NO_BYTES };
    }
    const taken = this.#buffer.append(bytes);
    const gathered = this.#buffer.view();
    const end = headerEnd(gathered, before);
    if (end > MAX_HEADER_BYTES || (end < 0 && gathered.length > MAX_HEADER_BYTES)) return 'too-big';
    if (end < 0) return undefined;
    return { header: gathered.subarray(0, end), body: gathered.subarray(end), rest: bytes.subarray(taken) };
  }
}

const NO_BYTES = new Uint8Array(0);
