/** The beginning of an account's end, and what there is to know of it (store/account-removal.ts). The steps are each engine's own. */
import type { AccountContents, RemovalReader, RemovalWriter } from '../../account-removal.ts';
import { StoreError } from '../../errors.ts';
import { changeDirectory } from '../directory/change.ts';
import { LAST_EVENT } from '../events/event-ends.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

/** Events of one count, about 10 ms. */
const EVENTS_COUNTED = 50_000;

const ACCOUNT = statement<{ id: string }, { id: number; name: string; removing_since: number | null }>(
  'SELECT id, name, removing_since FROM account WHERE public_id = :id',
);
/** No account can have such a name. */
const MARK = statement<{ account: number; at: number }>(
  `UPDATE account SET removing_since = :at, name = '(removed ' || public_id || ')' WHERE id = :account`,
);
const REVOKE = statement<{ account: number; at: number }>(
  'UPDATE credential SET revoked_at = :at WHERE account_id = :account AND revoked_at IS NULL',
);
const DISABLE = statement<{ account: number; at: number }>(
  `UPDATE webhook SET state = 'disabled', state_reason = 'its account is being removed', state_since = :at
   WHERE account_id = :account`,
);
const REMOVING = statement<NoValues, { id: string; since: number }>(
  ({ indexedBy }) =>
    `SELECT public_id AS id, removing_since AS since FROM account ${indexedBy('account_removing')}
     WHERE removing_since IS NOT NULL ORDER BY account.id`,
);
const KEY_OF_REMOVING = statement<{ id: string }, { id: number }>(
  'SELECT id FROM account WHERE public_id = :id AND removing_since IS NOT NULL',
);

const TABLES: Readonly<Record<Exclude<keyof AccountContents, 'statistics'>, string>> = {
  domains: 'domain',
  credentials: 'credential',
  messages: 'message',
  suppressions: 'suppression',
  webhooks: 'webhook',
  templates: 'template',
  streams: 'stream',
  refused: 'refused_message',
  reports: 'unverified_report',
};
const OWNER = '(SELECT id FROM account WHERE public_id = :account)';
const COUNTS = statement<{ account: string }, AccountContents>(
  `SELECT ${Object.entries(TABLES)
    .map(([name, table]) => `(SELECT count(*) FROM ${table} WHERE account_id = ${OWNER}) AS ${name}`)
    .join(', ')},
   (SELECT count(*) FROM statistic WHERE span IN (1, 2, 3) AND account_id = ${OWNER}) AS statistics`,
);
const EVENTS = statement<{ account: string; after: number; upTo: number }, { count: number }>(
  `SELECT count(*) AS count FROM event WHERE sequence > :after AND sequence <= :upTo AND account_id = ${OWNER}`,
);

export const removalReads: StepsOf<RemovalReader> = {
  *accountContents(account) {
    const counted = yield* one(COUNTS, { account });
    if (counted === undefined) throw missing(account);
    return counted;
  },
  *countEventsOf(account, after) {
    const last = (yield* one(LAST_EVENT, {}))?.sequence ?? 0;
    const next = Math.min(after + EVENTS_COUNTED, Math.max(last, after));
    const counted = yield* one(EVENTS, { account, after, upTo: next });
    return { count: counted?.count ?? 0, next, more: next < last };
  },
  *accountsRemoving() {
    return (yield* all(REMOVING, {})).map(({ id, since }) => ({ id, sinceMs: since }));
  },
};

export const removalWrites: StepsOf<Pick<RemovalWriter, 'beginRemoval'>> = {
  *beginRemoval(id, was, atMs, actor) {
    const found = yield* one(ACCOUNT, { id });
    if (found === undefined) throw missing(id);
    const { id: account, name, removing_since: since } = found;
    if (since !== null) return;
    const at = Math.round(atMs);
    const subject = `${name} ${id}: ${was}`;
    yield* changeDirectory(
      { atMs, actor, action: 'account remove', subject, account: id },
      (function* () {
        yield* run(MARK, { account, at });
        yield* run(REVOKE, { account, at });
        yield* run(DISABLE, { account, at });
      })(),
    );
  },
};

/** The key of an account that is being removed. */
export function* removingKeyOf(accountId: string): Steps<number | undefined> {
  return (yield* one(KEY_OF_REMOVING, { id: accountId }))?.id;
}

function missing(id: string): StoreError {
  return new StoreError('not-found', `there is no account ${id}`);
}
