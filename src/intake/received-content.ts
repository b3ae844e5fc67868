/** The content of a message after the end of data: everything that acceptance needs, or the refusal. */
import type { HeaderProblem, PreparedHeader } from '../message/fix-ups.ts';
import type { Reply } from '../smtp/reply.ts';
import type { NewContent } from '../store/message-records.ts';

export interface ReceivedContent {
  readonly header: PreparedHeader;
  readonly headerSizeBytes: number;
  /** Size of what is stored: prepared header and repaired body. */
  readonly sizeBytes: number;
  /** See MessageFacts. */
  readonly bodyHash: string;
  readonly eightBit: boolean;
  readonly longestLineOctets: number;
  /** Line ends were changed. */
  readonly repaired: boolean;
  readonly content: NewContent;
}

/** `headers`: the beginning of the header section, as received, or prepared if that was possible. */
export interface RefusedContent {
  readonly refusal: Reply;
  readonly headers: Uint8Array;
}

/** A header section whose preparation is asynchronous. */
export interface LaterHeader {
  readonly later: Promise<PreparedHeader | HeaderProblem>;
  /**
   * True: the body is replaced, and what the client sends of it is dropped meanwhile. False: the client is held back, and
   * what is on its way already is kept.
   */
  readonly dropsBody: boolean;
}
