/**
 * Octets that a hop answers before SMTP begins, counted and not in lines. What comes behind them is read as SMTP. No I/O.
 */

/** The number of octets of an answer once they are all there. It has to be small: the octets before are kept. */
export type AnswerLength = (received: Buffer) => number | undefined;

export class Preface {
  readonly #length: AnswerLength;
  #received: Buffer = Buffer.alloc(0);
  /** Set once it is whole. */
  answer: Buffer | undefined;

  constructor(length: AnswerLength) {
    this.#length = length;
  }

  /** Returns what is not of the answer. */
  push(chunk: Buffer): Buffer {
    const received = Buffer.concat([this.#received, chunk]);
    const length = this.#length(received);
    this.#received = received;
    if (length === undefined) return chunk.subarray(chunk.length);
    this.answer = received.subarray(0, length);
    return received.subarray(length);
  }
}
