/**
 * Records of messages to be accepted, with content and recipients. Plain readonly data that survives a structured clone, so
 * that a record can cross a thread. Times are milliseconds since the epoch, sizes are octets; text ids are the public ones.
 */
import type { CountedUse } from './usage.ts';
import type { BodyType, ByMode, DsnNotify, DsnReturn } from '../smtp/envelope.ts';

/** One recipient of a message to be accepted. */
export interface NewDelivery {
  readonly recipient: string;
  /** The queue that it waits in: the recipient domain (policy/destination.ts). */
  readonly destination: string;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly originalRecipient: string | undefined;
  /**
   * Why it is not mailed: the delivery is settled as `suppressed` in the accepting transaction. `undefined`: the store looks
   * for a suppression in that transaction.
   */
  readonly suppressedBy: string | undefined;
}

/** The time by which a message has to arrive, and what to do when it does not. RFC 2852. */
export interface DeliverBy {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly mode: ByMode;
  /** Each relay is to be told of to the sender. */
  readonly trace: boolean;
}

/** Facts of a message besides its content. */
export interface MessageFacts {
  /** `msg_` id, made by the acceptor. */
  readonly id: string;
  readonly accountId: string;
  /** `undefined` for messages that the relay itself writes (DSNs). */
  readonly credentialId: string | undefined;
  readonly stream: string;
  readonly via: 'smtp' | 'http' | 'dsn';
  readonly reversePath: string;
  /** The first mailbox of From, `local@domain`. */
  readonly headerFrom: string;
  /** Decoded, at most 200 characters; `undefined` when there is none. */
  readonly subject: string | undefined;
  /** The Message-ID field's value with its angle brackets. */
  readonly messageIdField: string;
  readonly bodyType: BodyType;
  readonly smtpUtf8: boolean;
  readonly requireTls: boolean;
  readonly dsnReturn: DsnReturn | undefined;
  readonly envelopeId: string | undefined;
  /** False: the credential asked for no DSNs. */
  readonly sendDsn: boolean;
  /** Where DSNs go instead of the reverse-path; `undefined`: to the reverse-path. */
  readonly dsnTo?: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The domain whose keys sign it (the header From's). */
  readonly signingDomain: string;
  /** Octets from the start of the content up to and including the empty line after the header section. */
  readonly headerSizeBytes: number;
  /** Octets of the stored content (header and body, CRLF line ends, not dot-stuffed). */
  readonly sizeBytes: number;
  /** SHA-256 of the body in relaxed canonical form (RFC 6376 §3.4.4), in base64. */
  readonly bodyHash: string;
  /** Header lines of its stream, each with its line end, that go on top of the stored content; `undefined`: none. ASCII. */
  readonly addedFields?: string | undefined;
  readonly acceptedAtMs: number;
  /** Not sent before; `undefined`: at once. */
  readonly sendAtMs: number | undefined;
  /** MT-PRIORITY, RFC 6710; `undefined`: 0. */
  readonly priority?: number | undefined;
  /** BY, RFC 2852. */
  readonly deliverBy?: DeliverBy | undefined;
  /** Broadcast mail without a List-Unsubscribe of its own: each recipient is given one (links/list-unsubscribe.ts). */
  readonly oneClick?: boolean | undefined;
  /** Given up at this time, when that is earlier than `delivery.max_age`. */
  readonly expiresAtMs: number;
}

/**
 * The content of a message to be accepted: whole, or a reference to chunks that `spool.putChunk` stored before. A whole
 * buffer may be transferred to another thread, so the caller must not use it afterwards; it has at most one chunk's size.
 */
export type NewContent =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'chunks'; readonly upload: string; readonly chunkCount: number };

/** Maximum octets of a chunk. */
export const MAX_CHUNK_BYTES = 256 * 1024;

export interface NewMessage {
  readonly facts: MessageFacts;
  /** The version of the credential that it was authorized with; `undefined` for messages of the relay itself. */
  readonly credentialVersion: number | undefined;
  readonly content: NewContent;
  readonly deliveries: readonly NewDelivery[];
  /** Mail of its account that is not bulk goes first (policy/mail-rank.ts). */
  readonly bulk?: boolean | undefined;
  /** Holders with limits of an hour or a day that it counts towards; `undefined`: none. */
  readonly uses?: readonly CountedUse[] | undefined;
  /** Its account has a limit of storage, which it counts towards. */
  readonly countsStorage?: boolean | undefined;
  /** Remarks for its `accepted` events; `undefined`: none. */
  readonly remarks?: EventData | undefined;
}

/** Facts of an event beside its type, message, delivery and time. Values are JSON. */
export type EventData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
