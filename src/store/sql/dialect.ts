/**
 * Where the SQL of the engines differs in what the shared statements (statement.ts) need: each difference is a fragment
 * with a name. A statement that needs none is plain text. The fragments of an engine stand in its own room.
 */
export interface Dialect {
  /** The greater of two numbers, neither of which is NULL. */
  readonly greater: (one: string, other: string) => string;
  /** Behind the name of a table: the index to use, for an engine that has to be told. */
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
  /** Of a group's rows the delivery times (store/delivery-times.ts), as one value or as a list of all. */
  readonly timesOf: (column: string) => string;
  /**
   * A condition: `column` has the address `:recipient`, whatever its case. `:recipientKey` is its key (smtp/address-keys.ts).
   * It may be true of another address that is not ASCII: who asks looks again (queue/recipients.ts).
   */
  readonly isAddress: (column: string) => string;
  /** In place of the table `destination`: its rows with their counts by state. */
  readonly destinations: string;
  /** The column by which an account's messages are in an index, in the order in which they were accepted. */
  readonly messageOrder: string;
  /** What that column has for the message with the public id `parameter`, or had, if it is gone. */
  readonly messagePlace: (parameter: string) => string;
}
