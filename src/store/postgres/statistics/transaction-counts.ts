/**
 * The counts of one transaction: statistics and sending health. They are collected while the transaction is built and written
 * with it, in two statements, to rows of this node. A repeated transaction begins with an empty object.
 */
import { countEvent, type CountedEvent } from '../../sql/statistics/counted-event.ts';
import { HealthTally, type Fate, type HealthSubject } from '../../sql/statistics/health-tally.ts';
import { StatisticDelta, type StatisticSource } from '../../sql/statistics/statistic-delta.ts';
import { statement } from '../../sql/statement.ts';
import { run, type Steps } from '../../sql/steps.ts';

const INSERT_DELTA = statement<{ node: number; data: string }>(
  'INSERT INTO statistic_delta (node_id, data) VALUES (:node, :data)',
);
/** In the order of the key, so that transactions of one node cannot deadlock. */
const ADD_HEALTH = statement<{ node: number; rows: string }>(
  `INSERT INTO health_hour (kind, hour, account_id, name, node_id, delivered, hard_bounced, failed, complained)
   SELECT kind, hour, account, name, :node, delivered, "hardBounced", failed, complained
   FROM json_to_recordset(CAST(:rows AS json)) AS r (kind bigint, hour bigint, account bigint, name text,
     delivered bigint, "hardBounced" bigint, failed bigint, complained bigint)
   ORDER BY kind, hour, account, name COLLATE "C"
   ON CONFLICT (kind, hour, account_id, name, node_id) DO UPDATE SET
     delivered = health_hour.delivered + excluded.delivered,
     hard_bounced = health_hour.hard_bounced + excluded.hard_bounced,
     failed = health_hour.failed + excluded.failed, complained = health_hour.complained + excluded.complained`,
);

export class TransactionCounts {
  readonly #delta = new StatisticDelta();
  readonly #health = new HealthTally();

  /** Counts an event of a delivery; some have no effect. */
  countEvent(source: StatisticSource, destination: string, event: CountedEvent): void {
    countEvent(this.#delta, source, destination, event);
  }

  /** Adds `change` outcomes of that kind to `subject`. */
  countHealth(subject: HealthSubject, fate: Fate, atMs: number, change = 1): void {
    this.#health.count(subject, fate, atMs, change);
  }

  /** Writes the counts in the open transaction; true: there is one more row to fold. */
  *write(node: number): Steps<boolean> {
    const rows = this.#health.isEmpty ? [] : this.#health.rows();
    if (rows.length > 0) yield* run(ADD_HEALTH, { node, rows: JSON.stringify(rows) });
    const data = this.#delta.isEmpty ? undefined : this.#delta.encode();
    if (data === undefined) return false;
    yield* run(INSERT_DELTA, { node, data });
    return true;
  }
}
