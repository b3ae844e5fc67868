/**
 * The rows of an account, in the order in which they go: first what it may use, so that its domains are free at once, last what
 * counts its mail. Each statement removes a bounded number, found by an index. Messages with their deliveries, attempts and
 * content are the engine's own.
 */
import { withoutAccount } from '../statistics/statistic-delta.ts';
import { KIND_NUMBERS } from '../statistics/health-kinds.ts';
import { raiseDirectoryVersion } from '../directory/change.ts';
import { FIRST_AND_LAST_EVENT } from '../events/event-ends.ts';
import { statement, type Statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';

const ROWS_A_STEP = 200;
/** Each has its versions with it. */
const TEMPLATES_A_STEP = 20;
const DELTAS_A_PAGE = 200;
/** Events looked at in one step: about 10 ms. */
const EVENTS_A_STEP = 20_000;

type OfAccount = { readonly account: number; readonly limit: number };

/** Of tables that nothing refers to but in cascade. */
function rowsOf(table: string, key: string, found: string): Statement<OfAccount> {
  return statement<OfAccount>(
    `DELETE FROM ${table} WHERE ${key.includes(',') ? `(${key})` : key} IN (${found} LIMIT :limit)`,
  );
}

function ofAccount(table: string, key: string): Statement<OfAccount> {
  return rowsOf(table, key, `SELECT ${key} FROM ${table} WHERE account_id = :account`);
}

const OF_CREDENTIALS = (table: string, key: string, match: string) =>
  rowsOf(
    table,
    key,
    `SELECT ${key
      .split(', ')
      .map((column) => `t.${column}`)
      .join(', ')} FROM credential c CROSS JOIN ${table} t WHERE c.account_id = :account AND ${match}`,
  );

/** As it stands in `look_state`: a domain that is gone is forgotten there. */
const LOOKS = rowsOf('look_state', 'subject', 'SELECT public_id FROM domain WHERE account_id = :account');

/** While messages are still there. */
const FIRST: readonly Statement<OfAccount>[] = [
  LOOKS,
  ofAccount('domain', 'id'),
  rowsOf(
    'webhook_delivery',
    'webhook_id, event_sequence',
    `SELECT d.webhook_id, d.event_sequence FROM webhook w CROSS JOIN webhook_delivery d
     WHERE w.account_id = :account AND d.webhook_id = w.id`,
  ),
  ofAccount('suppression', 'account_id, address, scope, reason'),
  ofAccount('soft_bounce', 'account_id, address'),
  ofAccount('refused_message', 'id'),
  ofAccount('unverified_report', 'id'),
  ofAccount('search_run', 'id'),
  ofAccount('search_block', 'id'),
  ofAccount('person_grant', 'person_id, account_id'),
  OF_CREDENTIALS('idempotency', 'credential_id, key', 't.credential_id = c.id'),
  OF_CREDENTIALS('usage_count', 'holder, period, number', 't.holder = c.public_id'),
  OF_CREDENTIALS('known_recipient', 'holder, recipient', 't.holder = c.public_id'),
  rowsOf('usage_count', 'holder, period, number', holderOf('usage_count', 'holder, period, number')),
  rowsOf('known_recipient', 'holder, recipient', holderOf('known_recipient', 'holder, recipient')),
];
const TEMPLATES = ofAccount('template', 'id');

/** When no message is left. */
const CREDENTIAL_USAGE = statement<{ account: number }>(
  'DELETE FROM credential_usage WHERE credential_id IN (SELECT id FROM credential WHERE account_id = :account)',
);
const CREDENTIALS_GONE = statement('UPDATE counter SET credentials_gone = directory_version');
const LAST: readonly Statement<OfAccount>[] = [
  ofAccount('webhook', 'id'),
  ...[1, 2, 3].map((span) =>
    rowsOf(
      'statistic',
      'span, account_id, kind, number, name',
      `SELECT span, account_id, kind, number, name FROM statistic WHERE span = ${span} AND account_id = :account`,
    ),
  ),
];
const REPORT_COUNTS = statement<{ account: number }>('DELETE FROM report_count WHERE account_id = :account');
const HOURS = statement<{ kind: number }, { first: number | null; last: number | null }>(
  'SELECT min(hour) AS first, max(hour) AS last FROM health_hour WHERE kind = :kind',
);
const HEALTH_HOURS = statement<{ kind: number; hours: string; account: number }>(
  ({ integersOf }) => `DELETE FROM health_hour WHERE kind = :kind AND account_id = :account
   AND hour IN (SELECT n.value FROM ${integersOf(':hours', 'n')})`,
);
/** They are kept for a day; more is a clock that was wrong. */
const MOST_HOURS = 10_000;

const DELTAS = statement<{ after: number; limit: number }, { id: number; data: string }>(
  'SELECT id, data FROM statistic_delta WHERE id > :after ORDER BY id LIMIT :limit',
);
const PUT_DELTA = statement<{ id: number; data: string }>(
  'UPDATE statistic_delta SET data = :data WHERE id = :id',
);
const REMOVE_DELTA = statement<{ id: number }>('DELETE FROM statistic_delta WHERE id = :id');

const EVENTS = statement<{ after: number; upTo: number; account: number }>(
  'DELETE FROM event WHERE sequence > :after AND sequence <= :upTo AND account_id = :account',
);

/** Of the account itself, after the last look. */
const LAST_EVENTS = statement<{ account: number }>(
  `DELETE FROM event WHERE sequence > (SELECT max(sequence) FROM event) - ${EVENTS_A_STEP} AND account_id = :account`,
);
/** Of tables that nothing but the account leads to any more; each is found by an index. */
const LEFT = statement<{ account: number }, { found: number }>(
  [
    ...['message', 'domain', 'webhook', 'template', 'suppression', 'soft_bounce', 'refused_message'],
    ...['unverified_report', 'search_run', 'search_block'],
  ]
    .map((table) => `SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM ${table} WHERE account_id = :account)`)
    .join(' UNION ALL '),
);
const USES = rowsOf(
  'credential_use',
  'credential_id',
  'SELECT u.credential_id FROM credential c CROSS JOIN credential_use u WHERE c.account_id = :account AND u.credential_id = c.id',
);
const CREDENTIALS = ofAccount('credential', 'id');
const WITH_ACCOUNT: readonly Statement<{ account: number }>[] = [
  'DELETE FROM account_storage WHERE account_id = :account',
  'DELETE FROM stream_misfit WHERE account_id = :account',
  'DELETE FROM erasure WHERE account_id = :account',
  'DELETE FROM stream WHERE account_id = :account',
  'DELETE FROM health_state WHERE account_id = :account',
  `DELETE FROM suspension WHERE kind IN ('account', 'resuming')
   AND subject = (SELECT public_id FROM account WHERE id = :account)`,
  'DELETE FROM account WHERE id = :account',
].map((text) => statement<{ account: number }>(text));

/** What may go while messages are still there; resolves to the number of rows. */
export function* removeFirstRows(account: number): Steps<number> {
  let removed = yield* run(TEMPLATES, { account, limit: TEMPLATES_A_STEP });
  for (const rows of FIRST) removed += yield* run(rows, { account, limit: ROWS_A_STEP });
  return removed;
}

/** Events up to the next step's; `undefined`: that was the last part. */
export function* removeEventsOf(account: number, behind: number): Steps<number | undefined> {
  const { first, last } = (yield* one(FIRST_AND_LAST_EVENT, {})) ?? { first: null, last: null };
  if (first === null || last === null || behind >= last) return undefined;
  const after = Math.max(behind, first - 1);
  const upTo = after + EVENTS_A_STEP;
  yield* run(EVENTS, { after, upTo, account });
  return upTo < last ? upTo : undefined;
}

/** When there are no messages any more; resolves to the number of rows. */
export function* removeLastRows(account: number): Steps<number> {
  // Before the rows that they would be added to.
  yield* removeFromDeltas(account);
  yield* run(REPORT_COUNTS, { account });
  yield* removeHealthHours(account);
  let removed = 0;
  for (const rows of LAST) removed += yield* run(rows, { account, limit: ROWS_A_STEP });
  return removed;
}

/**
 * The account and its credentials, to which rows of large tables have pointed: when nothing else is left, which is looked at again in
 * this transaction. False: there is more to remove. Cascades to nothing.
 */
export function* removeAccountItself(account: number): Steps<boolean> {
  if ((yield* one(LEFT, { account })) !== undefined) return false;
  const limit = ROWS_A_STEP;
  yield* raiseDirectoryVersion();
  // Their rows told sessions of the change until now.
  yield* run(CREDENTIALS_GONE, {});
  yield* run(CREDENTIAL_USAGE, { account });
  yield* run(LAST_EVENTS, { account });
  if ((yield* run(USES, { account, limit })) === limit) return false;
  if ((yield* run(CREDENTIALS, { account, limit })) === limit) return false;
  for (const rows of WITH_ACCOUNT) yield* run(rows, { account });
  return true;
}

/** Counts of transactions that are not folded yet: a few dozen, of all accounts. */
function* removeFromDeltas(account: number): Steps<void> {
  let after = 0;
  for (;;) {
    const deltas = yield* all(DELTAS, { after, limit: DELTAS_A_PAGE });
    for (const { id, data } of deltas) {
      const rest = withoutAccount(data, account);
      if (rest === undefined) yield* run(REMOVE_DELTA, { id });
      else if (rest !== data) yield* run(PUT_DELTA, { id, data: rest });
    }
    if (deltas.length < DELTAS_A_PAGE) return;
    after = deltas.at(-1)?.id ?? after;
  }
}

function* removeHealthHours(account: number): Steps<void> {
  for (const kind of Object.values(KIND_NUMBERS)) {
    const { first, last } = (yield* one(HOURS, { kind })) ?? { first: null, last: null };
    if (first === null || last === null) continue;
    const length = Math.min(last - first + 1, MOST_HOURS);
    const hours = JSON.stringify(Array.from({ length }, (_, index) => last - index));
    yield* run(HEALTH_HOURS, { kind, hours, account });
  }
}

function holderOf(table: string, key: string): string {
  return `SELECT ${key} FROM ${table} WHERE holder = (SELECT public_id FROM account WHERE id = :account)`;
}
