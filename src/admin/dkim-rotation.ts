/**
 * Rotation of a domain's DKIM keys: new keys beside the old, switched when DNS has them, and the end of the old ones. What is
 * found is decided in the store's transaction (dkim/rotation.ts); here DNS is asked and keys are made.
 */
import { keySetOf, type DkimKey } from '../dkim/dkim-key.ts';
import { compareRecord, dkimRecord } from '../dkim/domain-records.ts';
import { generateDkimKeys } from '../dkim/keys.ts';
import { generationOf } from '../dkim/selectors.ts';
import { base32 } from '../platform/ids.ts';
import { holdsName } from '../policy/domain-claim.ts';
import type { Domain } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import type { KnownRecord } from './domain-records.ts';
import { tokenOf } from './domain-token.ts';
import { publishedRecord } from './published-record.ts';
import { conflict, type AdminRefusal } from './refusal.ts';

/** Eight characters of a selector: none is drawn twice for a domain. */
const TAIL_BYTES = 5;
/** Keys of an account's own domain that its API keys may make; what relayd and operators rotate is not bounded. */
const MOST_SELECTORS = 1_000;
/** Of those the old ones whose records have to stay. */
const MOST_STAYING = 20;
/** Old keys whose records are looked at in one look. */
const MOST_OLD_LOOKED_AT = 40;

export interface Rotation {
  /** Those that wait. */
  readonly pending: readonly DkimKey[];
  /** They waited before. */
  readonly before: boolean;
}

/** Makes pending keys, unless some wait. Durable when it resolves. StoreError `not-found`; `conflict` when somebody was quicker. */
export async function rotateDkim(
  domain: Domain,
  context: With<'reader' | 'directory' | 'box' | 'random' | 'clock' | 'holder'>,
): Promise<Rotation | AdminRefusal> {
  const { reader, directory, box, random, clock, holder, actor } = context;
  const keys = await reader.dkimKeys(domain.id);
  const pending = keys.filter(({ state }) => state === 'pending');
  if (pending.length > 0) return { pending, before: true };
  if (!holdsName(domain))
    return conflict(`${domain.name} was never verified: publish the records that it has, they are new`);
  const nowMs = clock.now();
  const token = tokenOf(domain);
  const takenSelectors = await reader.selectorsOf(domain.name, token);
  const tooOften = holder === undefined ? undefined : refuseTooOften(domain, keys, takenSelectors);
  if (tooOften !== undefined) return tooOften;
  const made = await generateDkimKeys({
    domain: domain.name,
    token,
    nowMs,
    box,
    keySet: keySetOf(keys),
    tail: base32(random.bytes(TAIL_BYTES)),
    generation: domain.delegated === true ? generationOf(token, takenSelectors) + 1 : undefined,
    state: 'pending',
  });
  await directory.addDkimKeys(domain.id, made, nowMs, actor);
  return { pending: made, before: false };
}

/** What is made stays: a selector for ever, an old key until nobody can meet a signature of it. */
function refuseTooOften(
  { name }: Domain,
  keys: readonly DkimKey[],
  selectors: readonly string[],
): AdminRefusal | undefined {
  const staying = keys.filter(
    ({ state, removableAtMs }) => state === 'retired' && removableAtMs === undefined,
  );
  if (staying.length >= MOST_STAYING)
    return conflict(`${staying.length} old keys of ${name} have to stay published: wait until some may go`);
  return selectors.length < MOST_SELECTORS
    ? undefined
    : conflict(`${name} has had ${selectors.length} keys, which is the most: remove it and add it again`);
}

/** Takes pending keys back. Resolves to their number. */
export async function cancelRotation(
  { id }: Domain,
  { directory, clock, actor }: With<'directory' | 'clock'>,
): Promise<number> {
  return await directory.dropPendingKeys(id, clock.now(), actor);
}

type LookContext = With<'reader' | 'directory' | 'resolver' | 'openAuthority' | 'clock'>;

export interface RotationLook {
  /** As they are now. */
  readonly keys: readonly DkimKey[];
  /** What was found of keys that waited or had ended. */
  readonly records: readonly KnownRecord[];
}

/** Looks at the records of all keys that do not sign, and does what is due. StoreError `not-found`. */
export async function lookAtRotation(domain: Domain, context: LookContext): Promise<RotationLook> {
  const { reader, directory, clock, actor } = context;
  const all = await reader.dkimKeys(domain.id);
  const keys = [
    ...all.filter(({ state }) => state === 'pending'),
    ...all.filter(({ state }) => state === 'retired').slice(0, MOST_OLD_LOOKED_AT),
  ];
  if (keys.length === 0) return { keys: all, records: [] };
  const found = await Promise.all(keys.map(async (key) => await lookAtKey(domain.name, key, context)));
  const pending = found.filter(({ key }) => key.state === 'pending');
  if (pending.length > 0) {
    const seen = Object.fromEntries(pending.map(({ key, record }) => [key.selector, isSeen(record)]));
    await directory.recordPendingKeys({ domainId: domain.id, seen, atMs: clock.now() }, actor);
  }
  await directory.markRemovableKeys(domain.id, clock.now(), actor);
  const gone = found.filter(({ key, record }) => key.state === 'retired' && record.status === 'missing');
  const selectors = gone.map(({ key }) => key.selector);
  if (selectors.length > 0) await directory.forgetKeys(domain.id, selectors, clock.now(), actor);
  return { keys: await reader.dkimKeys(domain.id), records: found.map(({ record }) => record) };
}

async function lookAtKey(domain: string, key: DkimKey, { resolver, openAuthority }: LookContext) {
  const wanted = dkimRecord(domain, key, key.state === 'pending' ? '-next' : '-old');
  const { answer } = await publishedRecord(wanted, resolver, openAuthority?.());
  const status = compareRecord(wanted, answer);
  return { key, record: { ...wanted, status } };
}

/** `undefined`: DNS did not tell. */
function isSeen({ status }: KnownRecord): boolean | undefined {
  return status === 'unchecked' ? undefined : status === 'ok';
}
