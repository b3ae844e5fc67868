/** Numbers in as few octets as they need, seven bits each, the lowest first; signed ones in zigzag order. */

/** Octets that grow as they are written. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected);
  }

  number(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#octet((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.#octet(rest);
  }

  signed(value: number): void {
    this.number(value < 0 ? -value * 2 - 1 : value * 2);
  }

  octets(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** What was written, and begins again. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  #octet(value: number): void {
    this.#room(1);
    this.#bytes[this.length++] = value;
  }

  #room(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const octet = this.bytes[this.at++] ?? 0;
      if (octet < 128) return value + octet * scale;
      value += (octet - 128) * scale;
      scale *= 128;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Passes over `count` numbers. */
  skip(count: number): void {
    let { at } = this;
    for (let left = count; left > 0; left--) while ((this.bytes[at++] ?? 0) >= 128);
    this.at = at;
  }
}
