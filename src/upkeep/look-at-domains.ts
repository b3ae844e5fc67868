/**
 * Looks up whether the DKIM records of the sending domains are still in DNS, for the check `domains`. It changes
 * nothing, and counts for nothing: that is for the watch (domain-watch.ts). One look-up at a time, for any number of domains; failed look-ups count as no finding.
 */
import { flatMapInTurn } from '../platform/in-turn.ts';
import { checkRecords, dkimVerdict, isSigningRecord, recordsOf } from '../admin/domain-records.ts';
import type { RecordConfig } from '../admin/domain-records.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import { createProbe } from '../platform/probe.ts';
import type { DomainsFacts } from '../policy/checks/domains.ts';
import { holdsName, isLost } from '../policy/domain-claim.ts';
import { StoreError } from '../store/errors.ts';
import type { DirectoryReader } from '../store/directory.ts';

export interface DomainSourceOptions {
  readonly config: RecordConfig;
  readonly reader: Pick<DirectoryReader, 'listAccounts' | 'listDomains' | 'dkimKeys'>;
  readonly resolver: Resolver;
  readonly state: { readonly stopping: boolean };
  readonly clock: Clock;
}

const WAIT_MS = 2_000;
const KEPT_MS = 5 * 60_000;
/** Domains named in the detail. */
const NAMED = 3;

const UNKNOWN: DomainsFacts = { looked: undefined, failing: 0, names: [], refused: [] };

export function createDomainSource(options: DomainSourceOptions): () => Promise<DomainsFacts> {
  const probe = createProbe<DomainsFacts>({
    clock: options.clock,
    waitMs: WAIT_MS,
    keepMs: KEPT_MS,
    ask: () => look(options).catch(unknownToStore),
  });
  return async () => {
    const probed = await probe();
    return probed.kind === 'answered' ? probed.answer : (probed.last ?? UNKNOWN);
  };
}

async function look({ config, reader, resolver, state }: DomainSourceOptions): Promise<DomainsFacts> {
  const all = await flatMapInTurn(await reader.listAccounts(), ({ id }) => reader.listDomains(id));
  const domains = all.filter(holdsName);
  let failing = 0;
  const names: string[] = [];
  for (const { id, name } of domains) {
    if (state.stopping) return UNKNOWN;
    const records = recordsOf(name, await reader.dkimKeys(id), config).filter(isSigningRecord);
    if (dkimVerdict(await checkRecords(records, resolver)) !== false) continue;
    failing++;
    if (names.length < NAMED) names.push(name);
  }
  const refused = domains.filter(isLost).slice(0, NAMED);
  return { looked: domains.length, failing, names, refused: refused.map(({ name }) => name) };
}

/** The check of the store reports that it cannot be read. */
function unknownToStore(error: unknown): DomainsFacts {
  if (error instanceof StoreError) return UNKNOWN;
  throw error;
}
