/** Whether a DNS server answers. What it answers does not matter: that a name does not exist is an answer. */
import type { Check } from './check.ts';

export interface DnsFacts {
  /** `dns.servers`, or `the servers of the system`. */
  readonly servers: string;
  readonly outcome:
    | { readonly kind: 'answers' }
    | { readonly kind: 'failed'; readonly reason: string }
    | { readonly kind: 'waits' };
}

export const dns: Check<DnsFacts> = {
  reason: 'DNS does not answer',
  stopsMail: false,
  look({ servers, outcome }) {
    if (outcome.kind === 'answers') return { ok: true, detail: `${servers} answer` };
    const reason = outcome.kind === 'failed' ? outcome.reason : 'no answer in time';
    return {
      ok: false,
      detail: `${servers} do not answer (${reason}): mail is taken, and waits`,
      remedy: 'look at dns.servers or /etc/resolv.conf, and whether port 53 is let through',
    };
  },
};
