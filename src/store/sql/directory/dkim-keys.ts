/**
 * The keys of domains in rotation. When the pending keys begin to sign, and when an old record may go, is dkim's decision
 * (dkim/rotation.ts), based on the rows in the transaction that writes it: keys change all at once, and once.
 */
import { isDueToSwitch, mayBeRemoved } from '../../../dkim/rotation.ts';
import type { DirectoryReader, DirectoryWriter, PendingKeyLook } from '../../directory.ts';
import type { DkimKey, Domain } from '../../directory-records.ts';
import { StoreError } from '../../errors.ts';
import { statement } from '../statement.ts';
import { all, appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { audit } from './audit.ts';
import { raiseDirectoryVersion } from './change.ts';
import { dkimKeyOf, type DkimKeyRow } from './directory-rows.ts';
import { domainById } from './domain-by-id.ts';

const KEYS = statement<{ id: string }, DkimKeyRow>(
  `SELECT k.*, d.name AS domain FROM dkim_key k JOIN domain d ON d.id = k.domain_id
   WHERE d.public_id = :id ORDER BY k.algorithm = 'rsa-sha256' DESC, k.created_at, k.selector`,
);
const SELECTORS = statement<{ name: string; pattern: string }, { selector: string }>(
  'SELECT selector FROM dkim_selector WHERE domain = :name AND selector LIKE :pattern ORDER BY at, selector',
);
const RESERVE = statement<{ name: string; selector: string; at: number }>(
  `INSERT INTO dkim_selector (domain, selector, at) VALUES (:name, :selector, :at) ON CONFLICT DO NOTHING`,
);
const INSERT = statement<{
  domain: string;
  selector: string;
  algorithm: string;
  sealed: Uint8Array;
  public: string;
  state: string;
  at: number;
  activated: number | undefined;
}>(
  `INSERT INTO dkim_key (domain_id, selector, algorithm, sealed_private_key, public_key, state, created_at, activated_at)
   VALUES ((SELECT id FROM domain WHERE public_id = :domain), :selector, :algorithm, :sealed, :public, :state, :at, :activated)`,
);
/** Of one key of a domain. */
const OF = 'domain_id = (SELECT id FROM domain WHERE public_id = :domain) AND selector = :selector';
const SEEN = statement<{ domain: string; selector: string; since: number | undefined }>(
  `UPDATE dkim_key SET seen_since = :since WHERE ${OF} AND state = 'pending'`,
);
const ACTIVATE = statement<{ domain: string; selector: string; at: number }>(
  `UPDATE dkim_key SET state = 'active', activated_at = :at WHERE ${OF} AND state = 'pending'`,
);
const RETIRE = statement<{ domain: string; selector: string; at: number }>(
  `UPDATE dkim_key SET state = 'retired', retired_at = :at WHERE ${OF} AND state = 'active'`,
);
const MARK = statement<{ domain: string; selector: string; at: number; nothing: Uint8Array }>(
  `UPDATE dkim_key SET removable_at = :at, sealed_private_key = :nothing WHERE ${OF} AND state = 'retired'`,
);
const DELETE = statement<{ domain: string; selector: string }>(`DELETE FROM dkim_key WHERE ${OF}`);

const OLDEST_UNSETTLED = statement<{ domain: string }, { accepted_at: number }>(
  ({ indexedBy }) => `SELECT accepted_at FROM message ${indexedBy('message_unsettled_domain')}
   WHERE settled_at IS NULL AND signing_domain = :domain ORDER BY accepted_at LIMIT 1`,
);

const NOTHING = new Uint8Array(0);

export const dkimKeyReads: StepsOf<Pick<DirectoryReader, 'dkimKeys' | 'selectorsOf'>> = {
  dkimKeys: keysOf,
  *selectorsOf(name, token = '') {
    return (yield* all(SELECTORS, { name, pattern: `%${token}%` })).map(({ selector }) => selector);
  },
};

type Writes = Pick<
  DirectoryWriter,
  'addDkimKeys' | 'recordPendingKeys' | 'dropPendingKeys' | 'markRemovableKeys' | 'forgetKeys'
>;

export const dkimKeyWrites: StepsOf<Writes> = {
  *addDkimKeys(id, keys, atMs, actor) {
    yield* raiseDirectoryVersion();
    const domain = yield* domainById(id);
    if ((yield* keysOf(id)).some(isPending))
      throw new StoreError('conflict', `new keys of ${domain.name} wait to be published already`);
    yield* insertKeys(domain, keys);
    const names = namesOf(domain, keys);
    yield* tell(domain, { waiting: keys, reason: `new DKIM keys wait for their records: ${names}` }, atMs);
    yield* audit(atMs, actor, 'domain rotate-dkim', subjectOf(domain, keys), domain.accountId);
  },
  *recordPendingKeys(look, actor) {
    yield* noteSeen(look);
    if (!isDueToSwitch(yield* keysOf(look.domainId), look.atMs)) return yield* keysOf(look.domainId);
    // From here on it is the only one that changes the directory: what it decides by is what it changes.
    yield* raiseDirectoryVersion();
    const domain = yield* domainById(look.domainId);
    const keys = yield* keysOf(domain.id);
    if (isDueToSwitch(keys, look.atMs)) yield* switchKeys(domain, keys, { atMs: look.atMs, actor });
    return yield* keysOf(domain.id);
  },
  *dropPendingKeys(id, atMs, actor) {
    return yield* removeKeys(id, isPending, { atMs, actor, action: 'domain drop-dkim' });
  },
  *markRemovableKeys(id, atMs, actor) {
    // While nothing may go the caches of sessions are left alone, and no mail is looked at.
    if ((yield* removable(id, undefined, atMs)).length === 0) return [];
    const { name } = yield* domainById(id);
    if ((yield* removable(id, yield* oldestUnsettled(name), atMs)).length === 0) return [];
    yield* raiseDirectoryVersion();
    const domain = yield* domainById(id);
    const keys = yield* removable(id, yield* oldestUnsettled(name), atMs);
    if (keys.length > 0) yield* markKeys(domain, keys, { atMs, actor });
    return keys.map(({ selector }) => selector);
  },
  *forgetKeys(id, selectors, atMs, actor) {
    const mayGo = ({ selector, removableAtMs }: DkimKey) =>
      removableAtMs !== undefined && selectors.includes(selector);
    return yield* removeKeys(id, mayGo, { atMs, actor, action: 'domain forget-dkim' });
  },
};

interface Change {
  readonly atMs: number;
  readonly actor: string;
}

function isPending({ state }: DkimKey): boolean {
  return state === 'pending';
}

/** Its record may not go yet, as far as is known. */
function isWaiting({ state, removableAtMs }: DkimKey): boolean {
  return state === 'retired' && removableAtMs === undefined;
}

function* removable(
  id: string,
  oldestUnsettledMs: number | undefined,
  nowMs: number,
): Steps<readonly DkimKey[]> {
  return (yield* keysOf(id)).filter((key) => isWaiting(key) && mayBeRemoved(key, oldestUnsettledMs, nowMs));
}

/** With their selectors, each of which was never made before. StoreError `conflict`. */
export function* insertKeys(domain: Domain, keys: readonly DkimKey[]): Steps<void> {
  for (const { selector, algorithm, sealedPrivateKey: sealed, publicKey, state, createdAtMs } of keys) {
    const at = Math.round(createdAtMs);
    if ((yield* run(RESERVE, { name: domain.name, selector, at })) === 0)
      throw new StoreError('conflict', `the selector ${selector} of ${domain.name} was used before`);
    yield* run(INSERT, {
      domain: domain.id,
      selector,
      algorithm,
      sealed,
      public: publicKey,
      state,
      at,
      activated: state === 'active' ? at : undefined,
    });
  }
}

function* keysOf(id: string): Steps<readonly DkimKey[]> {
  return (yield* all(KEYS, { id })).map(dkimKeyOf);
}

/** A record that is gone again counts from anew; where DNS did not tell, what was known stays. */
function* noteSeen({ domainId: domain, seen, atMs }: PendingKeyLook): Steps<void> {
  for (const { selector, state, seenSinceMs } of yield* keysOf(domain)) {
    const found = seen[selector];
    if (state !== 'pending' || found === undefined) continue;
    const at = Math.round(atMs);
    // A clock that was set back begins anew.
    const since = found ? Math.min(seenSinceMs ?? at, at) : undefined;
    if (since !== seenSinceMs) yield* run(SEEN, { domain, selector, since });
  }
}

function* switchKeys(domain: Domain, keys: readonly DkimKey[], { atMs, actor }: Change): Steps<void> {
  const at = Math.round(atMs);
  for (const { selector, state } of keys) {
    if (state === 'active') yield* run(RETIRE, { domain: domain.id, selector, at });
    if (state === 'pending') yield* run(ACTIVATE, { domain: domain.id, selector, at });
  }
  const began = keys.filter(isPending);
  const ended = keys.filter(({ state }) => state === 'active');
  yield* tell(domain, { began, ended, reason: 'its new DKIM keys sign from now on' }, atMs);
  yield* audit(atMs, actor, 'domain switch-dkim', subjectOf(domain, began), domain.accountId);
}

function* markKeys(domain: Domain, keys: readonly DkimKey[], { atMs, actor }: Change): Steps<void> {
  const at = Math.round(atMs);
  for (const { selector } of keys) yield* run(MARK, { domain: domain.id, selector, at, nothing: NOTHING });
  const names = namesOf(domain, keys);
  yield* tell(domain, { removable: keys, reason: `the records of old DKIM keys may go: ${names}` }, atMs);
  yield* audit(atMs, actor, 'domain retire-dkim', subjectOf(domain, keys), domain.accountId);
}

/** Of their records. */
function namesOf({ name }: Domain, keys: readonly DkimKey[]): string {
  return keys.map(({ selector }) => `${selector}._domainkey.${name}`).join(', ');
}

/** Resolves to their number. */
function* removeKeys(
  id: string,
  which: (key: DkimKey) => boolean,
  { atMs, actor, action }: Change & { readonly action: string },
): Steps<number> {
  if (!(yield* keysOf(id)).some(which)) return 0;
  yield* raiseDirectoryVersion();
  const domain = yield* domainById(id);
  const keys = (yield* keysOf(id)).filter(which);
  for (const { selector } of keys) yield* run(DELETE, { domain: id, selector });
  yield* audit(atMs, actor, action, subjectOf(domain, keys), domain.accountId);
  return keys.length;
}

/** When the oldest message of the domain that is not settled was accepted; `undefined`: there is none. */
function* oldestUnsettled(domain: string): Steps<number | undefined> {
  return (yield* one(OLDEST_UNSETTLED, { domain }))?.accepted_at;
}

/** Several accounts may have a domain of that name. */
function subjectOf({ name, id }: Domain, keys: readonly DkimKey[]): string {
  return [name, id, ...keys.map(({ selector }) => selector)].join(' ');
}

interface Told {
  readonly waiting?: readonly DkimKey[];
  readonly began?: readonly DkimKey[];
  readonly ended?: readonly DkimKey[];
  readonly removable?: readonly DkimKey[];
  readonly reason: string;
}

function* tell({ name, accountId }: Domain, { reason, ...keys }: Told, atMs: number): Steps<void> {
  const about = { accountKey: yield* accountKeyOf(accountId), stream: undefined };
  const selectors = Object.fromEntries(
    Object.entries(keys).map(([what, list]) => [what, list.map(({ selector }) => selector)]),
  );
  yield* appendEvent({ type: 'domain_changed', atMs, about, data: { domain: name, reason, ...selectors } });
}
