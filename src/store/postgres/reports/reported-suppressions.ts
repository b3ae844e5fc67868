/** The suppression that follows from a report, or from the run of soft bounces that it extends. */
import { isLongEnough, runAfterReport } from '../../../policy/soft-bounces.ts';
import type { ReportChange } from '../../reports.ts';
import { accountKeyOf } from '../../sql/directory/account-key.ts';
import { putSuppression, putUnlessLonger } from '../../sql/directory/suppressions.ts';
import type { SoftBounce } from '../../suppression-records.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Session } from '../engine/session.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';

interface RunRow {
  readonly messages: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly arrivals: number;
}

const EVENT_ID = "SELECT nextval('event_order') AS id";
const RUN = `SELECT messages, first_at, last_at, arrivals FROM soft_bounce
  WHERE account_id = $1 AND address = $2 FOR UPDATE`;
const PUT_RUN = `INSERT INTO soft_bounce (account_id, address, messages, first_at, last_at, arrivals)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, address) DO UPDATE SET messages = excluded.messages,
  first_at = excluded.first_at, last_at = excluded.last_at, arrivals = excluded.arrivals`;

/** The position of an event that something refers to, before it has a number. */
export async function reserveEvent(session: Session): Promise<number> {
  const { rows } = await session.query<{ id: number }>(EVENT_ID);
  return rows[0]?.id ?? 0;
}

/** In a transaction. Returns the position of the event that it refers to, if any. */
export async function suppressReported(
  session: Session,
  { steps, clock }: Pick<PostgresContext, 'steps' | 'clock'>,
  { suppression, softBounce }: ReportChange,
  row: ReportedRow,
): Promise<number | undefined> {
  if (suppression === undefined && softBounce === undefined) return undefined;
  const id = await reserveEvent(session);
  // The destination suddenly rejects many addresses: its replies about addresses are not trusted
  // (policy/suppression-breaker.ts).
  const withheld = suppression?.reason === 'unknown-address' && (row.withholds_until ?? 0) > clock.now();
  if (suppression !== undefined && !withheld) {
    const account = await steps.run(session, accountKeyOf(suppression.accountId));
    await steps.run(session, putSuppression(account, suppression, -id));
  }
  if (softBounce !== undefined && (await lengthenRun(session, row.account_id, softBounce)))
    await steps.run(session, putUnlessLonger(row.account_id, softBounce.suppression, -id));
  return id;
}

/** True: its address is to be suppressed. */
async function lengthenRun(
  session: Session,
  account: number,
  { suppression, rule }: SoftBounce,
): Promise<boolean> {
  const { address, createdAtMs } = suppression;
  const row = (await session.query<RunRow>(RUN, [account, address])).rows[0];
  const before = row && {
    messages: row.messages,
    firstAtMs: row.first_at,
    lastAtMs: row.last_at,
    arrivals: row.arrivals,
  };
  const run = runAfterReport(before, Math.round(createdAtMs));
  const { messages, firstAtMs, lastAtMs, arrivals } = run;
  await session.query(PUT_RUN, [account, address, messages, firstAtMs, lastAtMs, arrivals]);
  return isLongEnough(run, rule);
}
