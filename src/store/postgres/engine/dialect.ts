/** PostgreSQL's fragments of shared statements (store/sql/dialect.ts). Its planner takes no index hints. */
import { DELIVERY_STATES } from '../../../policy/delivery-state.ts';
import type { Dialect } from '../../sql/dialect.ts';
import { readableJson } from './storable-text.ts';

/** Sums of the counts of a destination's nodes. */
const COUNTS = DELIVERY_STATES.map((state) => `coalesce(sum(c.${state}), 0) AS ${state}`).join(', ');

export const POSTGRES: Dialect = {
  greater: (one, other) => `greatest(${one}, ${other})`,
  indexedBy: () => '',
  isIn: (text, parameter) =>
    `${text} IN (SELECT value FROM json_array_elements_text(${readableJson(`CAST(${parameter} AS text)`)}) AS value)`,
  integersOf: (parameter, name) =>
    `(SELECT CAST(value AS bigint) AS value FROM json_array_elements_text(CAST(${parameter} AS json)) AS value) ${name}`,
  hasElement: (column, parameter) =>
    `${parameter} IN (SELECT value FROM json_array_elements_text(${readableJson(column)}) AS value)`,
  triplesOf: (parameter, name) =>
    `(SELECT CAST(value->>0 AS bigint) AS one, CAST(value->>1 AS bigint) AS two, CAST(value->>2 AS bigint) AS three
      FROM json_array_elements(CAST(${parameter} AS json)) AS value) ${name}`,
  textOf: (column, key) => `(${readableJson(column)} ->> '${key}')`,
  // Its functions fold other alphabets differently, so rows with such addresses are all returned.
  isAddress: (column) =>
    `(lower(${column} COLLATE "C") = lower(CAST(:recipient AS text) COLLATE "C")
      OR octet_length(${column}) > char_length(${column}))`,
  octetsHave: (column, parameter) =>
    `strpos(lower(encode(${column}, 'escape') COLLATE "C"), CAST(${parameter} AS text)) > 0`,
  folded: (text) => `lower(${text} COLLATE "C")`,
  pendingEvents: 'event_pending',
  claimedBy: 'claim_life',
  destinations: `(SELECT d.*, counts.* FROM destination d CROSS JOIN LATERAL
    (SELECT ${COUNTS} FROM destination_count c WHERE c.destination_id = d.id) counts)`,
  messageOrder: 'public_id',
  indexesAccountIds: true,
  messagePlace: (parameter) => parameter,
  salt: 'uuid_send(gen_random_uuid())',
  timesOf: (column) => `array_agg(${column})`,
};
