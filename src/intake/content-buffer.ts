/**
 * Collects octets in a buffer with its own ArrayBuffer, so that it can be transferred to another thread. Each octet
 * is copied once when the size is known beforehand, otherwise about twice at most.
 */

const MIN_CAPACITY = 1024;
const NOTHING = Buffer.allocUnsafeSlow(0);

export class ContentBuffer {
  readonly #maxBytes: number;
  #bytes: Buffer<ArrayBuffer> = NOTHING;
  #length = 0;

  /** `maxBytes`: its largest capacity. */
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

  /** Copies as much of `bytes` as fits; returns the number of octets. */
  append(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.#maxBytes - this.#length);
    this.reserve(this.#length + count);
    this.#bytes.set(count === bytes.length ? bytes : bytes.subarray(0, count), this.#length);
    this.#length += count;
    return count;
  }

  /** Ensures a capacity of `capacity` octets: exactly that when empty, otherwise at least double. */
  reserve(capacity: number): void {
    if (capacity <= this.#bytes.length) return;
    const doubled = this.#length === 0 ? capacity : Math.max(capacity, this.#bytes.length * 2, MIN_CAPACITY);
    const larger = Buffer.allocUnsafeSlow(Math.min(doubled, this.#maxBytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** The collected octets, still owned by the buffer. */
  view(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Returns the octets and starts anew. Large spare capacity is cut off by a copy. */
  take(): Uint8Array<ArrayBuffer> {
    const view = this.view();
    const spare = this.#bytes.length - this.#length;
    this.#bytes = NOTHING;
    this.#length = 0;
    if (spare <= view.length / 4) return new Uint8Array(view.buffer, view.byteOffset, view.length);
    return new Uint8Array(view);
  }
}
