/**
 * The SQL of reports that nobody vouches for: kept for an account, the oldest going when there are too many, each told in
 * an event as long as there are not too many of those. And the counts by which reports are bounded.
 */
import type { Database, Statement } from 'better-sqlite3';
import {
  MAX_UNVERIFIED_EVENTS_AN_HOUR,
  MAX_UNVERIFIED_REPORTS,
  type NewUnverifiedReport,
  type UnverifiedReport,
  type UnverifiedReportContent,
} from '../../reports.ts';
import type { Context } from '../engine/context.ts';
import { HOUR_MS } from '../statistics/hours.ts';
import { prepare } from '../engine/prepare.ts';

const DAY_MS = 24 * HOUR_MS;
const ROWS_A_STEP = 200;

export class UnverifiedReports {
  readonly #context: Pick<Context, 'accounts' | 'events'>;
  readonly #insert: Statement;
  readonly #trim: Statement<[number, number, number]>;
  readonly #markApplied: Statement<[number, string]>;
  readonly #countUpTo: Statement<[number, string, number, number]>;

  constructor({ db, accounts, events }: Pick<Context, 'db' | 'accounts' | 'events'>) {
    this.#context = { accounts, events };
    this.#insert = prepare(
      db,
      `INSERT INTO unverified_report (public_id, account_id, received_at, kind, form, recipient, message_id, client,
      why, reading, headers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#trim = prepare(
      db,
      `DELETE FROM unverified_report WHERE account_id = ? AND id <=
      (SELECT id FROM unverified_report WHERE account_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    );
    this.#markApplied = prepare(db, 'UPDATE unverified_report SET applied_at = ? WHERE public_id = ?');
    this.#countUpTo = prepare(
      db,
      `INSERT INTO report_count (account_id, subject, since, count) VALUES (?, ?, ?, 1)
      ON CONFLICT (since, account_id, subject) DO UPDATE SET count = count + 1 WHERE count < ?`,
    );
  }

  keep(report: NewUnverifiedReport): void {
    const { accounts, events } = this.#context;
    const accountKey = accounts.account(report.accountId);
    const { id, receivedAtMs, kind, form, recipient, messageId, client, why, reading, headers } = report;
    const atMs = Math.round(receivedAtMs);
    const texts = [kind, form, recipient ?? null, messageId ?? null, client, why, reading ?? null];
    this.#insert.run(id, accountKey, atMs, ...texts, headers);
    this.#trim.run(accountKey, accountKey, MAX_UNVERIFIED_REPORTS);
    const hour = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    if (!this.#mayCount(accountKey, 'event', hour, MAX_UNVERIFIED_EVENTS_AN_HOUR)) return;
    events.appendOfAccount(
      'report_unverified',
      atMs,
      { accountKey, stream: undefined },
      {
        report_id: id,
        kind,
        reported_recipient: recipient ?? null,
        reported_message_id: messageId ?? null,
        client,
        reason: why,
      },
    );
  }

  markApplied(id: string, atMs: number): boolean {
    return this.#markApplied.run(Math.round(atMs), id).changes === 1;
  }

  /** Counts one more complaint of a source about a stream today; false: it has had `most` of them. */
  mayWeigh(accountKey: number, stream: string, source: string, most: number, nowMs: number): boolean {
    const day = Math.floor(nowMs / DAY_MS) * DAY_MS;
    return this.#mayCount(accountKey, `complaint ${stream} ${source}`, day, most);
  }

  #mayCount(accountKey: number, subject: string, since: number, most: number): boolean {
    return most > 0 && this.#countUpTo.run(accountKey, subject, since, most).changes === 1;
  }
}

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

/** On `db`, which may be read-only. */
export function createUnverifiedReportReader(db: Database) {
  const list = prepare<[string, string, number], Row>(
    db,
    `SELECT ${COLUMNS} ${FROM} WHERE a.public_id = ? AND r.id <
    coalesce((SELECT id FROM unverified_report WHERE public_id = ?), 9223372036854775807)
    ORDER BY r.id DESC LIMIT ?`,
  );
  const one = prepare<[string], ContentRow>(
    db,
    `SELECT ${COLUMNS}, r.reading, r.headers ${FROM} WHERE r.public_id = ?`,
  );
  return {
    unverifiedReports: (accountId: string, before: string | undefined, limit: number) =>
      list.all(accountId, before ?? '', limit).map(reportOf),
    unverifiedReport(id: string): UnverifiedReportContent | undefined {
      const row = one.get(id);
      if (row === undefined) return undefined;
      return { ...reportOf(row), reading: row.reading ?? undefined, headers: row.headers };
    },
  };
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

/** Removes those that came before `beforeMs`, and counts that are over, some at a time; the result counts reports. */
export class UnverifiedReportCleaner {
  readonly #reports: Statement<[number, number]>;
  readonly #counts: Statement<[number]>;

  constructor(db: Database) {
    this.#reports = prepare(
      db,
      `DELETE FROM unverified_report WHERE id IN
      (SELECT id FROM unverified_report WHERE received_at < ? LIMIT ?)`,
    );
    this.#counts = prepare(db, 'DELETE FROM report_count WHERE since < ?');
  }

  removeBefore(beforeMs: number, nowMs: number): number {
    this.#counts.run(nowMs - 2 * DAY_MS);
    return this.#reports.run(beforeMs, ROWS_A_STEP).changes;
  }
}
