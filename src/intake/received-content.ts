/** What there is of a message once the end of data has come: all that acceptance needs, or why it is refused. */
import type { PreparedHeader } from '../message/fix-ups.ts';
import type { Reply } from '../smtp/reply.ts';
import type { NewContent } from '../store/records.ts';

export interface ReceivedContent {
  readonly header: PreparedHeader;
  readonly headerSizeBytes: number;
  /** Of what is stored: prepared header and repaired body. */
  readonly sizeBytes: number;
  readonly bodyHash: Uint8Array;
  readonly eightBit: boolean;
  readonly longestLineOctets: number;
  /** Line ends had to be changed. */
  readonly repaired: boolean;
  readonly content: NewContent;
}

/** `headers`: the beginning of the header section, as it came, or as it was prepared where it could be. */
export interface RefusedContent {
  readonly refusal: Reply;
  readonly headers: Uint8Array;
}
