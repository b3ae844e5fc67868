/**
 * The checks, in the order in which they are shown. `relayctl status`, /readyz and the log of relayd all read this list.
 * The keys are the names in `status --json`.
 */
import type { Check, Finding } from './check.ts';
import { blocklists } from './blocklists.ts';
import { certificate } from './certificate.ts';
import { clock } from './clock.ts';
import { configuration } from './configuration.ts';
import { delivery } from './delivery.ts';
import { disk } from './disk.ts';
import { dns } from './dns.ts';
import { domainRecords } from './domain-records.ts';
import { domains } from './domains.ts';
import { egress } from './egress.ts';
import { fileRights } from './file-rights.ts';
import { hostName } from './host-name.ts';
import { listeners } from './listeners.ts';
import { masterKey } from './master-key.ts';
import { nodes } from './nodes.ts';
import { ports } from './ports.ts';
import { relayd } from './relayd.ts';
import { resolver } from './resolver.ts';
import { reverseNames } from './reverse-names.ts';
import { smartHosts } from './smart-hosts.ts';
import { sourceLimits } from './source-limits.ts';
import { sources } from './sources.ts';
import { store } from './store.ts';

const CHECKS = {
  relayd,
  store,
  nodes,
  disk,
  delivery,
  listeners,
  ports,
  certificate,
  master_key: masterKey,
  file_rights: fileRights,
  dns,
  resolver,
  hostname: hostName,
  reverse_dns: reverseNames,
  sources,
  source_limits: sourceLimits,
  smart_hosts: smartHosts,
  egress,
  blocklists,
  domains,
  domain_records: domainRecords,
  clock,
  configuration,
} as const;

export type CheckName = keyof typeof CHECKS;

/** In the order in which they are shown. */
export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[];

type FactsOf<One> = One extends Check<infer Facts> ? Facts : never;

/** What was gathered, by check. A check without its facts is left out: nobody here can know. */
export type CheckFacts = { readonly [Name in CheckName]?: FactsOf<(typeof CHECKS)[Name]> | undefined };

export interface CheckResult extends Finding {
  readonly name: CheckName;
}

/** Every check whose facts are there. */
export function lookAtChecks(facts: CheckFacts, nowMs: number): readonly CheckResult[] {
  return CHECK_NAMES.flatMap((name) => lookAt(name, facts, nowMs));
}

function lookAt(name: CheckName, facts: CheckFacts, nowMs: number): CheckResult[] {
  const given = facts[name];
  if (given === undefined) return [];
  // The facts are those of this check: they stand under its name.
  const { look } = CHECKS[name] as Check<unknown>;
  return [{ name, ...look(given, nowMs) }];
}

/** What may be said to everybody; `undefined` where all is well. */
export function publicReason({ name, ok }: CheckResult): string | undefined {
  return ok ? undefined : CHECKS[name].reason;
}

export function stopsMail({ name, ok }: CheckResult): boolean {
  return !ok && CHECKS[name].stopsMail;
}
