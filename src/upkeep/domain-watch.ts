/**
 * Looks at the sending domains by the schedule (policy/look-schedule.ts), some in a turn, and sends the account an event
 * when a domain has changed (`domain_changed`). The findings are in the store: a restart repeats nothing. Each look counts as one of
 * `domain verify` does (policy/domain-claim.ts); those that were never verified: new-domains.ts.
 */
import { flatMapInTurn } from '../platform/in-turn.ts';
import { recordLook } from '../admin/domain-check.ts';
import type { OwnedDomain } from '../admin/domain-meant.ts';
import type { DomainLookOptions } from '../doctor/look-at-domain.ts';
import { lookAtDomains, type DomainLook } from '../doctor/look-at-domains.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { problemKey } from '../policy/checks/domain-mail.ts';
import type { DomainRecordsFacts } from '../policy/checks/domain-records.ts';
import { holdsName } from '../policy/domain-claim.ts';
import { domainsDue } from '../policy/look-schedule.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { DomainChange, FindingWriter, LookState } from '../store/findings.ts';
import { createNewDomainWatch } from './new-domains.ts';
import { RELAYD } from './relayd-actor.ts';
import { unlessGone } from './unless-gone.ts';

export interface DomainWatchOptions extends Omit<DomainLookOptions, 'addresses' | 'evaluatesAll'> {
  readonly reader: Pick<DirectoryReader, 'listAccounts' | 'listDomains' | 'dkimKeys' | 'domainHolder'>;
  readonly directory: Pick<DirectoryWriter, 'recordDomainCheck'>;
  readonly writer: Pick<FindingWriter, 'recordLooks'>;
  /** The public sending addresses, as far as known. */
  readonly addresses: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface DomainWatch {
  /** Before the first turn. */
  load(states: readonly LookState[]): void;
  /** Looks at those that are due; `again`: and at these names, and all with a problem. Rejects with StoreError. */
  turn(again: ReadonlySet<string> | undefined): Promise<DomainRecordsFacts>;
}

interface Found {
  readonly atMs: number;
  /** See problemKey. */
  readonly found: string;
  /** DNS did not tell all of it. */
  readonly unknown?: boolean;
}

/** The rest is for the next turn. */
const MOST_IN_A_TURN = 200;
const WITHIN_MS = 60_000;
const DOMAIN_SUBJECT = 'dom_';
const LONGEST_REASON = 500;

export function createDomainWatch(options: DomainWatchOptions): DomainWatch {
  const { reader, writer, addresses, clock, log } = options;
  const known = new Map<string, Found>();
  const lookAtNew = createNewDomainWatch(options);
  const troubled = (id: string) => {
    const found = known.get(id);
    return found !== undefined && (found.unknown === true || found.found.includes(':wrong'));
  };
  const keep = async (looks: readonly DomainLook[], gone: readonly string[]) => {
    const nowMs = clock.now();
    const found = looks.map((look): LookState & Found => {
      const before = known.get(look.domain.id);
      const kept = look.unknown && before !== undefined;
      const text = kept ? before.found : problemKey(look);
      return { subject: look.domain.id, atMs: nowMs, found: text, unknown: look.unknown };
    });
    const changed = looks.filter((look, at) => (known.get(look.domain.id)?.found ?? '') !== found[at]?.found);
    await writer.recordLooks(
      found,
      changed.map((look) => changeOf(look, nowMs)),
      gone,
    );
    for (const one of found) known.set(one.subject, one);
    for (const subject of gone) known.delete(subject);
    for (const { domain, problems } of changed)
      log.info('domain changed', { domain: domain.name, problems: problems.map(({ problem }) => problem) });
  };
  return {
    load(states) {
      for (const { subject, atMs, found } of states)
        if (subject.startsWith(DOMAIN_SUBJECT)) known.set(subject, { atMs, found });
    },
    async turn(again) {
      const all = await allDomains(reader);
      await lookAtNew(all.map(({ domain }) => domain).filter((domain) => !holdsName(domain)));
      const owned = all.filter(({ domain }) => holdsName(domain));
      const candidates = owned.map(({ account, domain }) => {
        const { id, name } = domain;
        const told = (known.get(id)?.found ?? '') !== '';
        const now = again !== undefined && (again.has(name) || told || troubled(id));
        const lookedAtMs = now ? undefined : known.get(id)?.atMs;
        return { account, domain, id, lookedAtMs, troubled: troubled(id) };
      });
      const due = domainsDue(candidates, clock.now(), MOST_IN_A_TURN);
      const { looks } = await lookAtDomains(due, {
        ...options,
        keysOf: (id) => reader.dkimKeys(id),
        addresses: addresses(),
        evaluatesAll: false,
        withinMs: WITHIN_MS,
      });
      const there = new Set(owned.map(({ domain }) => domain.id));
      const gone = [...known.keys()].filter((id) => !there.has(id));
      if (looks.length + gone.length > 0) await keep(looks, gone);
      for (const { domain, records } of looks)
        await unlessGone(recordLook(domain, records, { ...options, actor: RELAYD }, { byItself: true }));
      return factsOf(owned, known);
    },
  };
}

async function allDomains(reader: DomainWatchOptions['reader']): Promise<readonly OwnedDomain[]> {
  return await flatMapInTurn(await reader.listAccounts(), async (account) =>
    (await reader.listDomains(account.id)).map((domain) => ({ account, domain })),
  );
}

function changeOf({ domain, account, problems }: DomainLook, atMs: number): DomainChange {
  const reason = problems.map(({ problem, detail }) => `${problem}: ${detail}`).join('; ');
  return {
    accountId: account.id,
    atMs,
    data: {
      domain: domain.name,
      problems: problems.map(({ problem }) => problem),
      reason: (reason === '' ? 'its DNS records are as they should be' : reason).slice(0, LONGEST_REASON),
    },
  };
}

function factsOf(owned: readonly OwnedDomain[], known: ReadonlyMap<string, Found>): DomainRecordsFacts {
  const looked = owned.flatMap(({ domain }) => {
    const found = known.get(domain.id);
    return found === undefined ? [] : [{ name: domain.name, problems: found.found.split(' ') }];
  });
  const withLevel = (level: string) =>
    looked.flatMap(({ name, problems }) => {
      // DKIM has a check of its own.
      const named = problems.filter((one) => one.endsWith(`:${level}`) && !one.startsWith('dkim:'));
      return named.length === 0 ? [] : [`${name} (${named.map((one) => one.split(':')[0]).join(', ')})`];
    });
  return { looked: looked.length, wrong: withLevel('wrong'), warned: withLevel('warning') };
}
