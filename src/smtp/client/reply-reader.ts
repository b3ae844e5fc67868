/**
 * Parses a server's octets into replies, one at a time: a remote may send anything, at any pace, and costs at most
 * one reply of memory. No I/O. RFC 5321 §4.2, §4.5.3.1.5.
 */
import { spaced } from '../../platform/visible-text.ts';
import { makeReply, parseReplyLine, type Reply } from '../reply.ts';

/** RFC 5321 §4.5.3.1.5 allows 512 octets; servers in the field send longer lines. */
const MAX_LINE_OCTETS = 8 * 1024;
const MAX_LINES = 100;
/** Replies are shown in reports and on terminals and kept in the store; longer text adds nothing. */
const MAX_TEXT_CHARACTERS = 2_000;
const LF = 0x0a;

/** A reply as lines, which EHLO needs; {@link replyOf} makes a {@link Reply} of it. */
export interface RawReply {
  readonly code: number;
  /** Texts after the code, without control characters, in order; at least one. */
  readonly lines: readonly string[];
}

export class ReplyReader {
  #rest: Buffer | undefined;
  #lines: string[] = [];
  readonly #complete: RawReply[] = [];
  #problem: string | undefined;
  /** Applied to every text that the remote sends. */
  mask: ((text: string) => string) | undefined;

  /** Set once the remote sent something that is not a reply, or too much; later octets are ignored. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Complete replies that {@link next} has not returned. */
  get size(): number {
    return this.#complete.length;
  }

  /** True when no octets are left, not even part of a line. */
  get empty(): boolean {
    return this.#complete.length === 0 && this.#lines.length === 0 && this.#rest === undefined;
  }

  next(): RawReply | undefined {
    return this.#complete.shift();
  }

  /** Removes the complete replies after the first `count`. */
  takeBeyond(count: number): readonly RawReply[] {
    return this.#complete.splice(count);
  }

  push(chunk: Buffer): void {
    if (this.#problem !== undefined) return;
    const octets = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let from = 0;
    for (let end = octets.indexOf(LF, from); end !== -1; end = octets.indexOf(LF, from)) {
      if (end - from > MAX_LINE_OCTETS || !this.#line(octets.toString('utf8', from, end))) break;
      from = end + 1;
    }
    if (this.problem !== undefined) return;
    if (octets.length - from > MAX_LINE_OCTETS) this.#fail(`a line over ${MAX_LINE_OCTETS} octets`);
    // A copy, so that the rest does not retain the socket's whole read buffer.
    else if (from < octets.length) this.#rest = Buffer.from(octets.subarray(from));
  }

  /** No more octets follow. A refusal without its line end counts: some servers hang up right after it. */
  end(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined && /^[45]\d\d /.test(rest.toString('latin1', 0, 4)))
      this.#line(rest.toString('utf8'));
  }

  #line(raw: string): boolean {
    const text = spaced(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
    const parsed = parseReplyLine(text);
    if (parsed === undefined) {
      // Within a reply a line without a code is skipped, as other relays do; at its start that is impossible.
      if (this.#lines.length === 0)
        this.#fail(`no SMTP reply: ${JSON.stringify(this.#masked(text).slice(0, 100))}`);
      return this.#problem === undefined;
    }
    if (this.#lines.length === MAX_LINES) {
      this.#fail(`a reply of over ${MAX_LINES} lines`);
      return false;
    }
    this.#lines.push(this.#masked(parsed.text));
    if (parsed.last) {
      this.#complete.push({ code: parsed.code, lines: this.#lines });
      this.#lines = [];
    }
    return true;
  }

  #masked(text: string): string {
    return this.mask === undefined ? text : this.mask(text);
  }

  #fail(problem: string): void {
    this.#problem = `the remote sent ${problem}`;
  }
}

export function replyOf(raw: RawReply): Reply {
  const reply = makeReply(raw.code, raw.lines);
  return reply.text.length <= MAX_TEXT_CHARACTERS
    ? reply
    : { ...reply, text: `${reply.text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed()}…` };
}
