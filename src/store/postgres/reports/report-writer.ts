/**
 * Writes the effects of reports: a bounce after delivery, a complaint, a DSN of success. Event, suppression and DSNs are in
 * one transaction of the spool. A repeated report changes nothing: the delivery's row is locked from the check until the
 * commit.
 */
import { isFinal, mayFollow } from '../../../policy/delivery-state.ts';
import { complaintsThatWeigh } from '../../../policy/health.ts';
import { StoreError } from '../../errors.ts';
import type { NewUnverifiedReport, ReportChange, ReportWriter } from '../../reports.ts';
import { audit } from '../../sql/directory/audit.ts';
import { keepUnverifiedReport, markReportApplied, mayWeigh } from '../../sql/reports/unverified-reports.ts';
import { deliveredOfDay } from '../../sql/statistics/health-hours.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Session } from '../engine/session.ts';
import { accept, askForAccept, checkAccept } from '../spool/accept.ts';
import type { Batch } from '../spool/batch.ts';
import type { Flow } from '../spool/flow.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { countedOf, moveTo, reportedDelivery, wasReported } from './reported-rows.ts';
import { suppressReported } from './reported-suppressions.ts';

/** A change that was written. */
interface Applied {
  readonly change: ReportChange;
  readonly row: ReportedRow;
  readonly eventId: number | undefined;
  readonly weighs: boolean;
}

type Written = { readonly written: number };

export class PostgresReportWriter implements ReportWriter {
  readonly #context: PostgresContext;
  readonly #flow: Flow;

  constructor(context: PostgresContext, flow: Flow) {
    this.#context = context;
    this.#flow = flow;
  }

  applyReport(changes: readonly ReportChange[]): Promise<Written> {
    return this.#submit(changes, (session) => this.#apply(session, changes));
  }

  keepReport(report: NewUnverifiedReport): Promise<void> {
    return this.#context.steps.write(() => keepUnverifiedReport(report));
  }

  applyKeptReport(
    id: string,
    changes: readonly ReportChange[],
    atMs: number,
    actor: string,
  ): Promise<Written> {
    const { steps } = this.#context;
    return this.#submit(changes, async (session) => {
      if (!(await steps.run(session, markReportApplied(id, atMs))))
        throw new StoreError('not-found', `there is no report ${id} any more`);
      const applied = await this.#apply(session, changes);
      await steps.run(
        session,
        audit(atMs, actor, 'report apply', `${id} ${applied.length} changed`, { of: 'report', id }),
      );
      return applied;
    });
  }

  #submit(
    changes: readonly ReportChange[],
    work: (session: Session) => Promise<readonly Applied[]>,
  ): Promise<Written> {
    const { memory, commits } = this.#flow;
    return commits.submit({
      grows: false,
      sizeBytes: 0,
      alone: true,
      ask: (questions) => {
        for (const { dsns } of changes) for (const dsn of dsns) askForAccept(questions, dsn, memory);
      },
      work: async (session) => {
        const applied = await work(session);
        return (batch) => {
          for (const one of applied) this.#record(batch, one);
          return { written: applied.length };
        };
      },
    });
  }

  async #apply(session: Session, changes: readonly ReportChange[]): Promise<readonly Applied[]> {
    const applied: Applied[] = [];
    for (const change of changes) {
      const row = await reportedDelivery(session, change);
      if (row === undefined || !(await this.#isNew(session, change, row, applied))) continue;
      if (change.state !== undefined)
        await moveTo(session, row.key, change.state, Math.round(this.#context.clock.now()));
      const eventId = await suppressReported(session, this.#context, change, row);
      applied.push({ change, row, eventId, weighs: await this.#weighs(session, change, row) });
    }
    return applied;
  }

  async #isNew(
    session: Session,
    { messageId, recipientNumber, state, event }: ReportChange,
    row: ReportedRow,
    applied: readonly Applied[],
  ): Promise<boolean> {
    // An unsettled delivery waits or is claimed: its own settlement comes first.
    if (state !== undefined) return isFinal(row.state) && mayFollow(row.state, state);
    const isAmongThem = applied.some(
      ({ change, row: { key } }) => key === row.key && change.event.type === event.type,
    );
    return !isAmongThem && !(await wasReported(session, messageId, recipientNumber, event.type));
  }

  /** One source that is wrong, or is abused, must not hold the mail of a stream alone (policy/health.ts). */
  async #weighs(session: Session, { event, complaint }: ReportChange, row: ReportedRow): Promise<boolean> {
    if (event.type !== 'complained' || row.via === 'dsn') return false;
    if (complaint?.share === undefined) return true;
    const { clock, steps } = this.#context;
    const { account_id: accountKey, stream } = row;
    const delivered = await steps.run(session, deliveredOfDay(accountKey, stream, clock.now()));
    const most = complaintsThatWeigh(delivered, complaint.share);
    return steps.run(session, mayWeigh(accountKey, stream, complaint.source, most, clock.now()));
  }

  #record(batch: Batch, { change, row, eventId, weighs }: Applied): void {
    const { state, event, dsns, messageId, recipientNumber: number } = change;
    const { account_id: accountKey, stream, tags, metadata, recipient, destination } = row;
    const counted = countedOf(row);
    const { changes } = batch;
    const subject = { accountKey, messageId, stream, tags, metadata };
    changes.event({ ...event, subject, counted, number, recipient, destination }, eventId);
    if (state !== undefined) {
      changes.count({ id: row.destination_id }, row.state, -1);
      changes.count({ id: row.destination_id }, state, 1);
    }
    if (counted !== undefined) {
      const of = { accountKey, domain: counted.domain, stream, destination };
      const nowMs = this.#context.clock.now();
      if (state === 'bounced') {
        changes.tallies.countHealth(of, 'delivered', nowMs, -1);
        changes.tallies.countHealth(of, event.data['hard'] === true ? 'hardBounced' : 'failed', nowMs);
      } else if (weighs) changes.tallies.countHealth(of, 'complained', nowMs);
    }
    for (const dsn of dsns) acceptWhole(batch, dsn);
  }
}

/** Statements have been sent: a refusal must roll all of them back. */
function acceptWhole(batch: Batch, dsn: ReportChange['dsns'][number]): void {
  try {
    checkAccept(batch, dsn);
  } catch (error) {
    throw new Error('a DSN of a report cannot be stored', { cause: error });
  }
  accept(batch, dsn);
}
