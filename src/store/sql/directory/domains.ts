/** Domains and their keys: looked up, added, removed. The results of look-ups of their records: domain-looks.ts. */
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import type { DkimKey, Domain } from '../../directory-records.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { changeDirectory } from './change.ts';
import { domainOf, type DomainRow } from './directory-rows.ts';
import { insertKeys } from './dkim-keys.ts';
import { DOMAIN, domainById } from './domain-by-id.ts';
import { domainLooks, HOLDER, subjectOf } from './domain-looks.ts';

const OWN = statement<{ account: string; name: string }, DomainRow>(
  `${DOMAIN} WHERE a.public_id = :account AND d.name = :name`,
);
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
      { atMs: domain.createdAtMs, actor, action: 'domain add', subject, account: domain.accountId },
      insert(domain, keys),
    );
  },
  ...domainLooks,
  *removeDomain(id, atMs, actor) {
    yield* changeDirectory(
      { atMs, actor, action: 'domain remove', subject: subjectOf, account: ({ accountId }) => accountId },
      remove(id),
    );
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

function rounded(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : Math.round(atMs);
}
