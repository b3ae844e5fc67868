/** Looks up one sending domain as receivers see it (policy/checks/domain-mail.ts judges). It changes nothing. */
import { checkRecords, recordsOf, type CheckedRecord, type RecordConfig } from '../admin/domain-records.ts';
import { lookupMx, type LookupContext } from '../dns/mx-lookup.ts';
import type { DomainMailFacts, SpfFinding } from '../policy/checks/domain-mail.ts';
import { returnPathHost } from '../smtp/return-path-host.ts';
import type { DkimKey } from '../store/directory-records.ts';

export interface DomainLookOptions extends LookupContext {
  readonly config: RecordConfig;
  /** The public sending addresses, as far as known; none: SPF is judged by the record alone. */
  readonly addresses: readonly string[];
  /**
   * True: SPF is evaluated in any case. False: only where the record does not name this relay, for the evaluator takes some
   * 30 MB of memory once it is loaded, and relayd runs for long.
   */
  readonly evaluatesAll: boolean;
}

const MOST_ADDRESSES = 2;

export interface LookedAtDomain extends DomainMailFacts {
  readonly records: readonly CheckedRecord[];
}

export async function lookAtDomain(
  domain: string,
  keys: readonly DkimKey[],
  options: DomainLookOptions,
): Promise<LookedAtDomain> {
  const wanted = recordsOf(domain, keys, options.config);
  const [records, mx] = await Promise.all([
    checkRecords(wanted, options.resolver),
    lookupMx(domain, options),
  ]);
  const replies = {
    hosts: 'taken',
    'null-mx': 'null-mx',
    'no-such-domain': 'no-host',
    failed: 'unknown',
  } as const;
  return { domain, records, spf: await spfOf(domain, records, options), replies: replies[mx.kind] };
}

/**
 * Where bounces come back to this relay the reverse-path is on the return-path host, and the domain's own record does not
 * matter; else it is in the domain itself. RFC 7208 §2.4.
 */
async function spfOf(
  domain: string,
  records: readonly CheckedRecord[],
  { config, addresses, evaluatesAll, resolver }: DomainLookOptions,
): Promise<readonly SpfFinding[]> {
  const returns = records.filter(
    ({ purpose }) => purpose === 'return-path-mx' || purpose === 'return-path-spf',
  );
  const own = returns.length === 0 || returns.some(({ status }) => status !== 'ok');
  const at = own ? domain : returnPathHost(domain);
  const record = records.find(({ purpose }) => purpose === (own ? 'spf' : 'return-path-spf'));
  if (addresses.length === 0 || (!evaluatesAll && record?.status !== 'different')) return [];
  const { hostname } = config;
  // The evaluator is loaded when it is first needed: relayd starts without it.
  const { checkSpf } = await import('../dns/spf.ts');
  return await Promise.all(
    addresses.slice(0, MOST_ADDRESSES).map(async (address) => {
      const facts = { address, helo: hostname, reversePath: `postmaster@${at}`, hostname };
      return { domain: at, address, verdict: await checkSpf(facts, resolver) };
    }),
  );
}
