/**
 * A look-up's result, written to the domain it is about. Who holds a name is policy's decision (policy/domain-claim.ts), based on
 * the rows in the transaction that writes it: of two accounts that are verified at the same time one comes first.
 */
import { holdsName, isLost, judgeClaim, type DomainClaim } from '../../../policy/domain-claim.ts';
import type { DirectoryWriter, DomainCheck, DomainRecordsFound } from '../../directory.ts';
import type { Domain } from '../../directory-records.ts';
import { statement } from '../statement.ts';
import { appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { audit } from './audit.ts';
import { raiseDirectoryVersion } from './change.ts';
import { domainOf, type DomainRow } from './directory-rows.ts';
import { DOMAIN, domainById } from './domain-by-id.ts';
import { changesKeys, writeKeyLooks } from './key-looks.ts';

/** It holds its name (policy/domain-claim.ts); the condition of the unique index. */
const HOLDS = '(d.verified_at IS NOT NULL OR d.failing_since IS NOT NULL)';
export const HOLDER = statement<{ name: string }, DomainRow>(`${DOMAIN} WHERE d.name = :name AND ${HOLDS}`);
const UPDATE = statement<{
  id: string;
  status: string;
  verified: number | undefined;
  failing: number | undefined;
  looks: number;
}>(
  `UPDATE domain SET record_status = :status, verified_at = :verified, failing_since = :failing, failed_looks = :looks
   WHERE public_id = :id`,
);

export const domainLooks: StepsOf<Pick<DirectoryWriter, 'recordDomainCheck'>> = {
  *recordDomainCheck(check, actor) {
    // What changes nothing leaves the caches of every session alone.
    if (check.byItself === true && !(yield* changes(check))) {
      yield* writeKeyLooks(check.domainId, check.keys ?? [], check.atMs);
      return yield* domainById(check.domainId);
    }
    // First, as in change.ts.
    yield* raiseDirectoryVersion();
    const { before, after, lost } = yield* write(yield* decide(check), check);
    const turned = wordOf(before, after);
    if (lost !== undefined) yield* audit(check.atMs, actor, 'domain lose', subjectOf(lost), lost.accountId);
    if (check.byItself !== true)
      yield* audit(check.atMs, actor, 'domain verify', subjectOf(after), after.accountId);
    else if (turned !== undefined)
      yield* audit(check.atMs, actor, 'domain verify', `${subjectOf(after)} ${turned}`, after.accountId);
    return after;
  },
};

/** What a look makes of the domain and of the one that holds its name. */
interface Decided {
  readonly before: Domain;
  readonly after: Domain;
  readonly holder: { readonly before: Domain; readonly after: Domain; readonly found: Found } | undefined;
}

type Found = DomainRecordsFound | undefined;

function* decide(check: DomainCheck): Steps<Decided> {
  const before = yield* domainById(check.domainId);
  const row: DomainRow | undefined = yield* one(HOLDER, { name: before.name });
  const holder = row === undefined || row.public_id === before.id ? undefined : domainOf(row);
  // Another domain than the one looked up may hold the name by now: the state of its records is unknown.
  const found = check.holder?.domainId === holder?.id ? check.holder : undefined;
  const decision = judgeClaim(
    { claim: before, dkim: check.dkim },
    holder === undefined ? undefined : { claim: holder, dkim: found?.dkim },
    check.atMs,
  );
  return {
    before,
    after: afterLook(before, decision.claim, check),
    holder:
      holder === undefined || decision.holder === undefined
        ? undefined
        : { before: holder, after: afterLook(holder, decision.holder, found), found },
  };
}

/** What could not be looked up is as it was. */
function afterLook(domain: Domain, claim: DomainClaim, found: Found): Domain {
  const told = Object.entries(found?.recordStatus ?? {}).filter(([, status]) => status !== 'unchecked');
  return { ...domain, ...claim, recordStatus: { ...domain.recordStatus, ...Object.fromEntries(told) } };
}

/** Without the lock of a change: what another one changes meanwhile is for the next look. */
function* changes(check: DomainCheck): Steps<boolean> {
  const { before, after, holder } = yield* decide(check);
  if (holder !== undefined && differs(holder.before, holder.after)) return true;
  return differs(before, after) || (yield* changesKeys(check.domainId, check.keys ?? [], check.atMs));
}

function differs(one: Domain, other: Domain): boolean {
  return JSON.stringify(columnsOf(one)) !== JSON.stringify(columnsOf(other));
}

function* write({ before, after, holder }: Decided, check: DomainCheck) {
  const { atMs, byItself } = check;
  // The holder first, so that there is never more than one.
  if (holder !== undefined) {
    yield* run(UPDATE, columnsOf(holder.after));
    yield* writeKeyLooks(holder.after.id, holder.found?.keys ?? [], atMs);
  }
  yield* run(UPDATE, columnsOf(after));
  yield* writeKeyLooks(after.id, check.keys ?? [], atMs);
  const lost = holder !== undefined && !holdsName(holder.after) ? holder.before : undefined;
  if (lost !== undefined) yield* tell(lost, false, 'its DKIM records failed for long', atMs);
  const isLostNow = isLost(after) && !isLost(before);
  if (isLostNow)
    yield* tell(after, false, 'its DKIM records failed for a day: mail from it is refused', atMs);
  const isVerifiedNow = before.verifiedAtMs === undefined && after.verifiedAtMs !== undefined;
  if (isVerifiedNow && (lost !== undefined || byItself === true))
    yield* tell(after, true, 'its DKIM records are there', atMs);
  return { before, after, lost };
}

/** For the audit log; `undefined`: neither its verification nor its failing has turned. */
function wordOf(before: Domain, after: Domain): string | undefined {
  if (before.verifiedAtMs === undefined && after.verifiedAtMs !== undefined) return 'verified';
  if (isLost(after)) return isLost(before) ? undefined : 'refused';
  if (before.failingSinceMs === undefined && after.failingSinceMs !== undefined) return 'failing';
  return before.failingSinceMs !== undefined && after.failingSinceMs === undefined ? 'well' : undefined;
}

function columnsOf({ id, recordStatus, verifiedAtMs, failingSinceMs, failedLooks = 0 }: Domain) {
  const status = JSON.stringify(recordStatus);
  return {
    id,
    status,
    verified: rounded(verifiedAtMs),
    failing: rounded(failingSinceMs),
    looks: failedLooks,
  };
}

/** The other domain's account is not disclosed. */
function* tell({ name, accountId }: Domain, verified: boolean, reason: string, atMs: number): Steps<void> {
  const about = { accountKey: yield* accountKeyOf(accountId), stream: undefined };
  yield* appendEvent({ type: 'domain_changed', atMs, about, data: { domain: name, verified, reason } });
}

/** Several accounts may have a domain of that name. */
export function subjectOf({ name, id }: Domain): string {
  return `${name} ${id}`;
}

function rounded(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : Math.round(atMs);
}
