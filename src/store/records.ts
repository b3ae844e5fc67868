/**
 * What the store keeps, as the rest of the program sees it. Plain readonly data that survives a structured clone,
 * so that a record can cross a thread. Times are milliseconds since the epoch, sizes are octets; ids named
 * `...Id` of type number are the engine's own and mean nothing outside it, text ids are the public ones.
 */
import type { BodyType, DsnNotify, DsnReturn } from '../smtp/envelope.ts';
import type { AttemptStage } from '../policy/attempt-stage.ts';
import type { DeliveryState, EventType } from '../policy/delivery-state.ts';
import type { LocalClass } from '../policy/local-failures.ts';
import type { SoftBounceRule } from '../policy/soft-bounces.ts';
import type { DnsRecordStatus } from '../dkim/domain-records.ts';

export type { AttemptStage };

export interface Account {
  /** `acc_` id. */
  readonly id: string;
  /** Unique; `default` exists from the first start. */
  readonly name: string;
  readonly createdAtMs: number;
}

export interface Domain {
  /** `dom_` id. */
  readonly id: string;
  readonly accountId: string;
  /** Lower-cased A-label name; unique in its account. Of those of one name one at most is verified (policy/domain-claim.ts). */
  readonly name: string;
  /** Verified: its DKIM records were seen in DNS. */
  readonly verifiedAtMs: number | undefined;
  /** Since when the DKIM records, once seen, are known to fail; `undefined`: they do not, or never were there. */
  readonly failingSinceMs?: number | undefined;
  /** Result of the last look-up by record purpose, such as `dkim-rsa`; absent before the first. */
  readonly recordStatus: Readonly<Record<string, DnsRecordStatus>>;
  readonly createdAtMs: number;
}

export type { DnsRecordStatus } from '../dkim/domain-records.ts';
export type { DkimAlgorithm, DkimKey } from '../dkim/dkim-key.ts';

export type CredentialKind = 'smtp' | 'api' | 'network';

export interface Credential {
  /** `crd_` id. */
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly kind: CredentialKind;
  readonly name: string;
  /** For `smtp`; unique. `undefined` for other kinds. */
  readonly username: string | undefined;
  /** HMAC-SHA-256 of the secret under the server's key; `undefined` for `network`. */
  readonly secretHash: Uint8Array | undefined;
  /** CIDR blocks: for `network` the clients that need no AUTH, for others the only ones that may use it (empty: any). */
  readonly networks: readonly string[];
  /** Domains it may send from; empty: every domain of the account. */
  readonly domains: readonly string[];
  /** Addresses it may send from, as `authorizationKey`s; empty: any address of its domains. */
  readonly fromAddresses: readonly string[];
  readonly scopes: readonly string[];
  /** The stream of its messages when the message names none. */
  readonly stream: string;
  /** Messages a minute; `undefined`: no limit. */
  readonly ratePerMinute: number | undefined;
  /** Recipients a day (UTC); `undefined`: no limit. */
  readonly dailyQuota: number | undefined;
  /** `network` only: refuse mail without TLS. */
  readonly requireTls: boolean;
  /** False: no DSNs to the reverse-path for mail of this credential. */
  readonly sendDsn: boolean;
  /** DSNs about its mail go there instead, `local-part@domain`; `undefined`: to the reverse-path. */
  readonly dsnTo?: string | undefined;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly createdAtMs: number;
  /**
   * The store's: grows with each change of what it may do, the loss of one of its account's domains among them. 0 for a
   * new one.
   */
  readonly version: number;
}

export interface Stream {
  readonly accountId: string;
  readonly name: string;
  readonly kind: 'transactional' | 'broadcast';
  readonly createdAtMs: number;
}

/** One recipient of a message to be accepted. */
export interface NewDelivery {
  readonly recipient: string;
  /** The queue it waits in: the recipient domain (policy/destination.ts). */
  readonly destination: string;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly originalRecipient: string | undefined;
  /**
   * Why it is not mailed: the delivery is settled as `suppressed` in the accepting transaction. `undefined`: the store
   * looks there and then whether a suppression applies.
   */
  readonly suppressedBy: string | undefined;
}

/** What a message carries besides its content. */
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
  /** SHA-256 of the body in relaxed canonical form (RFC 6376 §3.4.4). */
  readonly bodyHash: Uint8Array;
  readonly acceptedAtMs: number;
  /** Not before; `undefined`: at once. */
  readonly sendAtMs: number | undefined;
  /** Given up then, when earlier than `delivery.max_age`. */
  readonly expiresAtMs: number;
}

/**
 * The content of a message to be accepted: whole, or by reference to chunks that `spool.putChunk` stored before.
 * A whole buffer is given away (it may be transferred to another thread); it has at most one chunk's size.
 */
export type NewContent =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'chunks'; readonly upload: string; readonly chunkCount: number };

/** Octets a chunk holds at most. */
export const MAX_CHUNK_BYTES = 256 * 1024;

export interface NewMessage {
  readonly facts: MessageFacts;
  /** Of the credential that it was authorized with; `undefined` for what the relay itself writes. */
  readonly credentialVersion: number | undefined;
  readonly content: NewContent;
  readonly deliveries: readonly NewDelivery[];
  /** What is odd about it, for its `accepted` events to say; `undefined`: nothing. */
  readonly remarks?: EventData | undefined;
}

