/** Statements of unsubscribing, for both engines; each writes the event and the suppression in a transaction of its own kind. */
import type { StreamTerms } from '../../directory-records.ts';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { isPseudonym } from '../../hashed-addresses.ts';
import type { NewSuppression } from '../../suppression-records.ts';
import type {
  Subscriber,
  Subscription,
  UnsubscribeReader,
  UnsubscribeWay,
  UnsubscribeWriter,
  Unsubscription,
} from '../../unsubscribes.ts';
import { audit } from '../directory/audit.ts';
import type { ReportedRow } from '../reports/reported-row.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

/** In the audit log. */
const RECIPIENT = 'recipient';
/** An account has a handful; each may have a few rows of suppressions. */
const MOST_ROWS = 200;

const ACCOUNT = statement<{ account: string }, { id: number }>(
  'SELECT id FROM account WHERE public_id = :account AND removing_since IS NULL',
);
/** Of several that change what the same address gets at once, one is first: the row stays locked until the commit. */
const LOCK = statement<{ account: string }>(
  'UPDATE account SET created_at = created_at WHERE public_id = :account',
);
const KEPT = statement<{ account: number; addresses: string; stream: string }, { kept: number }>(
  ({ isIn }) => `SELECT 1 AS kept FROM suppression
   WHERE account_id = :account AND ${isIn('address', ':addresses')} AND scope = :stream AND reason = 'unsubscribe'
     AND expires_at IS NULL LIMIT 1`,
);
const HASHED = statement<{ account: number; hash: string }, { kept: number }>(
  'SELECT 1 AS kept FROM suppression WHERE account_id = :account AND address = :hash LIMIT 1',
);
const REMOVE = statement<{ account: number; address: string; stream: string; since: number }>(
  `DELETE FROM suppression WHERE account_id = :account AND address = :address AND scope = :stream
   AND scope <> '' AND reason = 'unsubscribe' AND created_at >= :since`,
);
const DOMAIN = statement<{ message: string; account: number }, { signing_domain: string }>(
  'SELECT signing_domain FROM message WHERE public_id = :message AND account_id = :account',
);

interface SuppressedRow {
  readonly scope: string | null;
  readonly reason: NewSuppression['reason'] | null;
  readonly created_at: number | null;
}

interface StreamRow extends SuppressedRow {
  readonly name: string;
  readonly terms: string;
}

type PageValues = { account: number; addresses: string; stream: string; now: number };

const TERMS = statement<{ account: number; stream: string }, { terms: string }>(
  'SELECT terms FROM stream WHERE account_id = :account AND name = :stream',
);
/** What concerns the message's own stream, which may have been removed. */
const OWN = statement<PageValues, SuppressedRow>(
  ({ isIn }) => `SELECT scope, reason, created_at FROM suppression
   WHERE account_id = :account AND ${isIn('address', ':addresses')} AND scope IN ('', :stream)
     AND (expires_at IS NULL OR expires_at > :now)`,
);
const OTHERS = statement<PageValues & { limit: number }, StreamRow>(
  ({ isIn }) => `SELECT t.name, t.terms, s.scope, s.reason, s.created_at FROM stream t LEFT JOIN suppression s
   ON s.account_id = :account AND ${isIn('s.address', ':addresses')} AND s.scope IN ('', t.name)
     AND (s.expires_at IS NULL OR s.expires_at > :now)
   WHERE t.account_id = :account AND t.kind = 'broadcast' AND t.name <> :stream ORDER BY t.name LIMIT :limit`,
);
const NOTHING: SuppressedRow = { scope: null, reason: null, created_at: null };

export const unsubscribeReads: StepsOf<UnsubscribeReader> = {
  *subscriptions(subscriber, messageId, nowMs) {
    const { accountId, stream } = subscriber;
    const account = yield* one(ACCOUNT, { account: accountId });
    if (account === undefined) return undefined;
    const { id } = account;
    const values = { account: id, addresses: addressesOf(subscriber), stream, now: Math.round(nowMs) };
    const { terms = '{}' } = (yield* one(TERMS, { account: id, stream })) ?? {};
    const kept = yield* all(OWN, values);
    const own = (kept.length === 0 ? [NOTHING] : kept).map((row) => ({ ...row, name: stream, terms }));
    const others = yield* all(OTHERS, { ...values, limit: MOST_ROWS });
    const streams = subscriptionsOf([...own, ...others]);
    const message = yield* one(DOMAIN, { message: messageId, account: id });
    return { domain: message?.signing_domain, streams };
  },
};

