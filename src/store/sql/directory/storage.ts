/**
 * What accounts with a limit of storage keep: the octets of their credentials' messages whose content is there. Counted in the
 * transactions that accept a message and that remove content, of messages from `below` on. When a limit is set `below` comes down
 * from above all messages to 0, past a bounded number of messages, of all accounts, in each transaction: each is counted once.
 */
import type { UsageReader } from '../../usage.ts';
import { statement, type NoValues } from '../statement.ts';
import { one, run, type Steps, type StepsOf } from '../steps.ts';

/** About 20 ms. */
const MESSAGES_A_STEP = 5_000;
/** Above the key of every message. */
const ABOVE_ALL = Number.MAX_SAFE_INTEGER;

const OF_ACCOUNT = statement<{ id: string }, { octets: number; below: number }>(
  `SELECT s.octets, s.below FROM account a JOIN account_storage s ON s.account_id = a.id WHERE a.public_id = :id`,
);
const BEGIN = statement<{ account: number; below: number }>(
  'INSERT INTO account_storage (account_id, octets, below) VALUES (:account, 0, :below) ON CONFLICT DO NOTHING',
);
const END = statement<{ account: number }>('DELETE FROM account_storage WHERE account_id = :account');
const COUNTING = statement<NoValues, { account: number }>(
  'SELECT account_id AS account FROM account_storage WHERE below > 0 ORDER BY account_id LIMIT 1',
);
/** Whoever accepts a message of the account, or removes its content, comes before it or after it. */
const LOCK = statement<{ account: number }>(
  'UPDATE account_storage SET octets = octets WHERE account_id = :account',
);
const BELOW = statement<{ account: number }, { below: number }>(
  'SELECT below FROM account_storage WHERE account_id = :account',
);
const KEPT = statement<
  { account: number; below: number; limit: number },
  { messages: number; first: number | null; octets: number }
>(
  `SELECT count(*) AS messages, min(id) AS first,
     CAST(coalesce(sum(CASE WHEN account_id = :account AND content_gone = 0 AND credential_id IS NOT NULL
       THEN size ELSE 0 END), 0) AS bigint) AS octets
   FROM (SELECT id, account_id, size, content_gone, credential_id FROM message WHERE id < :below
     ORDER BY id DESC LIMIT :limit) m`,
);
const COUNTED = statement<{ account: number; octets: number; below: number }>(
  'UPDATE account_storage SET octets = octets + :octets, below = :below WHERE account_id = :account',
);

export const storageReads: StepsOf<Pick<UsageReader, 'storageOf'>> = {
  *storageOf(accountId) {
    const row = yield* one(OF_ACCOUNT, { id: accountId });
    return row && { octets: row.octets, isComplete: row.below === 0 };
  },
};

/** Of an account that has no messages yet. */
export function* limitNewStorage(account: number, limit: number | undefined): Steps<void> {
  if (limit !== undefined) yield* run(BEGIN, { account, below: 0 });
}

/** After its credentials were changed, so that whoever accepts a message of it knows. */
export function* limitStorage(account: number, limit: number | undefined): Steps<void> {
  if (limit === undefined) yield* run(END, { account });
  else if ((yield* run(BEGIN, { account, below: ABOVE_ALL })) > 0) yield* countMore(account);
}

/** Goes on with an account that is not counted to the end; resolves to the number of messages looked at. */
export function* countSomeStorage(): Steps<number> {
  const next = yield* one(COUNTING, {});
  return next === undefined ? 0 : yield* countMore(next.account);
}

function* countMore(account: number): Steps<number> {
  yield* run(LOCK, { account });
  const { below = 0 } = (yield* one(BELOW, { account })) ?? {};
  if (below === 0) return 0;
  const limit = MESSAGES_A_STEP;
  const kept = yield* one(KEPT, { account, below, limit });
  if (kept === undefined) return 0;
  const { messages, first, octets } = kept;
  yield* run(COUNTED, { account, octets, below: messages < limit ? 0 : (first ?? 0) });
  return messages;
}
