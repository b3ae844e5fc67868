/**
 * Collects the octets of a body at their real cost: a client that sends one chunk an octet (RFC 9112 §7.1) would
 * otherwise cost about four hundred octets each, as an object that retains its buffer.
 */

/** More pieces than an honest body has; small ones are then copied together. */
const LOOSE_PIECES = 256;

export class BodyOctets {
  readonly #pieces: Buffer[] = [];
  #loose: Buffer[] = [];

  /** Number of buffers. */
  get pieces(): number {
    return this.#pieces.length + this.#loose.length;
  }

  add(piece: Buffer): void {
    this.#loose.push(piece);
    if (this.#loose.length < LOOSE_PIECES) return;
    this.#pieces.push(Buffer.concat(this.#loose));
    this.#loose = [];
  }

  /** All octets in one buffer; clears the collection. */
  take(): Buffer {
    const all = Buffer.concat([...this.#pieces, ...this.#loose]);
    this.drop();
    return all;
  }

  drop(): void {
    this.#pieces.length = 0;
    this.#loose = [];
  }
}
