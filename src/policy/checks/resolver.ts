/**
 * Whether the resolver is one for a mail server: it validates DNSSEC (RFC 4035 §3.2.3), and blocklists answer it. Both are
 * warnings: mail goes out all the same.
 */
import type { Check } from './check.ts';

export interface ResolverFacts {
  /** `dns.servers`, or `the DNS servers of the system`. */
  readonly servers: string;
  /** The root zone's answer came with the AD bit; `undefined`: there was no answer. */
  readonly validates: boolean | undefined;
  /** The blocklist that refuses queries of this resolver, and its reason in words; `undefined`: none does. */
  readonly refusedBy: { readonly name: string; readonly reason: string } | undefined;
}

export const resolver: Check<ResolverFacts> = {
  reason: 'the resolver is not one for mail',
  stopsMail: false,
  look({ servers, validates, refusedBy }) {
    const remedy =
      'run a resolver of your own on this machine (unbound: apt install unbound), and set dns.servers to ["127.0.0.1:53"]';
    if (refusedBy !== undefined)
      return {
        ok: true,
        detail: `${refusedBy.name} does not answer ${servers} (${refusedBy.reason}): listings cannot be seen from here`,
        remedy,
      };
    if (validates === undefined)
      return { ok: true, unknown: true, detail: `not known: ${servers} gave no answer about the root zone` };
    return validates
      ? { ok: true, detail: `${servers} validate DNSSEC` }
      : { ok: true, detail: `${servers} do not validate DNSSEC: forged answers are not noticed`, remedy };
  },
};
