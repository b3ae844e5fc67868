/**
 * Unverified reports: kept for an account, the oldest removed beyond a maximum, each with an event unless there are too many.
 * Also the counts that limit reports.
 */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import {
  MAX_UNVERIFIED_EVENTS_AN_HOUR,
  MAX_UNVERIFIED_REPORTS,
  type NewUnverifiedReport,
  type UnverifiedReport,
  type UnverifiedReportReader,
} from '../../reports.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { statement } from '../statement.ts';
import { HOUR_MS } from '../statistics/hours.ts';
import { all, appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';

const DAY_MS = 24 * HOUR_MS;
const ROWS_A_STEP = 200;

interface Row {
  readonly public_id: string;
  readonly account: string;
  readonly account_public_id: string;
  readonly received_at: number;
  readonly kind: UnverifiedReport['kind'];
  readonly form: string;
  readonly recipient: string | null;
  readonly message_id: string | null;
  readonly client: string;
  readonly why: string;
  readonly applied_at: number | null;
}

interface ContentRow extends Row {
  readonly reading: string | null;
  readonly headers: Uint8Array;
}

const COLUMNS = `r.public_id, a.name AS account, a.public_id AS account_public_id, r.received_at, r.kind, r.form,
  r.recipient, r.message_id, r.client, r.why, r.applied_at`;
const FROM = 'FROM unverified_report r JOIN account a ON a.id = r.account_id';

const LIST = statement<{ account: string; before: string; limit: number }, Row>(
  `SELECT ${COLUMNS} ${FROM} WHERE a.public_id = :account AND r.id <
   coalesce((SELECT id FROM unverified_report WHERE public_id = :before), 9223372036854775807)
   ORDER BY r.id DESC LIMIT :limit`,
);
const BY_ID = statement<{ id: string }, ContentRow>(
  `SELECT ${COLUMNS}, r.reading, r.headers ${FROM} WHERE r.public_id = :id`,
);
const INSERT = statement<{
  id: string;
  account: number;
  at: number;
  kind: string;
  form: string;
  recipient: string | undefined;
  message: string | undefined;
  client: string;
  why: string;
  reading: string | undefined;
  headers: Uint8Array;
}>(
  `INSERT INTO unverified_report (public_id, account_id, received_at, kind, form, recipient, message_id, client, why,
     reading, headers)
   VALUES (:id, :account, :at, :kind, :form, :recipient, :message, :client, :why, :reading, :headers)`,
);
const TRIM = statement<{ account: number; kept: number }>(
  `DELETE FROM unverified_report WHERE account_id = :account AND id <=
   (SELECT id FROM unverified_report WHERE account_id = :account ORDER BY id DESC LIMIT 1 OFFSET :kept)`,
);
const MARK_APPLIED = statement<{ id: string; at: number }>(
  'UPDATE unverified_report SET applied_at = :at WHERE public_id = :id',
);
const COUNT_UP_TO = statement<{ account: number; subject: string; since: number; most: number }>(
  `INSERT INTO report_count (account_id, subject, since, count) VALUES (:account, :subject, :since, 1)
   ON CONFLICT (since, account_id, subject) DO UPDATE SET count = report_count.count + 1
   WHERE report_count.count < :most`,
);
const REMOVE_REPORTS = statement<{ before: number; limit: number }>(
  `DELETE FROM unverified_report WHERE id IN
   (SELECT id FROM unverified_report WHERE received_at < :before LIMIT :limit)`,
);
const REMOVE_COUNTS = statement<{ before: number }>('DELETE FROM report_count WHERE since < :before');

export const unverifiedReportReads: StepsOf<UnverifiedReportReader> = {
  *unverifiedReports(account, before, limit) {
    return (yield* all(LIST, { account, before: before ?? '', limit })).map(reportOf);
  },
  *unverifiedReport(id) {
    const row = yield* one(BY_ID, { id });
    return row && { ...reportOf(row), reading: row.reading ?? undefined, headers: row.headers };
  },
};

export function* keepUnverifiedReport(report: NewUnverifiedReport): Steps<void> {
  const { id, kind, form, recipient, messageId: message, client, why, reading, headers } = report;
  const at = Math.round(report.receivedAtMs);
  const account = yield* accountKeyOf(report.accountId);
  yield* run(INSERT, { id, account, at, kind, form, recipient, message, client, why, reading, headers });
  yield* run(TRIM, { account, kept: MAX_UNVERIFIED_REPORTS });
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  if (!(yield* mayCount(account, 'event', hour, MAX_UNVERIFIED_EVENTS_AN_HOUR))) return;
  yield* appendEvent({
    type: 'report_unverified',
    atMs: at,
    about: { accountKey: account, stream: undefined },
    data: {
      report_id: id,
      kind,
      reported_recipient: recipient ?? null,
      reported_message_id: message ?? null,
      client,
      reason: why,
    },
  });
}

/** False: there is no such report. */
export function* markReportApplied(id: string, atMs: number): Steps<boolean> {
  return (yield* run(MARK_APPLIED, { id, at: Math.round(atMs) })) === 1;
}

/** Counts one more complaint of a source about a stream today; false: `most` were counted already. */
export function* mayWeigh(
  account: number,
  stream: string,
  source: string,
  most: number,
  nowMs: number,
): Steps<boolean> {
  const day = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return yield* mayCount(account, `complaint ${stream} ${source}`, day, most);
}

/** Removes some that came before `beforeMs`, and expired counts; resolves to the number of reports. */
export function* removeReportsBefore(beforeMs: number, nowMs: number): Steps<number> {
  yield* run(REMOVE_COUNTS, { before: Math.round(nowMs - 2 * DAY_MS) });
  return yield* run(REMOVE_REPORTS, { before: Math.round(beforeMs), limit: ROWS_A_STEP });
}

function* mayCount(account: number, subject: string, since: number, most: number): Steps<boolean> {
  if (most <= 0) return false;
  return (yield* run(COUNT_UP_TO, { account, subject, since, most: Math.floor(most) })) === 1;
}

function reportOf(row: Row): UnverifiedReport {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    accountName: row.account,
    receivedAtMs: row.received_at,
    kind: row.kind,
    form: row.form,
    recipient: row.recipient ?? undefined,
    messageId: row.message_id ?? undefined,
    client: row.client,
    why: row.why,
    appliedAtMs: row.applied_at ?? undefined,
  };
}

export const unverifiedReportTables: readonly CopiedTable[] = [
  copiedTable(
    'unverified_report',
    'id',
    'public_id account_id received_at kind form recipient message_id client why applied_at reading headers',
  ),
  copiedTable('report_count', 'since account_id subject', 'count'),
];
