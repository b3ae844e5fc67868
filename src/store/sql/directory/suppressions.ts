/** Suppressions of an account or of one of its streams. */
import type { AuditEntry } from '../../audit.ts';
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { NewSuppression, Suppression } from '../../suppression-records.ts';
import type { SuppressionReader, SuppressionWriter } from '../../suppressions.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { audit } from './audit.ts';
import { changeDirectory, raiseDirectoryVersion } from './change.ts';
import { countSuppressions } from './suppression-counts.ts';

interface SuppressionRow {
  readonly address: string;
  readonly scope: string;
  readonly reason: NewSuppression['reason'];
  readonly evidence: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly created_by: string;
  readonly event: number | null;
  readonly account_public_id: string;
  readonly account_name: string;
}

const SELECT = `SELECT s.*, a.public_id AS account_public_id, a.name AS account_name
  FROM suppression s JOIN account a ON a.id = s.account_id`;

// scope '' sorts before a stream's name, so a suppression of the account is found first.
const FIND = statement<{ account: string; address: string; scope: string; now: number }, SuppressionRow>(
  `${SELECT} WHERE a.public_id = :account AND s.address = :address AND s.scope IN ('', :scope)
   AND (s.expires_at IS NULL OR s.expires_at > :now) ORDER BY s.scope, s.reason LIMIT 1`,
);
const LIST = statement<{ account: string; after: string; limit: number }, SuppressionRow>(
  `${SELECT} WHERE a.public_id = :account AND s.address > :after ORDER BY s.address, s.scope, s.reason LIMIT :limit`,
);
const REST = statement<{ account: string; address: string; scope: string; reason: string }, SuppressionRow>(
  `${SELECT} WHERE a.public_id = :account AND s.address = :address AND (s.scope, s.reason) > (:scope, :reason)
   ORDER BY s.scope, s.reason`,
);
const OF_ADDRESS = statement<{ account: string; address: string }, SuppressionRow>(
  `${SELECT} WHERE a.public_id = :account AND s.address = :address ORDER BY s.scope, s.reason`,
);
const REMOVE = statement<{ account: number; address: string; scope: string }>(
  'DELETE FROM suppression WHERE account_id = :account AND address = :address AND scope = :scope',
);
const REMOVE_OF_REASON = statement<{ account: number; address: string; scope: string; reason: string }>(
  `DELETE FROM suppression
   WHERE account_id = :account AND address = :address AND scope = :scope AND reason = :reason`,
);

const COLUMNS = '(account_id, address, scope, reason, evidence, created_at, expires_at, created_by, event)';
const REPLACE = `ON CONFLICT (account_id, address, scope, reason) DO UPDATE SET
  evidence = excluded.evidence, created_at = excluded.created_at,
  expires_at = excluded.expires_at, created_by = excluded.created_by, event = excluded.event`;
const UNLESS_LONGER = `${REPLACE} WHERE suppression.expires_at IS NOT NULL
  AND (excluded.expires_at IS NULL OR excluded.expires_at > suppression.expires_at)`;

type Row = {
  account: number;
  address: string;
  scope: string;
  reason: string;
  evidence: string;
  at: number;
  expires: number | undefined;
  by: string;
  event: number | undefined;
};

const ROW = '(:account, :address, :scope, :reason, :evidence, :at, :expires, :by, :event)';
const PUT = statement<Row>(`INSERT INTO suppression ${COLUMNS} VALUES ${ROW} ${REPLACE}`);
const PUT_UNLESS_LONGER = statement<Row>(`INSERT INTO suppression ${COLUMNS} VALUES ${ROW} ${UNLESS_LONGER}`);

/** Rows of one statement of an import: half the cost of single ones. */
const ROWS_TOGETHER = 50;
const FIELDS = [...ROW.matchAll(/:(\w+)/g)].map(([, name]) => name as keyof Row);
/** Names of each row's parameters, in the order of FIELDS. */
const NAMES = Array.from({ length: ROWS_TOGETHER }, (_, row) => FIELDS.map((field) => `${field}_${row}`));
const PUT_TOGETHER = statement<Readonly<Record<string, string | number | undefined>>>(
  `INSERT INTO suppression ${COLUMNS}
   VALUES ${NAMES.map((names) => `(${names.map((name) => `:${name}`).join(', ')})`).join(', ')} ${UNLESS_LONGER}`,
);

export const suppressionReads: StepsOf<SuppressionReader> = {
  *suppressionFor(account, scope, address, nowMs) {
    const row = yield* one(FIND, { account, address, scope, now: Math.round(nowMs) });
    return row && suppressionOf(row);
  },
  /** An address is never split over two pages, so a page may be slightly longer. */
  *listSuppressions(account, after, limit) {
    const rows = yield* all(LIST, { account, after: after ?? '', limit });
    const last = rows.at(-1);
    if (last === undefined) return [];
    const rest = yield* all(REST, {
      account,
      address: last.address,
      ...{ scope: last.scope, reason: last.reason },
    });
    return [...rows, ...rest].map(suppressionOf);
  },
  *suppressionsOf(account, address) {
    return (yield* all(OF_ADDRESS, { account, address })).map(suppressionOf);
  },
  countSuppressions,
};

