/**
 * Whether mail can leave: a mail host of some large provider is greeted by, over the port of delivery. Many clouds close port
 * 25 until they are asked, and say so nowhere. One greeting is enough; a greeting that refuses this address is a warning.
 */
import { NO_DIRECT_MAIL, type OwnWayOut } from '../egress/direct-mail.ts';
import type { Check } from './check.ts';

export type GreetingOutcome =
  /** `code` and the first line of the greeting. */
  | { readonly kind: 'greeted'; readonly code: number; readonly text: string }
  /** No connection, or no greeting: `reason` in words. */
  | { readonly kind: 'silent'; readonly reason: string }
  /** Nothing to connect to: `reason` in words. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface EgressTry {
  /** The mail host, or the domain where none is known. */
  readonly host: string;
  readonly outcome: GreetingOutcome;
}

export interface EgressFacts {
  /** `delivery.port`. */
  readonly port: number;
  /** Why none was tried, in words; `undefined`: they were. */
  readonly skipped: string | undefined;
  readonly tries: readonly EgressTry[];
  /** What routes leave to this port. Default: `yes`. */
  readonly direct?: OwnWayOut['direct'] | undefined;
}

export const egress: Check<EgressFacts> = {
  reason: 'mail cannot leave',
  stopsMail: false,
  look({ port, skipped, tries, direct = 'yes' }) {
    if (direct === 'no') return { ok: true, detail: `not looked at: ${NO_DIRECT_MAIL}` };
    if (skipped !== undefined) return { ok: true, detail: `not looked at: ${skipped}` };
    const greeted = tries.flatMap(({ host, outcome }) =>
      outcome.kind === 'greeted' ? [{ host, ...outcome }] : [],
    );
    const refusing = greeted.find(({ code }) => code >= 400);
    if (refusing !== undefined)
      return {
        ok: true,
        detail: `port ${port} is open, but ${refusing.host} greets with "${refusing.text}"`,
        remedy:
          'read its words: most often this address is on a blocklist, has no PTR record or sent too much; see the other checks',
      };
    if (greeted.length > 0)
      return {
        ok: true,
        detail: `port ${port} is open: ${greeted.map(({ host }) => host).join(', ')} greeted this machine`,
      };
    const silent = tries.flatMap(({ host, outcome }) =>
      outcome.kind === 'silent' ? [`${host}: ${outcome.reason}`] : [],
    );
    if (silent.length === 0)
      return {
        ok: true,
        unknown: true,
        detail: `not known: ${tries.map(({ host, outcome }) => `${host}: ${outcome.kind === 'unknown' ? outcome.reason : ''}`).join('; ')}`,
      };
    const closed = `nothing answers on port ${port} (${silent.join('; ')})`;
    if (direct !== 'yes')
      return {
        ok: true,
        detail: `${closed}: ${direct === 'covered' ? 'mail leaves by the fallback of its route' : 'where a smart host fails, mail waits for it'}`,
        remedy: `ask whoever rents out this machine to open outgoing port ${port}, or let all mail leave by the smart host: docs/routes.md`,
      };
    return {
      ok: false,
      detail: `${closed}: mail is taken, and waits`,
      remedy: `ask whoever rents out this machine to open outgoing port ${port} (many do only when asked, some never), and look at the firewall of the machine: nft list ruleset`,
    };
  },
};
