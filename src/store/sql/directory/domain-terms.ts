/** What an operator sets of a domain, and lists of domains by it. */
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import { statement } from '../statement.ts';
import { all, run, type StepsOf } from '../steps.ts';
import { changeDirectory } from './change.ts';
import { domainOf, type DomainRow } from './directory-rows.ts';
import { DOMAIN, domainById } from './domain-by-id.ts';

const CHANGE = statement<{ id: string; every: number | undefined; delegated: number }>(
  'UPDATE domain SET rotate_every = :every, delegated = :delegated WHERE public_id = :id',
);
const ROTATING = statement<{ after: string; limit: number }, DomainRow>(
  `${DOMAIN} WHERE d.public_id > :after
     AND EXISTS (SELECT 1 FROM dkim_key k WHERE k.domain_id = d.id AND k.state IN ('pending', 'retired'))
   ORDER BY d.public_id LIMIT :limit`,
);
/** rotate_every 0: never by itself. */
const EVERY = 'coalesce(d.rotate_every, :every)';
const TO_ROTATE = statement<{ every: number | undefined; now: number; limit: number }, DomainRow>(
  `${DOMAIN}
   JOIN (SELECT domain_id, max(coalesce(activated_at, created_at)) AS began FROM dkim_key WHERE state = 'active'
     GROUP BY domain_id) k ON k.domain_id = d.id
   WHERE ${EVERY} > 0 AND d.verified_at IS NOT NULL AND k.began + ${EVERY} <= :now
     AND NOT EXISTS (SELECT 1 FROM dkim_key p WHERE p.domain_id = d.id AND p.state = 'pending')
   ORDER BY k.began, d.id LIMIT :limit`,
);
const DELEGATED = statement<{ after: string; limit: number }, DomainRow>(
  `${DOMAIN} WHERE d.public_id > :after AND d.delegated = 1 ORDER BY d.public_id LIMIT :limit`,
);

type Reads = Pick<DirectoryReader, 'domainsRotating' | 'domainsToRotate' | 'delegatedDomains'>;

export const domainTermReads: StepsOf<Reads> = {
  *domainsRotating(after = '', limit) {
    return (yield* all(ROTATING, { after, limit })).map(domainOf);
  },
  *domainsToRotate(every, nowMs, limit) {
    return (yield* all(TO_ROTATE, { every, now: Math.floor(nowMs), limit })).map(domainOf);
  },
  *delegatedDomains(after = '', limit) {
    return (yield* all(DELEGATED, { after, limit })).map(domainOf);
  },
};

export const domainTermWrites: StepsOf<Pick<DirectoryWriter, 'changeDomain'>> = {
  changeDomain: (id, terms, atMs, actor) =>
    changeDirectory(
      {
        atMs,
        actor,
        action: 'domain change',
        subject: ({ name }) => `${name} ${id} ${JSON.stringify(terms)}`,
        account: ({ accountId }) => accountId,
      },
      (function* () {
        const before = yield* domainById(id);
        const every = 'rotateEveryMs' in terms ? terms.rotateEveryMs : before.rotateEveryMs;
        const delegated = terms.delegated ?? before.delegated ?? false;
        yield* run(CHANGE, { id, every, delegated: delegated ? 1 : 0 });
        return yield* domainById(id);
      })(),
    ),
};
