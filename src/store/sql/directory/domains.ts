/**
 * Domains and their keys: looked up, added, removed, and changed by the result of a look-up of their records. Who holds a
 * name is policy's decision (policy/domain-claim.ts), based on the rows in the transaction that writes it: of two accounts
 * that are verified at the same time one comes first.
 */
import { holdsName, judgeClaim } from '../../../policy/domain-claim.ts';
import type { DirectoryReader, DirectoryWriter, DomainCheck } from '../../directory.ts';
import type { DkimKey, Domain } from '../../directory-records.ts';
import { statement } from '../statement.ts';
import { all, appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { audit } from './audit.ts';
import { changeDirectory } from './change.ts';
import { domainOf, type DomainRow } from './directory-rows.ts';
import { insertKeys } from './dkim-keys.ts';
import { DOMAIN, domainById } from './domain-by-id.ts';

/** It holds its name (policy/domain-claim.ts); the condition of the unique index. */
const HOLDS = '(d.verified_at IS NOT NULL OR d.failing_since IS NOT NULL)';

const OWN = statement<{ account: string; name: string }, DomainRow>(
  `${DOMAIN} WHERE a.public_id = :account AND d.name = :name`,
);
const HOLDER = statement<{ name: string }, DomainRow>(`${DOMAIN} WHERE d.name = :name AND ${HOLDS}`);
const OLDEST = statement<{ account: string }, DomainRow>(
  `${DOMAIN} WHERE a.public_id = :account AND d.verified_at IS NOT NULL ORDER BY d.created_at, d.id LIMIT 1`,
);
const OF_ACCOUNT = statement<{ account: string }, DomainRow>(
  `${DOMAIN} WHERE a.public_id = :account ORDER BY d.name`,
);
const INSERT = statement<{
  id: string;
  account: number;
  name: string;
  verified: number | undefined;
  failing: number | undefined;
  status: string;
  delegated: number;
  at: number;
}>(
  `INSERT INTO domain (public_id, account_id, name, verified_at, failing_since, record_status, delegated, created_at)
   VALUES (:id, :account, :name, :verified, :failing, :status, :delegated, :at)`,
);
const DELETE = statement<{ id: string }>('DELETE FROM domain WHERE public_id = :id');
const UPDATE = statement<{
  id: string;
  status: string;
  verified: number | undefined;
  failing: number | undefined;
}>(
  `UPDATE domain SET record_status = :status, verified_at = :verified, failing_since = :failing
   WHERE public_id = :id`,
);

type Reads = Pick<DirectoryReader, 'findDomain' | 'domainHolder' | 'oldestVerifiedDomain' | 'listDomains'>;

export const domainReads: StepsOf<Reads> = {
  *findDomain(account, name) {
    const row = yield* one(OWN, { account, name });
    return row && domainOf(row);
  },
  *domainHolder(name) {
    const row = yield* one(HOLDER, { name });
    return row && domainOf(row);
  },
  *oldestVerifiedDomain(account) {
    const row = yield* one(OLDEST, { account });
    return row && domainOf(row);
  },
  *listDomains(account) {
    return (yield* all(OF_ACCOUNT, { account })).map(domainOf);
  },
};

export const domainWrites: StepsOf<
  Pick<DirectoryWriter, 'addDomain' | 'recordDomainCheck' | 'removeDomain'>
> = {
  addDomain(domain, keys, actor) {
    // The audit log names the keys, as it names a credential's kind.
    const subject = [domain.name, ...keys.map(({ algorithm }) => algorithm)].join(' ');
    return changeDirectory(
      { atMs: domain.createdAtMs, actor, action: 'domain add', subject },
      insert(domain, keys),
    );
  },
  recordDomainCheck: (check, actor) =>
    changeDirectory(
      { atMs: check.atMs, actor, action: 'domain verify', subject: subjectOf },
      recordCheck(check, actor),
    ),
  *removeDomain(id, atMs, actor) {
    yield* changeDirectory({ atMs, actor, action: 'domain remove', subject: subjectOf }, remove(id));
  },
};

function* insert(domain: Domain, keys: readonly DkimKey[]): Steps<void> {
  yield* run(INSERT, {
    id: domain.id,
    account: yield* accountKeyOf(domain.accountId),
    name: domain.name,
    verified: rounded(domain.verifiedAtMs),
    failing: rounded(domain.failingSinceMs),
    status: JSON.stringify(domain.recordStatus),
    delegated: domain.delegated === true ? 1 : 0,
    at: Math.round(domain.createdAtMs),
  });
  yield* insertKeys(domain, keys);
}

function* remove(id: string): Steps<Domain> {
  const domain = yield* domainById(id);
  yield* run(DELETE, { id });
  return domain;
}

function* recordCheck(check: DomainCheck, actor: string): Steps<Domain> {
  const before = yield* domainById(check.domainId);
  const row = yield* one(HOLDER, { name: before.name });
  const holder = row === undefined || row.public_id === before.id ? undefined : domainOf(row);
  // Another domain than the one looked up may hold the name by now: the state of its records is unknown.
  const ofHolder = check.holder?.domainId === holder?.id ? check.holder : undefined;
  const decision = judgeClaim(
    { claim: before, dkim: check.dkim },
    holder === undefined ? undefined : { claim: holder, dkim: ofHolder?.dkim },
    check.atMs,
  );
  // The holder first, so that there is never more than one.
  if (holder !== undefined && decision.holder !== undefined) {
    const recordStatus = { ...holder.recordStatus, ...ofHolder?.recordStatus };
    yield* write({ ...holder, ...decision.holder, recordStatus });
  }
  const domain = { ...before, ...decision.claim, recordStatus: check.recordStatus };
  yield* write(domain);
  const isOver = holder !== undefined && decision.holder !== undefined && !holdsName(decision.holder);
  if (!isOver) return domain;
  yield* tell(holder, false, check.atMs);
  yield* tell(domain, true, check.atMs);
  yield* audit(check.atMs, actor, 'domain lose', subjectOf(holder));
  return domain;
}

function* write({ id, recordStatus, verifiedAtMs, failingSinceMs }: Domain): Steps<void> {
  const status = JSON.stringify(recordStatus);
  yield* run(UPDATE, { id, status, verified: rounded(verifiedAtMs), failing: rounded(failingSinceMs) });
}

/** The other domain's account is not disclosed. */
function* tell({ name, accountId }: Domain, verified: boolean, atMs: number): Steps<void> {
  const reason = verified ? 'its DKIM records are there' : 'its DKIM records failed for long';
  const about = { accountKey: yield* accountKeyOf(accountId), stream: undefined };
  yield* appendEvent({ type: 'domain_changed', atMs, about, data: { domain: name, verified, reason } });
}

/** Several accounts may have a domain of that name. */
function subjectOf({ name, id }: Domain): string {
  return `${name} ${id}`;
}

function rounded(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : Math.round(atMs);
}
