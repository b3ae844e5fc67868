/**
 * Whether an address that mail leaves from is on a blocklist that receivers ask. Only an answer that the list defines counts:
 * 127.255.255.0/24 is how lists refuse a query (RFC 5782 §2.1 leaves the values to each list), and a list that does not
 * have its test entry, or has the entry that must not be there (RFC 5782 §5), says nothing.
 */
import type { SendingAddresses } from './addresses.ts';
import { withoutPublic } from './host-name.ts';
import type { Check } from './check.ts';

export type ListOutcome =
  | { readonly kind: 'clear' }
  /** `meaning` of the codes, in words. */
  | { readonly kind: 'listed'; readonly meaning: string }
  /** It could not be asked, or its answer cannot be trusted: `reason` in words. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface ListAnswer {
  /** Of the list, such as `Spamhaus ZEN`. */
  readonly list: string;
  readonly address: string;
  /** Where to look up and remove the address. */
  readonly removal: string;
  readonly outcome: ListOutcome;
}

export interface BlocklistsFacts {
  readonly sending: SendingAddresses;
  /** None of them is configured. */
  readonly off: boolean;
  readonly answers: readonly ListAnswer[];
  /** Why there is no address to ask about, in words. */
  readonly unused?: string | undefined;
}

export const blocklists: Check<BlocklistsFacts> = {
  reason: 'an address is on a blocklist',
  stopsMail: false,
  look({ sending, off, answers, unused }) {
    if (off) return { ok: true, detail: 'not looked at: no blocklist is configured' };
    if (answers.length === 0 && unused !== undefined) return { ok: true, detail: `not looked at: ${unused}` };
    if (answers.length === 0)
      return { ok: true, unknown: true, detail: `not known: ${withoutPublic(sending)}` };
    const listed = answers.flatMap(({ outcome, ...answer }) =>
      outcome.kind === 'listed' ? [{ ...answer, meaning: outcome.meaning }] : [],
    );
    if (listed.length > 0)
      return {
        ok: false,
        detail: listed
          .map(({ list, address, meaning }) => `${list} lists ${address} (${meaning})`)
          .join('; '),
        remedy: `find out what was sent (relayctl message list, relayctl health), stop it, then ask for removal: ${[...new Set(listed.map(({ removal }) => removal))].join(' ')}`,
      };
    const failed = answers.flatMap(({ list, outcome }) =>
      outcome.kind === 'failed' ? [`${list}: ${outcome.reason}`] : [],
    );
    const unheard = [...new Set(failed)].join('; ');
    if (failed.length === answers.length) return { ok: true, unknown: true, detail: `not known: ${unheard}` };
    const addresses = [...new Set(answers.map(({ address }) => address))].join(', ');
    const clear = [
      ...new Set(answers.flatMap(({ list, outcome }) => (outcome.kind === 'clear' ? [list] : []))),
    ];
    return {
      ok: true,
      detail: `${addresses} is not on ${clear.join(', ')}${unheard === '' ? '' : ` (not heard: ${unheard})`}`,
    };
  },
};
