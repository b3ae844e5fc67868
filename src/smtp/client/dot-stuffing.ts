/**
 * Dot-stuffing for DATA: an extra dot before a dot at the start of a line, and the final dot. Only our final dot ends
 * the data, whatever the content contains. No I/O. RFC 5321 §4.5.2, §4.1.1.4.
 */

const DOT = Buffer.from('.');
const LINE_START_DOT = Buffer.from('\n.');
const END_AFTER_LINE = Buffer.from('.\r\n');
const END_WITHIN_LINE = Buffer.from('\r\n.\r\n');
const LF = 0x0a;
const CR = 0x0d;
const FULL_STOP = 0x2e;

/**
 * Collects chunks for one write. Chunks are not copied before {@link take}, and a single one never, so they must not
 * change until the socket has sent them.
 */
export class DotStuffing {
  #parts: Uint8Array[] = [];
  #gatheredOctets = 0;
  #lastOctet = LF;
  #lastButOne = CR;

  /** Octets that {@link take} would return. */
  get gatheredOctets(): number {
    return this.#gatheredOctets;
  }

  /**
   * The next chunk of content. A dot after a bare LF is doubled too: content has CRLF line ends, but should that ever
   * fail, a remote that accepts a bare LF as a line end must not see a final dot in the content.
   */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#lastOctet === LF && chunk[0] === FULL_STOP) this.#add(DOT);
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = octets.indexOf(LINE_START_DOT); at !== -1; at = octets.indexOf(LINE_START_DOT, from)) {
      this.#add(octets.subarray(from, at + 1));
      this.#add(DOT);
      from = at + 1;
    }
    this.#add(from === 0 ? octets : octets.subarray(from));
    this.#lastButOne = chunk.length > 1 ? (chunk[chunk.length - 2] ?? 0) : this.#lastOctet;
    this.#lastOctet = chunk[chunk.length - 1] ?? 0;
  }

  /** The end of data: the final dot on a line of its own. */
  end(): void {
    const onNewLine = this.#lastOctet === LF && this.#lastButOne === CR;
    this.#add(onNewLine ? END_AFTER_LINE : END_WITHIN_LINE);
  }

  /** The collected octets in one piece. */
  take(): Uint8Array {
    const [first] = this.#parts;
    const taken =
      this.#parts.length === 1 && first !== undefined
        ? first
        : Buffer.concat(this.#parts, this.#gatheredOctets);
    this.#parts = [];
    this.#gatheredOctets = 0;
    return taken;
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#gatheredOctets += part.length;
  }
}
