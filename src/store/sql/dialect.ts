/**
 * Differences between the engines' SQL that the shared statements (statement.ts) need: each is a named fragment. Statements
 * without differences are plain text. The fragments of an engine are in its own folder.
 */
export interface Dialect {
  /** The greater of two numbers, neither of which is NULL. */
  readonly greater: (one: string, other: string) => string;
  /** After a table's name: the index to use, for an engine that takes index hints. */
  readonly indexedBy: (index: string) => string;
  /** A condition: `text` is an element of the JSON array of texts `parameter`. */
  readonly isIn: (text: string, parameter: string) => string;
  /** A condition: the JSON array of texts in `column`, which may be NULL, has the element `parameter`. */
  readonly hasElement: (column: string, parameter: string) => string;
  /** A table of one column, `value`, with the elements of the JSON array of integers `parameter`. */
  readonly integersOf: (parameter: string, name: string) => string;
  /** A table of the columns `one`, `two` and `three` with the elements of a JSON array of arrays of three integers. */
  readonly triplesOf: (parameter: string, name: string) => string;
  /** The text under `key` of the JSON object in `column`, which may be NULL. */
  readonly textOf: (column: string, key: string) => string;
  /** 16 octets that nobody can guess. */
  readonly salt: string;
  /** The delivery times (store/delivery-times.ts) of a group's rows, as one value or as a list. */
  readonly timesOf: (column: string) => string;
  /**
   * A condition: `column` has the address `:recipient`, ignoring case. `:recipientKey` is its key (smtp/address-keys.ts). May
   * also be true for another address that is not ASCII: the caller filters again (queue/recipients.ts).
   */
  readonly isAddress: (column: string) => string;
  /**
   * A condition: the octets in `column` have the ASCII letters and digits of `parameter`, which are in lower case, in any case. True
   * for an empty text.
   */
  readonly octetsHave: (column: string, parameter: string) => string;
  /** `text` with ASCII letters in lower case. */
  readonly folded: (text: string) => string;
  /** A table of `account_id`, `message_id` and `at` of events that are committed and have no number yet. */
  readonly pendingEvents: string;
  /** The column of the epoch or life that has claimed a delivery. */
  readonly claimedBy: string;
  /** In place of the table `destination`: its rows with their counts by state. */
  readonly destinations: string;
  /** The indexed column that orders an account's messages by acceptance. */
  readonly messageOrder: string;
  /** True if an index has the messages of an account in the order of their public ids. */
  readonly indexesAccountIds: boolean;
  /** The value of that column for the message with the public id `parameter`, even if the message has been removed. */
  readonly messagePlace: (parameter: string) => string;
}
