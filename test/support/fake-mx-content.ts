/** The content of DATA as octets: where it ends (CRLF.CRLF and nothing else) and what it was. RFC 5321 §4.5.2. */

const TERMINATOR = Buffer.from('\r\n.\r\n');

/** Collects chunks until the final dot. */
export class EndOfData {
  readonly #parts: Buffer[] = [];
  /** The last octets seen; the line end before the content counts, so that `.` CRLF alone ends it. */
  #tail: Buffer = Buffer.from('\r\n');
  /** Octets of content so far, still dot-stuffed, without the final dot. */
  sizeBytes = 0;

  /** The octets of `chunk` that belong to the content and its end; `undefined` when the end has not come. */
  push(chunk: Buffer): number | undefined {
    const overlap = Buffer.concat([this.#tail, chunk.subarray(0, TERMINATOR.length - 1)]);
    const across = overlap.indexOf(TERMINATOR);
    const within = across === -1 ? chunk.indexOf(TERMINATOR) : across - this.#tail.length;
    if (across === -1 && within === -1) {
      this.#add(chunk);
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-(TERMINATOR.length - 1));
      return undefined;
    }
    // The CRLF before the dot is the content's last line end, unless there is no content at all.
    const end = within + TERMINATOR.length;
    this.#add(chunk.subarray(0, Math.max(0, end - 3)));
    const excess = end - 3;
    if (excess < 0) this.#cut(-excess);
    return end;
  }

  content(): Buffer {
    return this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts);
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.sizeBytes += part.length;
  }

  /** Takes back octets of the final dot that came at the end of earlier chunks. */
  #cut(octets: number): void {
    const whole = this.content();
    const kept = whole.subarray(0, Math.max(0, whole.length - octets));
    this.#parts.splice(0, this.#parts.length, kept);
    this.sizeBytes = kept.length;
  }
}

/** Takes the first dot off each line that starts with one. */
export function dotUnstuffed(content: Buffer): Buffer {
  if (content[0] !== 46 && content.indexOf('\r\n.') === -1) return content;
  const parts: Buffer[] = [];
  let from = content[0] === 46 ? 1 : 0;
  for (let at = content.indexOf('\r\n.', from); at !== -1; at = content.indexOf('\r\n.', at + 3)) {
    parts.push(content.subarray(from, at + 2));
    from = at + 3;
  }
  parts.push(content.subarray(from));
  return Buffer.concat(parts);
}
