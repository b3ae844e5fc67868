/**
 * Messages that a client with a credential sent and that were turned away for good after their content had come: many
 * clients show nobody the last reply, so it is kept for those who look. What is kept of one is bounded, and how many of
 * an account are; how fast they come is bounded by whoever keeps them.
 */

/** Beyond that the oldest of an account go. */
export const MAX_REFUSED_MESSAGES = 1_000;
/** The beginning of a header section that is longer is kept. */
export const MAX_REFUSED_HEADER_BYTES = 64 * 1024;

export interface NewRefusedMessage {
  /** The `msg_` id that it would have had: the log's lines name it. */
  readonly id: string;
  readonly accountId: string;
  readonly credentialId: string;
  readonly via: 'smtp' | 'http';
  /** Its address. */
  readonly client: string;
  readonly refusedAtMs: number;
  /** Empty: the null reverse-path. */
  readonly reversePath: string;
  /** The first of them. */
  readonly recipients: readonly string[];
  readonly recipientCount: number;
  /** Such as `550 5.7.1 …`. */
  readonly reply: string;
  /** The command that mends it, for the operator; `undefined`: none is known. */
  readonly fix: string | undefined;
  /** As From says it, decoded, one line; `undefined`: no such field was found. */
  readonly headerFrom: string | undefined;
  /** Decoded, one line; `undefined`: no such field was found. */
  readonly subject: string | undefined;
  /** Messages of the account that were turned away since the one before, and not kept: they came too fast. */
  readonly leftOut: number;
  /** The header section, or what had come of it. */
  readonly headers: Uint8Array;
}

export interface RefusedMessage extends Omit<NewRefusedMessage, 'headers'> {
  readonly accountName: string;
  /** `undefined`: the credential is not there any more. */
  readonly credentialName: string | undefined;
}

export interface RefusedMessageContent extends RefusedMessage {
  readonly headers: Uint8Array;
}

export interface RefusalReader {
  /** Newest first. `accountId` `undefined`: of all. `before`: the id of the last one seen. */
  refusedMessages(
    accountId: string | undefined,
    before: string | undefined,
    limit: number,
  ): Promise<readonly RefusedMessage[]>;
  refusedMessage(id: string): Promise<RefusedMessageContent | undefined>;
}

export interface RefusalWriter {
  /**
   * Keeps it, with its event, in one unit. StoreError `disk-full` while less than the reserve is free, as for mail that is
   * taken.
   */
  keepRefused(message: NewRefusedMessage): Promise<void>;
}
