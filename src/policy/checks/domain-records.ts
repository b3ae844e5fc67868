/**
 * Whether the mail of the sending domains is trusted and can be answered, as the last looks found (domain-mail.ts): SPF, DMARC,
 * the return path, replies. DKIM records have a check of their own, `domains`, which is faster.
 */
import type { Check } from './check.ts';

export interface DomainRecordsFacts {
  /** Domains that were looked at. */
  readonly looked: number;
  /** Those with something wrong, then those with warnings; each `example.com (spf, dmarc)`, some of them. */
  readonly wrong: readonly string[];
  readonly warned: readonly string[];
}

const NAMED = 3;

export const domainRecords: Check<DomainRecordsFacts> = {
  reason: 'DNS records of a domain are wrong',
  stopsMail: false,
  look({ looked, wrong, warned }) {
    const [first = warned[0]] = wrong;
    const remedy = `relayctl doctor ${first?.split(' ')[0] ?? 'DOMAIN'} says what to publish`;
    if (wrong.length > 0)
      return {
        ok: false,
        detail: `DNS records of ${some(wrong)} are missing or wrong: receivers distrust or refuse mail from there`,
        remedy,
      };
    if (warned.length > 0)
      return { ok: true, detail: `mail from ${some(warned)} could be trusted more, or be answered`, remedy };
    return { ok: true, detail: `the records of ${looked} domains are in DNS` };
  },
};

function some(names: readonly string[]): string {
  const others = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${others}`;
}
