/** SQLite's fragments of shared statements (store/sql/dialect.ts), and the SQL functions that they use. */
import type { Database } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { addToSums, encodeTimes, timeSums } from '../../delivery-times.ts';
import type { Dialect } from '../../sql/dialect.ts';

export const SQLITE: Dialect = {
  greater: (one, other) => `max(${one}, ${other})`,
  indexedBy: (index) => `INDEXED BY ${index}`,
  isIn: (text, parameter) => `${text} IN (SELECT value FROM json_each(${parameter}))`,
  hasElement: (column, parameter) => `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ${parameter})`,
  integersOf: (parameter, name) => `json_each(${parameter}) ${name}`,
  triplesOf: (parameter, name) =>
    `(SELECT json_extract(value, '$[0]') AS one, json_extract(value, '$[1]') AS two,
      json_extract(value, '$[2]') AS three FROM json_each(${parameter})) ${name}`,
  textOf: (column, key) => `json_extract(${column}, '$.${key}')`,
  // The key is computed only for the few rows with other than ASCII characters.
  isAddress: (column) =>
    `(${column} = :recipient COLLATE NOCASE
      OR (octet_length(${column}) > length(${column}) AND address_key(${column}) = :recipientKey))`,
  // No message has a NUL, where a text would end.
  octetsHave: (column, parameter) => `instr(lower(CAST(${column} AS TEXT)), ${parameter}) > 0`,
  folded: (text) => `lower(${text})`,
  // Its events have their numbers in their own transaction.
  pendingEvents: '(SELECT 0 AS account_id, NULL AS message_id, 0 AS at WHERE 0) none',
  claimedBy: 'claim_epoch',
  destinations: 'destination',
  messageOrder: 'id',
  indexesAccountIds: false,
  messagePlace: (parameter) =>
    `coalesce((SELECT id FROM message WHERE public_id = ${parameter}),
      (SELECT id + 1 FROM message WHERE public_id < ${parameter} ORDER BY public_id DESC LIMIT 1), 0)`,
  // Its generator is seeded by the operating system.
  salt: 'randomblob(16)',
  timesOf: (column) => `sum_times(${column})`,
};

/** The functions `sum_times`, the sum of the `times` of all rows, and `address_key`, the key of an address. */
export function addFunctions(db: Database): void {
  db.function('address_key', { deterministic: true }, (address) => suppressionKeyOf(String(address)));
  db.aggregate('sum_times', {
    start: timeSums,
    // The argument is a column's value, whatever the driver's types say.
    step: (sums, stored: unknown) => {
      if (stored !== null) addToSums(stored as Uint8Array, sums);
    },
    result: (sums) => Buffer.from(encodeTimes(sums)),
  });
}
