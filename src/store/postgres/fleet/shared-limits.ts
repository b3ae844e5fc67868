/** Token buckets that all nodes share, one row each. They fill by the server's clock. */
import type { LimitWriter } from '../../shared-limits.ts';
import type { Database } from '../engine/database.ts';

const NOW = 'CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)';
const FULL = 'CAST($2 AS double precision)';
const WANTED = 'CAST($3 AS double precision)';
const RATE = 'CAST($4 AS double precision)';
const THERE = `least(${FULL}, b.tokens + greatest(0, ${NOW} - b.at) * ${RATE} / 60000)`;
const LEASE = `INSERT INTO shared_bucket AS b (name, at, tokens, granted)
  VALUES ($1, ${NOW}, ${FULL} - least(${FULL}, ${WANTED}), least(${FULL}, ${WANTED}))
  ON CONFLICT (name) DO UPDATE SET at = greatest(b.at, ${NOW}),
    granted = floor(least(${WANTED}, ${THERE})), tokens = ${THERE} - floor(least(${WANTED}, ${THERE}))
  RETURNING granted`;

export function limitWrites(database: Database): LimitWriter {
  return {
    leaseTokens: ({ name, ratePerMinute, wanted, capacity = ratePerMinute }) =>
      database.transaction(async (session) => {
        // A bucket with rate 0 never fills and begins empty.
        if (ratePerMinute <= 0) return 0;
        const values = [name, Math.max(1, capacity), wanted, ratePerMinute];
        const { rows } = await session.query<{ granted: number }>(LEASE, values);
        return Math.floor(rows[0]?.granted ?? 0);
      }),
  };
}
