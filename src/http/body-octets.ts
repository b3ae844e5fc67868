/**
 * The octets of a body as they arrive, at what they weigh: whoever sends a chunk for each octet (RFC 9112 §7.1) would else
 * have each of them cost some four hundred, as an object of its own in a buffer that it keeps from being let go.
 */

/** Many more than an honest body comes in; small ones are copied together once there are so many. */
const LOOSE_PIECES = 256;

export class BodyOctets {
  readonly #pieces: Buffer[] = [];
  #loose: Buffer[] = [];

  /** Objects that hold them. */
  get pieces(): number {
    return this.#pieces.length + this.#loose.length;
  }

  add(piece: Buffer): void {
    this.#loose.push(piece);
    if (this.#loose.length < LOOSE_PIECES) return;
    this.#pieces.push(Buffer.concat(this.#loose));
    this.#loose = [];
  }

  /** All of them in one, and nothing is held any more. */
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
