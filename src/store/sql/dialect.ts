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
  /** A table of one column, `value`, with the elements of the JSON array of integers `parameter`. */
  readonly integersOf: (parameter: string, name: string) => string;
  /** Of a group's rows the delivery times (store/delivery-times.ts), as one value or as a list of all. */
  readonly timesOf: (column: string) => string;
}
