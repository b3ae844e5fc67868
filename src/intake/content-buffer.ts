/**
 * Gathers octets into one buffer with an ArrayBuffer of its own, so that it can be given to another thread. Each
 * octet is copied once when the size is known beforehand, on average twice at most when it is not.
 */

const MIN_CAPACITY = 1024;
const NOTHING = Buffer.allocUnsafeSlow(0);

export class ContentBuffer {
  readonly #maxBytes: number;
  #bytes: Buffer<ArrayBuffer> = NOTHING;
  #length = 0;

  /** `maxBytes`: what it holds at most. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Octets of memory. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Copies as much of `bytes` as there is room for; returns how much. */
  append(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.#maxBytes - this.#length);
    this.reserve(this.#length + count);
    this.#bytes.set(count === bytes.length ? bytes : bytes.subarray(0, count), this.#length);
    this.#length += count;
    return count;
  }

  /** Makes room for `capacity` octets in all; exactly that when it is empty, else at least twice what there was. */
  reserve(capacity: number): void {
    if (capacity <= this.#bytes.length) return;
    const doubled = this.#length === 0 ? capacity : Math.max(capacity, this.#bytes.length * 2, MIN_CAPACITY);
    const larger = Buffer.allocUnsafeSlow(Math.min(doubled, this.#maxBytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** What was gathered; still the buffer's own. */
  view(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Gives the octets away and starts anew. Much spare capacity is cut off by a copy. */
  take(): Uint8Array<ArrayBuffer> {
    const view = this.view();
    const spare = this.#bytes.length - this.#length;
    this.#bytes = NOTHING;
    this.#length = 0;
    if (spare <= view.length / 4) return new Uint8Array(view.buffer, view.byteOffset, view.length);
    return new Uint8Array(view);
  }
}