/** A stream has a row for each suppression of the address that concerns it, or one without. */
function subscriptionsOf(rows: readonly StreamRow[]): readonly Subscription[] {
  const streams = new Map<string, Subscription>();
  for (const { name: stream, terms, scope, reason, created_at: at } of rows) {
    const { title = stream } = JSON.parse(terms) as StreamTerms;
    const list = { stream, title };
    const before = streams.get(stream)?.state ?? 'subscribed';
    if (reason === null) streams.set(stream, { ...list, state: before });
    // One of the whole account is nothing that a link of one stream takes back.
    else if (reason !== 'unsubscribe' || scope === '') streams.set(stream, { ...list, state: 'blocked' });
    else if (before !== 'blocked')
      streams.set(stream, { ...list, state: 'unsubscribed', sinceMs: at ?? undefined });
  }
  return [...streams.values()];
}

export const resubscribeSteps: StepsOf<Pick<UnsubscribeWriter, 'resubscribe'>> = {
  *resubscribe({ accountId, stream, address, hashes }, notBeforeMs, atMs) {
    yield* run(LOCK, { account: accountId });
    const account = yield* one(ACCOUNT, { account: accountId });
    if (account === undefined) return 0;
    const since = Math.round(notBeforeMs);
    let removed = 0;
    for (const stored of [address, ...hashes]) {
      const ofIt = yield* run(REMOVE, { account: account.id, address: stored, stream, since });
      removed += ofIt;
      if (ofIt > 0)
        yield* audit(atMs, RECIPIENT, 'suppression remove', [{ text: stored }, stream], accountId);
    }
    return removed;
  },
};

/** What there is to unsubscribe from. */
export interface Unsubscribing {
  /** Its key. */
  readonly account: number;
  /** As which suppressions of the address are kept; `undefined`: none is kept as a hash. */
  readonly hash: string | undefined;
}

export function* toUnsubscribe(subscriber: Subscriber): Steps<Unsubscribing | 'already' | 'gone'> {
  const { accountId, stream, hashes } = subscriber;
  yield* run(LOCK, { account: accountId });
  const account = yield* one(ACCOUNT, { account: accountId });
  if (account === undefined) return 'gone';
  const { id } = account;
  if ((yield* one(KEPT, { account: id, addresses: addressesOf(subscriber), stream })) !== undefined)
    return 'already';
  for (const hash of hashes)
    if ((yield* one(HASHED, { account: id, hash })) !== undefined) return { account: id, hash };
  return { account: id, hash: undefined };
}

/** For `:addresses`. */
function addressesOf({ address, hashes }: Subscriber): string {
  return JSON.stringify([address, ...hashes]);
}

/** What is written of an unsubscription. */
export interface UnsubscribedParty<Row> {
  /** Of the message, while it is kept; the event is about it. */
  readonly row: Row | undefined;
  /** Of the event otherwise. */
  readonly recipient: string;
  readonly suppression: NewSuppression;
}

/** `row`: what the link's message and number lead to. Where the address was erased, nothing that is written has it. */
export function unsubscribedParty<Row extends Pick<ReportedRow, 'account_id' | 'recipient'>>(
  unsubscription: Unsubscription,
  { account, hash }: Unsubscribing,
  row: Row | undefined,
): UnsubscribedParty<Row> {
  const { address, hashes } = unsubscription;
  const ofAccount = row?.account_id === account ? row : undefined;
  const isTheirs = ofAccount !== undefined && suppressionKeyOf(ofAccount.recipient) === address;
  const isErased = ofAccount !== undefined && !isTheirs && isPseudonym(ofAccount.recipient);
  const stored = hash ?? (isErased ? hashes[0] : undefined) ?? address;
  return {
    row: isErased || (isTheirs && stored === address) ? ofAccount : undefined,
    recipient: stored,
    suppression: suppressionOf(unsubscription, stored),
  };
}

const EVIDENCE: Readonly<Record<UnsubscribeWay, string>> = {
  'one-click': 'one click in the mail program',
  page: 'on the page of the link',
  mail: 'by mail',
};

/** Of the person no more than the address: not where they were, and by which program. */
function suppressionOf(
  { accountId, stream, messageId, by, atMs }: Unsubscription,
  address: string,
): NewSuppression {
  return {
    accountId,
    scope: stream,
    address,
    reason: 'unsubscribe',
    evidence: `${EVIDENCE[by]}, of ${messageId}`,
    createdAtMs: atMs,
    expiresAtMs: undefined,
    createdBy: RECIPIENT,
  };
}
