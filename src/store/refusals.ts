/**
 * Messages of clients with a credential that were rejected for good after their content had arrived. Many clients do not show
 * the last reply, so it is kept for whoever looks. The size of a record and the number of an account are bounded here; the
 * rate is bounded by the caller.
 */

/** Beyond this number the oldest of an account are removed. */
export const MAX_REFUSED_MESSAGES = 1_000;
/** Only the beginning of a longer header section is kept. */
export const MAX_REFUSED_HEADER_BYTES = 64 * 1024;

export interface NewRefusedMessage {
  /** The `msg_` id that was assigned before the refusal; it is in the log. */
  readonly id: string;
  readonly accountId: string;
  readonly credentialId: string;
  readonly via: 'smtp' | 'http';
  /** The client's address. */
  readonly client: string;
  readonly refusedAtMs: number;
  /** Empty: the null reverse-path. */
  readonly reversePath: string;
  /** The first recipients. */
  readonly recipients: readonly string[];
  readonly recipientCount: number;
  /** Such as `550 5.7.1 …`. */
  readonly reply: string;
  /** The command that solves the problem, for the operator; `undefined`: none is known. */
  readonly fix: string | undefined;
  /** From, decoded, one line; `undefined`: no such field was found. */
  readonly headerFrom: string | undefined;
  /** Decoded, one line; `undefined`: no such field was found. */
  readonly subject: string | undefined;
  /** Rejected messages of the account since the previous record that were not kept, because they came too fast. */
  readonly leftOut: number;
  /** The header section, or the part of it that had arrived. */
  readonly headers: Uint8Array;
}

export interface RefusedMessage extends Omit<NewRefusedMessage, 'headers'> {
  readonly accountName: string;
  /** `undefined`: the credential no longer exists. */
  readonly credentialName: string | undefined;
}

export interface RefusedMessageContent extends RefusedMessage {
  readonly headers: Uint8Array;
}

export interface RefusalReader {
  /** Newest first. `accountId` `undefined`: of all. `before`: the id of the last one shown. */
  refusedMessages(
    accountId: string | undefined,
    before: string | undefined,
    limit: number,
  ): Promise<readonly RefusedMessage[]>;
  refusedMessage(id: string): Promise<RefusedMessageContent | undefined>;
}

export interface RefusalWriter {
  /**
   * Stores it with its event in one transaction. StoreError `disk-full` while less than the reserve is free, as for accepted
   * mail.
   */
  keepRefused(message: NewRefusedMessage): Promise<void>;
}
