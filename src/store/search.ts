/**
 * Searching messages by what their fields contain (docs/search.md). An index finds candidates, which are compared with what was asked.
 * It follows acceptance a few seconds behind; what it does not have yet is compared message by message, so an answer lacks nothing.
 */
import type { MessageFilter, MessagePage } from './queue-admin.ts';

/** Texts that a message has; case does not matter. Each part has at least three characters once it is folded (search/fold.ts). */
export interface SearchedTexts {
  /** Part of a recipient, of the sender or of the subject, or the Message-ID field. */
  readonly search?: string | undefined;
  /** A whole address. */
  readonly recipient?: string | undefined;
  readonly recipientPart?: string | undefined;
  /** Part of the reverse-path or of the From field's address. */
  readonly sender?: string | undefined;
  readonly subject?: string | undefined;
  /** The whole Message-ID field, with or without its brackets. */
  readonly messageIdField?: string | undefined;
  /** Part of a reply that failed, or words with a queue id of one that accepted. */
  readonly reply?: string | undefined;
}

export interface MessageSearch extends MessageFilter, SearchedTexts {
  readonly recipient: string | undefined;
  /** When it was accepted: from, and before. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** As MessagePage: a read examines a bounded part and may find none. */
export interface SearchPage extends MessagePage {
  /** The index has not come to part of what was asked, so the search takes longer. */
  readonly indexBehind: boolean;
}

/** How far the index is. */
export interface SearchStanding {
  /** Events that it has not followed yet. */
  readonly behind: number;
  /** Messages accepted before this time are not indexed yet; `undefined`: all are. */
  readonly backToMs: number | undefined;
  /** Runs that wait to be merged, removed or made again. */
  readonly unfinished: number;
  /** There is something to do. */
  readonly hasWork: boolean;
}

export interface SearchReader {
  searchMessages(search: MessageSearch): Promise<SearchPage>;
  searchStanding(nowMs: number): Promise<SearchStanding>;
}

export interface IndexedStep {
  /** Messages, and replies to them, that were indexed. */
  readonly documents: number;
  /** Events that were followed. */
  readonly followed: number;
  /** Events that it is behind. */
  readonly behind: number;
  /** There is more to do. */
  readonly more: boolean;
}

export interface SearchWriter {
  /** One step of a few milliseconds. Durable when it resolves. */
  indexSome(nowMs: number): Promise<IndexedStep>;
  /**
   * Has the entries of these messages made again from their rows as they are now, by the next steps: after something was
   * erased in them. Resolves when that is durably asked for.
   */
  indexAgain(messageIds: readonly string[]): Promise<void>;
}
