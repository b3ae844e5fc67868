/**
 * Writes the effects of reports: a bounce after delivery, a complaint, a DSN of success. Event, suppression and DSNs are in
 * one transaction. A repeated report changes nothing.
 */
import type { Statement } from 'better-sqlite3';
import { isFinal, mayFollow, type DeliveryState } from '../../../policy/delivery-state.ts';
import { complaintsThatWeigh } from '../../../policy/health.ts';
import type { NewSuppression } from '../../suppression-records.ts';
import { StoreError } from '../../errors.ts';
import type { NewUnverifiedReport, ReportChange, ReportWriter } from '../../reports.ts';
import { accept } from '../spool/accept.ts';
import type { Context } from '../engine/context.ts';
import { recordDeliveryEvent } from '../spool/delivery-events.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import type { Fate } from '../../sql/statistics/health-tally.ts';
import { deliveredOfDay } from '../../sql/statistics/health-hours.ts';
import { audit } from '../../sql/directory/audit.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { keepUnverifiedReport, markReportApplied, mayWeigh } from '../../sql/reports/unverified-reports.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { Uploads } from '../spool/uploads.ts';
import { countedOf, ReportedDeliveries } from './reported-deliveries.ts';

export class SqliteReportWriter implements ReportWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #uploads: Uploads;
  readonly #deliveries: ReportedDeliveries;
  readonly #bounce: Statement<[DeliveryState, number, number]>;
  readonly #reported: Statement<[string, number, string], number>;

  constructor(context: Context, commits: GroupCommit) {
    const { db } = context;
    this.#context = context;
    this.#commits = commits;
    this.#uploads = new Uploads(context);
    this.#deliveries = new ReportedDeliveries(db);
    this.#bounce = prepare(db, 'UPDATE delivery SET state = ?, settled_at = ? WHERE id = ?');
    this.#reported = pluck<[string, number, string], number>(
      db,
      `SELECT 1 FROM event WHERE message_id = ? AND recipient_number = ? AND type = ?
      AND json_extract(data, '$.via') = 'report' LIMIT 1`,
    );
  }

  applyReport(changes: readonly ReportChange[]): Promise<{ readonly written: number }> {
    return this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      run: () => ({ written: changes.filter((change) => this.#apply(change)).length }),
    });
  }

  keepReport(report: NewUnverifiedReport): Promise<void> {
    return this.#commits.submit({
      grows: true,
      sizeBytes: report.headers.byteLength,
      run: () => this.#context.steps.run(keepUnverifiedReport(report)),
    });
  }

  applyKeptReport(
    id: string,
    changes: readonly ReportChange[],
    atMs: number,
    actor: string,
  ): Promise<{ readonly written: number }> {
    return this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      run: () => {
        if (!this.#context.steps.run(markReportApplied(id, atMs)))
          throw new StoreError('not-found', `there is no report ${id} any more`);
        const written = changes.filter((change) => this.#apply(change)).length;
        this.#context.steps.run(
          audit(atMs, actor, 'report apply', `${id} ${written} changed`, { of: 'report', id }),
        );
        return { written };
      },
    });
  }

  #apply(change: ReportChange): boolean {
    const { accounts, suppressions, softBounces } = this.#context;
    const { messageId, recipientNumber, event, suppression, softBounce, dsns } = change;
    const row = this.#deliveries.find(messageId, recipientNumber);
    if (row === undefined || !this.#isNew(change, row)) return false;
    if (change.state !== undefined) this.#move(row, change.state);
    const { account_id: accountKey, stream, tags, metadata, recipient } = row;
    const subject = { accountKey, messageId, stream, tags, metadata };
    const sequence = recordDeliveryEvent(this.#context, {
      ...event,
      subject,
      counted: countedOf(row),
      number: recipientNumber,
      recipient,
      destination: row.destination,
    });
    if (suppression !== undefined && !this.#isWithheld(suppression, row))
      suppressions.put(accounts.account(suppression.accountId), suppression, sequence);
    if (softBounce !== undefined && softBounces.add(accountKey, softBounce, 'report'))
      suppressions.putUnlessLonger(accountKey, softBounce.suppression, sequence);
    this.#count(change, row);
    for (const dsn of dsns) accept(this.#context, this.#uploads, dsn);
    return true;
  }

  #isNew({ messageId, recipientNumber, state, event }: ReportChange, row: ReportedRow): boolean {
    // An unsettled delivery waits or is claimed: its own settlement comes first.
    if (state !== undefined) return isFinal(row.state) && mayFollow(row.state, state);
    return this.#reported.get(messageId, recipientNumber, event.type) === undefined;
  }

  /**
   * The destination suddenly rejects many addresses: its replies about addresses are not trusted
   * (policy/suppression-breaker.ts).
   */
  #isWithheld({ reason }: NewSuppression, row: ReportedRow): boolean {
    return reason === 'unknown-address' && (row.withholds_until ?? 0) > this.#context.clock.now();
  }

  #move(row: ReportedRow, state: DeliveryState): void {
    const { destinations, clock } = this.#context;
    this.#bounce.run(state, Math.round(clock.now()), row.key);
    const destination = destinations.byId(row.destination_id);
    if (destination === undefined) return;
    destinations.count(destination, row.state, -1);
    destinations.count(destination, state, 1);
  }

  #count(change: ReportChange, row: ReportedRow): void {
    const { state, event } = change;
    const { destinations, health, clock } = this.#context;
    const destination = destinations.byId(row.destination_id);
    if (destination === undefined || row.via === 'dsn') return;
    const { account_id: accountKey, signing_domain: domain, stream } = row;
    const subject = { accountKey, domain, stream, destination: destination.name };
    const add = (fate: Fate, change = 1) => health.count(subject, fate, clock.now(), change);
    if (state === 'bounced') {
      add('delivered', -1);
      add(event.data['hard'] === true ? 'hardBounced' : 'failed');
    } else if (event.type === 'complained' && this.#weighs(change, row)) add('complained');
  }

  /** One source that is wrong, or is abused, must not hold the mail of a stream alone (policy/health.ts). */
  #weighs({ complaint }: ReportChange, { account_id: accountKey, stream }: ReportedRow): boolean {
    if (complaint?.share === undefined) return true;
    const { clock, steps } = this.#context;
    const delivered = steps.run(deliveredOfDay(accountKey, stream, clock.now()));
    const most = complaintsThatWeigh(delivered, complaint.share);
    return steps.run(mayWeigh(accountKey, stream, complaint.source, most, clock.now()));
  }
}