/** A delivery in the hands of a delivery worker. Only a settlement with the same `fence` changes it. */
export interface ClaimedDelivery {
  readonly deliveryId: number;
  /** Public `dlv_` id. */
  readonly id: string;
  readonly fence: number;
  readonly recipient: string;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly originalRecipient: string | undefined;
  /** Attempts of its own made before this one, which move it on in the retry schedule. */
  readonly attempts: number;
  /** Beside those: tries of its destination that failed as a whole while it waited; `undefined`: none. */
  readonly destinationTries?: number | undefined;
  readonly state: DeliveryState;
  /** Set when a suppression was found at claim time: settle it as `suppressed`, do not mail it. */
  readonly suppressedBy: string | undefined;
  /** The sender was told of the delay. */
  readonly delayTold?: boolean | undefined;
}

/** Deliveries of one message to one destination, claimed together. */
export interface Claim {
  readonly messageId: number;
  readonly contentId: number;
  readonly facts: MessageFacts;
  readonly destination: string;
  readonly deliveries: readonly ClaimedDelivery[];
  /** The whole content when it came from memory with the accept; else it is read from the store. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
}

/** One try at one MX host, or one failure before a host was known. RFC 5321 §3.6. */
export interface AttemptRecord {
  readonly atMs: number;
  /** MX host name; `undefined` when it failed before one was known. */
  readonly host: string | undefined;
  readonly address: string | undefined;
  /** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; `undefined`: in clear. */
  readonly tls: string | undefined;
  /** Why it went in clear although the host offers TLS, in words: the handshake failed, or STARTTLS was refused. */
  readonly tlsFailure?: string | undefined;
  readonly replyCode: number | undefined;
  readonly status: string | undefined;
  /** The reply's text, or what happened in words when there was no reply. At most 1,000 characters. */
  readonly text: string;
  /** Where in the dialogue: `dns`, `connect`, `greeting`, `ehlo`, `starttls`, `mail`, `rcpt`, `data`, `final`, `policy`. */
  readonly stage: AttemptStage;
  readonly durationMs: number;
  /** Set for a failure of this relay's own: no host had a part in it. */
  readonly localClass?: LocalClass | undefined;
}

export interface NewSuppression {
  readonly accountId: string;
  /** Stream name, or the empty string for the whole account. */
  readonly scope: string;
  /** A `suppressionKey`. */
  readonly address: string;
  readonly reason: 'unknown-address' | 'complaint' | 'soft-bounces' | 'manual' | 'import' | 'unsubscribe';
  /** What it rests on: a reply's text, a person's note. */
  readonly evidence: string;
  readonly createdAtMs: number;
  /** `undefined`: never. */
  readonly expiresAtMs: number | undefined;
  /** `delivery` when the relay added it, else who did (`relayctl`). */
  readonly createdBy: string;
}

export interface Suppression extends NewSuppression {
  readonly accountName: string;
  /** Sequence of the event that it rests on; `undefined` where a person or a file said so. The event may be gone. */
  readonly event?: number | undefined;
}

/** A message that ended in a soft bounce (policy/soft-bounces.ts). */
export interface SoftBounce {
  readonly rule: Pick<SoftBounceRule, 'messages' | 'spanMs'>;
  /** What is written once the run of its address is long enough. */
  readonly suppression: NewSuppression;
}

/** Unknown addresses of the delivery's destination are not suppressed for a while (policy/suppression-breaker.ts). */
export interface Withholding {
  readonly untilMs: number;
  /** Addresses that were suppressed for it shortly before, and are not any more. */
  readonly withdrawn: readonly Pick<NewSuppression, 'accountId' | 'address'>[];
}

/** Facts of an event beside its type, message, delivery and time. Values are JSON. */
export type EventData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** What became of one claimed delivery. */
export interface Settlement {
  readonly deliveryId: number;
  readonly fence: number;
  readonly state: Exclude<DeliveryState, 'scheduled' | 'held' | 'cancelled'>;
  /** For `deferred`, and for `queued` when it is put back untried (attempts empty, no event). */
  readonly nextAttemptAtMs: number | undefined;
  /** In order of time; empty when nothing was tried. */
  readonly attempts: readonly AttemptRecord[];
  /** The event to append; `undefined` when the delivery is only put back. */
  readonly event: { readonly type: EventType; readonly atMs: number; readonly data: EventData } | undefined;
  readonly suppression: NewSuppression | undefined;
  readonly softBounce?: SoftBounce | undefined;
  readonly withholding?: Withholding | undefined;
  /** False: this try does not count towards the retry schedule (the destination failed, not the message). */
  readonly countsAsAttempt: boolean;
  /** A notice of this settlement tells the sender of the delay: no further one is to follow. */
  readonly tellsDelay?: boolean | undefined;
}

/** Settlements of one claim, written in one transaction with the DSNs that they cause. */
export interface SettlementBatch {
  /** When what is settled counts as settled; never before its attempts began. */
  readonly nowMs: number;
  readonly settlements: readonly Settlement[];
  readonly notices: readonly NewMessage[];
}

/** A destination that failed as a whole: nothing of it is claimed before `untilMs`. */
export interface DestinationBlock {
  readonly destination: string;
  readonly untilMs: number;
  /** Consecutive failures, kept so that the back-off goes on after a restart. 0 clears. */
  readonly failures: number;
  readonly lastError: string;
  /** Tries that failed for all that waits, oldest first, each with an attempt for each address: kept with the destination. */
  readonly tries?: readonly (readonly AttemptRecord[])[] | undefined;
}
