/**
 * The beginning of a message, kept for parsing as a report: 512 KiB contain everything that a report says; the rest
 * is the returned message. While memory is short only the first 64 KiB are kept.
 */
import { ContentBuffer } from '../intake/content-buffer.ts';
import type { ContentMemory } from '../intake/content-memory.ts';

export const KEPT_BYTES = 512 * 1024;
const KEPT_WHEN_SHORT_BYTES = 64 * 1024;

/** `beginning`: the message is longer. `short-of-memory`: it could not be kept now. */
export type CopyExtent = 'whole' | 'beginning' | 'short-of-memory';

export class ReportCopy {
  readonly #memory: ContentMemory;
  readonly #buffer = new ContentBuffer(KEPT_BYTES);
  #held = 0;
  #extent: CopyExtent = 'whole';

  constructor(memory: ContentMemory) {
    this.#memory = memory;
  }

  push(bytes: Uint8Array): void {
    const limit = this.#memory.short ? KEPT_WHEN_SHORT_BYTES : KEPT_BYTES;
    const kept = this.#extent === 'whole' && this.#buffer.length < limit ? this.#buffer.append(bytes) : 0;
    if (kept < bytes.length && this.#extent === 'whole')
      this.#extent = limit === KEPT_BYTES ? 'beginning' : 'short-of-memory';
    this.#hold(this.#buffer.capacity);
  }

  get extent(): CopyExtent {
    return this.#extent;
  }

  /** The octets, counted as memory in use until {@link release}. */
  view(): Uint8Array {
    return this.#buffer.view();
  }

  release(): void {
    this.#buffer.take();
    this.#hold(0);
  }

  #hold(bytes: number): void {
    this.#memory.change(bytes - this.#held);
    this.#held = bytes;
  }
}
