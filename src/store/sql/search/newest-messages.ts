/**
 * The newest messages without the index: of one account, or of all. Of other accounts nothing is looked at for an account that has few
 * messages, nor for any where an index has an account's messages in the order of their ids.
 */
import { idAtPlace, placeOf } from '../../search/place.ts';
import { selectMessage, type MessageRow } from '../queue/message-rows.ts';
import { statement } from '../statement.ts';
import { all, one, type Steps } from '../steps.ts';

/** Of an account: so many are sorted by one read, in about 10 ms. */
const FEW = 5_000;
/** Passed over by one read. */
const PASSED = 5_000;

type Bounds = { readonly above: string; readonly lowest: string };
type OfAccount = Bounds & { readonly account: number };
const IN_RANGE = 'm.public_id < :above AND m.public_id >= :lowest';

const MANY = statement<{ account: number }, { account_id: number }>(
  ({ indexedBy }) =>
    `SELECT account_id FROM message m ${indexedBy('message_account')} WHERE account_id = :account LIMIT 1 OFFSET ${FEW}`,
);
const NEWEST_OF_ALL = statement<Bounds & { limit: number }, MessageRow>(
  `${selectMessage()} WHERE ${IN_RANGE} ORDER BY m.public_id DESC LIMIT :limit`,
);
/** Without the other columns, which would be sorted with them. */
const NEWEST_OF_FEW = statement<OfAccount & { limit: number }, Pick<MessageRow, 'id' | 'public_id'>>(
  ({ indexedBy }) => `SELECT m.id, m.public_id FROM message m ${indexedBy('message_account')}
   WHERE m.account_id = :account AND ${IN_RANGE} ORDER BY m.public_id DESC LIMIT :limit`,
);
const STRETCH = statement<OfAccount, { public_id: string }>(
  ({ indexesAccountIds }) => `SELECT m.public_id FROM message m
   WHERE ${IN_RANGE}${indexesAccountIds ? ' AND m.account_id = :account' : ''}
   ORDER BY m.public_id DESC LIMIT 1 OFFSET ${PASSED - 1}`,
);
const NEWEST_OF_MANY = statement<OfAccount & { limit: number }, MessageRow>(
  // In the order of ids, where the account's own index would require a sort.
  ({ indexesAccountIds }) => `${selectMessage()}
   WHERE ${IN_RANGE} AND ${indexesAccountIds ? '' : '+'}m.account_id = :account
   ORDER BY m.public_id DESC LIMIT :limit`,
);

/** True if the account (a key) has no more messages than one read sorts. */
export function* hasFew(account: number): Steps<boolean> {
  return (yield* one(MANY, { account })) === undefined;
}

/**
 * Rows or keys of the newest messages below `above`, and down to where they were looked for: `lowest`, or above it. `lowest` is above
 * no message of its place. The order is that of ids, whatever the order in which the engine stored them.
 */
export function* newestOf({
  account,
  limit,
  ...bounds
}: Bounds & { readonly account: number | undefined; readonly limit: number }): Steps<{
  readonly found: readonly MessageRow[] | readonly number[];
  readonly downTo: string;
}> {
  if (account === undefined) {
    const rows = yield* all(NEWEST_OF_ALL, { ...bounds, limit });
    return { found: rows, downTo: lastOf(rows, limit) ?? bounds.lowest };
  }
  if (yield* hasFew(account)) {
    const rows = yield* all(NEWEST_OF_FEW, { ...bounds, account, limit });
    return { found: rows.map(({ id }) => id), downTo: lastOf(rows, limit) ?? bounds.lowest };
  }
  const last = (yield* one(STRETCH, { ...bounds, account }))?.public_id;
  // Its place and not its id, which may be another account's.
  const lowest = last === undefined ? bounds.lowest : idAtPlace(placeOf(last));
  const rows = yield* all(NEWEST_OF_MANY, { ...bounds, lowest, account, limit });
  return { found: rows, downTo: lastOf(rows, limit) ?? lowest };
}

/** `undefined`: there are no more. */
function lastOf(rows: readonly { readonly public_id: string }[], limit: number): string | undefined {
  return rows.length < limit ? undefined : rows.at(-1)?.public_id;
}
