/** Looks up one sending domain as receivers see it (policy/checks/domain-mail.ts judges). It changes nothing. */
import { checkRecords, recordsOf, type CheckedRecord, type RecordConfig } from '../admin/domain-records.ts';
import type { Authority } from '../dns/authoritative.ts';
import { lookupMx, type LookupContext } from '../dns/mx-lookup.ts';
import type { DomainMailFacts, SpfFinding } from '../policy/checks/domain-mail.ts';
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
  /** Asks the zones' own servers; made for each domain. */
  readonly openAuthority?: (() => Authority) | undefined;
}

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
    checkRecords(wanted, options.resolver, {
      ...{ ...options, explains: true },
      authority: options.openAuthority?.(),
    }),
    lookupMx(domain, options),
  ]);
  const replies = {
    hosts: 'taken',
    'null-mx': 'null-mx',
    'no-such-domain': 'no-host',
    failed: 'unknown',
  } as const;
  return { domain, records, spf: spfOf(records), replies: replies[mx.kind] };
}

/**
 * Where bounces come back to this relay the reverse-path is on the return-path host, and the domain's own record does not
 * matter; else it is in the domain itself. RFC 7208 §2.4.
 */
function spfOf(records: readonly CheckedRecord[]): readonly SpfFinding[] {
  const returns = records.filter(
    ({ purpose }) => purpose === 'return-path-mx' || purpose === 'return-path-spf',
  );
  const own = returns.length === 0 || returns.some(({ status }) => status !== 'ok');
  return records.find(({ purpose }) => purpose === (own ? 'spf' : 'return-path-spf'))?.spf ?? [];
}
