/**
 * Domains that were added and never verified: relayd looks whether their DKIM records are there by now (policy/look-schedule.ts), so
 * that a domain is verified minutes after its records were published, without a command. Only those records are looked up; what
 * else may be wrong is for the watch of verified domains. When they were looked at is kept in memory: a restart looks again.
 */
import { recordLook } from '../admin/domain-check.ts';
import {
  checkRecords,
  dkimVerdict,
  isSigningRecord,
  recordsOf,
  type RecordConfig,
} from '../admin/domain-records.ts';
import type { Authority } from '../dns/authoritative.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { newDomainsDue } from '../policy/look-schedule.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { Domain } from '../store/directory-records.ts';
import { RELAYD } from './relayd-actor.ts';
import { unlessGone } from './unless-gone.ts';

export interface NewDomainOptions {
  readonly config: RecordConfig;
  readonly reader: Pick<DirectoryReader, 'dkimKeys' | 'domainHolder'>;
  readonly directory: Pick<DirectoryWriter, 'recordDomainCheck'>;
  readonly resolver: Resolver;
  readonly openAuthority?: (() => Authority) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** The rest is for the next turn. */
const MOST_IN_A_TURN = 50;
const WITHIN_MS = 20_000;

/** Looks at those of `domains` that are due; they are not verified. Rejects with StoreError. */
export type LookAtNewDomains = (domains: readonly Domain[]) => Promise<void>;

export function createNewDomainWatch(options: NewDomainOptions): LookAtNewDomains {
  const { config, reader, resolver, clock, log } = options;
  let lookedAt = new Map<string, number>();
  const look = async (domain: Domain) => {
    const all = recordsOf(domain.name, await reader.dkimKeys(domain.id), config);
    const how = {
      ...{ addresses: [], evaluatesAll: false, explains: false },
      authority: options.openAuthority?.(),
    };
    const signing = await checkRecords(all.filter(isSigningRecord), resolver, how);
    if (dkimVerdict(signing) !== true) return;
    const records = await checkRecords(all, resolver, how);
    const { verifiedAtMs } = await recordLook(
      domain,
      records,
      { ...options, actor: RELAYD },
      { byItself: true },
    );
    if (verifiedAtMs !== undefined) log.info('domain verified', { domain: domain.name });
  };
  return async (domains) => {
    // What was removed, or is verified by now, is forgotten.
    const known = lookedAt;
    lookedAt = new Map(domains.flatMap(({ id }) => (known.has(id) ? [[id, known.get(id) ?? 0]] : [])));
    const candidates = domains.map((domain) => ({
      domain,
      accountId: domain.accountId,
      createdAtMs: domain.createdAtMs,
      lookedAtMs: lookedAt.get(domain.id),
    }));
    const endMs = clock.monotonic() + WITHIN_MS;
    for (const { domain } of newDomainsDue(candidates, clock.now(), MOST_IN_A_TURN)) {
      if (clock.monotonic() >= endMs) break;
      lookedAt.set(domain.id, clock.now());
      await unlessGone(look(domain));
    }
  };
}
