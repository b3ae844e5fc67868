/**
 * The audit log: who, or which credential, did what to what, when, and from where. Each line is written in the transaction of
 * the change. Lines are a chain (audit-chain.ts) without gaps, and are never changed or removed. A line has no personal data
 * of mail's parties: where it says an address, it has a salted hash, and the clear text is beside the chain, where it can be
 * erased while the chain stays whole.
 */

/** What a change was done to: words; `text`: personal (an address, a subject), in the line as a hash. */
export type SubjectPart = string | { readonly text: string };

/** What is to be written. */
export interface AuditEntry {
  readonly atMs: number;
  /** policy/actor.ts. */
  readonly actor: string;
  /** A command's name, such as `domain add`. */
  readonly action: string;
  readonly subject: string | readonly SubjectPart[];
  /** The public id of the account that it concerns; `undefined`: that of the key that acts, or none. */
  readonly account?: string | undefined;
}

/** The clear text of a part of a line's subject. */
export interface AuditText {
  /** Its place among the hashed parts of the line, from 0. */
  readonly part: number;
  readonly salt: Uint8Array;
  readonly text: string;
}

/** A line as it is stored. */
export interface AuditLine {
  /** The order of all lines. */
  readonly id: number;
  /** Its number in the chain, from 1 without gaps; `undefined`: it stands outside the chain. */
  readonly sequence: number | undefined;
  readonly atMs: number;
  readonly actor: string;
  /** The public id of the key that acted. */
  readonly credential: string | undefined;
  readonly account: string | undefined;
  readonly origin: string | undefined;
  readonly action: string;
  /** As it is in the chain; outside of it: plain words. */
  readonly subject: string;
  /** In hexadecimal. `undefined`: as `sequence`. */
  readonly hash: string | undefined;
  /** Of the line before, for the first of the chain 64 zeros. `undefined`: as `sequence`, or that line is missing. */
  readonly previous: string | undefined;
  /** Those that are still there. */
  readonly texts: readonly AuditText[];
}

/** The last line of the chain; number 0: there is none yet. */
export interface AuditHead {
  readonly sequence: number;
  /** In hexadecimal. */
  readonly hash: string;
}

/** All that is given must hold. */
export interface AuditFilter {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** Without origin: `relayctl:alice`, `relayd`. */
  readonly actor?: string | undefined;
  readonly credential?: string | undefined;
  readonly account?: string | undefined;
  /** The action, or the noun that it begins with. */
  readonly action?: string | undefined;
  /** In the words of the subject or in its clear text, whatever the case. */
  readonly text?: string | undefined;
  /** An id: older lines. */
  readonly before?: number | undefined;
  /** An id: newer lines. */
  readonly after?: number | undefined;
}

export interface AuditReader {
  /** The newest first. */
  auditLines(filter: AuditFilter, limit: number): Promise<readonly AuditLine[]>;
  /** Lines after the id `after`, the oldest first, and the head of the same moment. */
  auditStretch(
    after: number,
    limit: number,
  ): Promise<{ readonly lines: readonly AuditLine[]; readonly head: AuditHead }>;
  auditHead(): Promise<AuditHead>;
}

export interface AuditWriter {
  /** A line for what changes nothing in the store: a start, a reload, a copy. */
  noteAudit(entry: AuditEntry): Promise<void>;
  /**
   * Erases the clear text of parts that are one of `texts`, whatever the case of ASCII letters, with a line that says how many.
   * The lines keep their hashes, of which nothing leads back: the salts are erased too. Resolves to the number erased.
   */
  eraseAuditText(texts: readonly string[], atMs: number, actor: string): Promise<number>;
}
