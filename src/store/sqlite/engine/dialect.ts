/** SQLite's fragments of shared statements (store/sql/dialect.ts), and the one function of SQL that they need. */
import type { Database } from 'better-sqlite3';
import { addToSums, encodeTimes, timeSums } from '../../delivery-times.ts';
import type { Dialect } from '../../sql/dialect.ts';

export const SQLITE: Dialect = {
  greater: (one, other) => `max(${one}, ${other})`,
  indexedBy: (index) => `INDEXED BY ${index}`,
  isIn: (text, parameter) => `${text} IN (SELECT value FROM json_each(${parameter}))`,
  integersOf: (parameter, name) => `json_each(${parameter}) ${name}`,
  timesOf: (column) => `sum_times(${column})`,
};

/** The function `sum_times`: the `times` of all rows as one. */
export function addSumOfTimes(db: Database): void {
  db.aggregate('sum_times', {
    start: timeSums,
    // What comes is a column's value, whatever the types of the driver say.
    step: (sums, stored: unknown) => {
      if (stored !== null) addToSums(stored as Uint8Array, sums);
    },
    result: (sums) => Buffer.from(encodeTimes(sums)),
  });
}
