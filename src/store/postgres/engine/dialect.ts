/** PostgreSQL's fragments of shared statements (store/sql/dialect.ts). Its planner is told no index. */
import type { Dialect } from '../../sql/dialect.ts';

export const POSTGRES: Dialect = {
  greater: (one, other) => `greatest(${one}, ${other})`,
  indexedBy: () => '',
  isIn: (text, parameter) =>
    `${text} IN (SELECT value FROM json_array_elements_text(CAST(${parameter} AS json)) AS value)`,
  integersOf: (parameter, name) =>
    `(SELECT CAST(value AS bigint) AS value FROM json_array_elements_text(CAST(${parameter} AS json)) AS value) ${name}`,
  timesOf: (column) => `array_agg(${column})`,
};
