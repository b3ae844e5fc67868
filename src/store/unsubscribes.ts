/**
 * Recipients who unsubscribe by a link in a message (links/), and take it back. An unsubscription is a suppression of the reason
 * `unsubscribe` for one stream, and an event `unsubscribed`.
 */

/** By the mail program's button (RFC 8058), on the page of the link, or by mail (RFC 2369). */
export type UnsubscribeWay = 'one-click' | 'page' | 'mail';

/** Who unsubscribes from what. */
export interface Subscriber {
  readonly accountId: string;
  readonly stream: string;
  /** A `suppressionKey`. */
  readonly address: string;
  /** What stands in its place once it was erased (hashed-addresses.ts), under each accepted key, the present one first. */
  readonly hashes: readonly string[];
}

export interface Unsubscription extends Subscriber {
  /** `msg_` id of the message that had the link; it may have been removed. */
  readonly messageId: string;
  /** Counts that message's recipients from 1. */
  readonly recipientNumber: number;
  readonly by: UnsubscribeWay;
  readonly atMs: number;
}

/**
 * `gone`: the account is, so nothing is sent any more. A stream that was removed is none: its mail that waits goes on, and a stream of
 * the same name has its suppressions.
 */
export type Unsubscribed = 'unsubscribed' | 'already' | 'gone';

export interface Subscription {
  readonly stream: string;
  /** What recipients know the stream as: its title, else its name. Anybody's text. */
  readonly title: string;
  /** `blocked`: suppressed for another reason or for the whole account, which no link takes back. */
  readonly state: 'subscribed' | 'unsubscribed' | 'blocked';
  /** Of `unsubscribed`: since when. */
  readonly sinceMs?: number | undefined;
}

/** What a recipient gets of an account. */
export interface Subscriptions {
  /** The sending domain of the message; `undefined`: it has been removed. */
  readonly domain: string | undefined;
  /** The stream of the message, also where it was removed, and then the account's broadcast streams by name. Bounded. */
  readonly streams: readonly Subscription[];
}

export interface UnsubscribeReader {
  /** `undefined`: the account is gone. `stream`: of the message. */
  subscriptions(subscriber: Subscriber, messageId: string, nowMs: number): Promise<Subscriptions | undefined>;
}

export interface UnsubscribeWriter {
  /**
   * Suppression and event in one transaction. The event names the message while it is kept. Repeated it changes nothing; nor
   * where the address is suppressed for the stream already, without end. Of an address that was erased neither has it: the suppression
   * is a hash, and the event has the pseudonym, or the hash where the message is gone.
   */
  unsubscribe(unsubscription: Unsubscription): Promise<Unsubscribed>;
  /**
   * Removes the suppression of the stream if its reason is `unsubscribe` and it was made at `notBeforeMs` or later, with a line in the audit log.
   * Resolves to the number removed. That of an erased address is found by its hash.
   */
  resubscribe(subscriber: Subscriber, notBeforeMs: number, atMs: number): Promise<number>;
}