export const suppressionWrites: StepsOf<SuppressionWriter> = {
  addSuppression: (suppression, actor) =>
    changeDirectory(
      {
        atMs: suppression.createdAtMs,
        actor,
        action: 'suppression add',
        subject: withScope(suppression.address, suppression.scope),
        account: suppression.accountId,
      },
      (function* () {
        yield* putSuppression(yield* accountKeyOf(suppression.accountId), suppression, undefined);
      })(),
    ),
  *removeSuppression({ accountId, scope, address, reason }, atMs, actor) {
    yield* raiseDirectoryVersion();
    const of = { account: yield* accountKeyOf(accountId), address, scope };
    const removed = yield* reason === undefined ? run(REMOVE, of) : run(REMOVE_OF_REASON, { ...of, reason });
    const subject = withScope(address, scope);
    if (removed > 0)
      yield* audit(
        atMs,
        actor,
        'suppression remove',
        [...subject, ...(reason === undefined ? [] : [reason])],
        accountId,
      );
    return removed;
  },
  *importSuppressions(all, atMs, actor, announced = all.length) {
    const accounts = new Set(all.map(({ accountId }) => accountId));
    yield* raiseDirectoryVersion();
    const written = yield* putAllUnlessLonger(all);
    const account = accounts.size === 1 ? all[0]?.accountId : undefined;
    if (announced > 0) yield* audit(atMs, actor, 'suppression import', `${announced} addresses`, account);
    return written;
  },
};

function withScope(address: string, scope: string): Exclude<AuditEntry['subject'], string> {
  return [{ text: address }, ...(scope === '' ? [] : [scope])];
}

/** Replaces a suppression of the same account, address, scope and reason. `event`: the sequence of the event that it refers to. */
export function* putSuppression(
  account: number,
  suppression: NewSuppression,
  event: number | undefined,
): Steps<void> {
  yield* run(PUT, rowOf(account, suppression, event));
}

/** The same, except that an existing one which lasts as long is kept. Resolves to the number written. */
export function* putUnlessLonger(
  account: number,
  suppression: NewSuppression,
  event: number | undefined,
): Steps<number> {
  return yield* run(PUT_UNLESS_LONGER, rowOf(account, suppression, event));
}

function* putAllUnlessLonger(suppressions: readonly NewSuppression[]): Steps<number> {
  const keys = new Map<string, number>();
  for (const { accountId } of suppressions)
    if (!keys.has(accountId)) keys.set(accountId, yield* accountKeyOf(accountId));
  const rows = suppressions.map((one) => rowOf(keys.get(one.accountId) ?? 0, one, undefined));
  let written = 0;
  for (let at = 0; at < rows.length; at += ROWS_TOGETHER) {
    const some = rows.slice(at, at + ROWS_TOGETHER);
    // A statement must not update one of its own rows again: PostgreSQL refuses that.
    if (some.length === ROWS_TOGETHER && areDistinct(some))
      written += yield* run(PUT_TOGETHER, together(some));
    else for (const row of some) written += yield* run(PUT_UNLESS_LONGER, row);
  }
  return written;
}

function areDistinct(rows: readonly Row[]): boolean {
  return (
    new Set(rows.map(({ account, address, scope, reason }) => `${account} ${scope} ${reason} ${address}`))
      .size === rows.length
  );
}

function together(rows: readonly Row[]): Readonly<Record<string, string | number | undefined>> {
  const values: Record<string, string | number | undefined> = {};
  rows.forEach((row, index) => {
    NAMES[index]?.forEach((name, at) => {
      const field = FIELDS[at];
      if (field !== undefined) values[name] = row[field];
    });
  });
  return values;
}

function rowOf(account: number, suppression: NewSuppression, event: number | undefined): Row {
  const { address, scope, reason, evidence, createdAtMs, expiresAtMs, createdBy } = suppression;
  return {
    account,
    address,
    scope,
    reason,
    evidence,
    at: Math.round(createdAtMs),
    expires: expiresAtMs === undefined ? undefined : Math.round(expiresAtMs),
    by: createdBy,
    event,
  };
}

function suppressionOf(row: SuppressionRow): Suppression {
  return {
    accountId: row.account_public_id,
    accountName: row.account_name,
    scope: row.scope,
    address: row.address,
    reason: row.reason,
    evidence: row.evidence,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at ?? undefined,
    createdBy: row.created_by,
    // Below zero: the event has no number yet.
    event: row.event === null || row.event < 0 ? undefined : row.event,
  };
}

export const suppressionTables: readonly CopiedTable[] = [
  copiedTable(
    'suppression',
    'account_id address scope reason',
    'evidence created_at expires_at created_by event',
    { filledByUse: true },
  ),
];
