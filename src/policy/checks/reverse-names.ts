/**
 * Whether each address that mail leaves from has a name that leads back to it: address -> PTR -> A or AAAA -> address.
 * Large receivers refuse mail from an address without one (RFC 1912 §2.1 asks for it).
 */
import type { SendingAddresses } from './addresses.ts';
import type { Check } from './check.ts';
import { withoutPublic } from './host-name.ts';

export interface ReverseNames {
  readonly address: string;
  readonly outcome:
    | { readonly kind: 'names'; readonly names: readonly ReverseName[] }
    | { readonly kind: 'none' }
    | { readonly kind: 'failed'; readonly reason: string };
}

export interface ReverseName {
  /** Lower case. */
  readonly name: string;
  /** `undefined`: DNS did not answer. */
  readonly leadsBack: boolean | undefined;
}

export interface ReverseNamesFacts {
  /** `hostname`, lower case. */
  readonly hostname: string;
  readonly sending: SendingAddresses;
  /** Of the public sending addresses; behind address translation of those that `hostname` leads to. */
  readonly addresses: readonly ReverseNames[];
  /** Why no mail leaves from them, in words; `undefined`: it does. */
  readonly unused?: string | undefined;
}

export const reverseNames: Check<ReverseNamesFacts> = {
  reason: 'an address has no name that leads back to it',
  stopsMail: false,
  look({ hostname, sending, addresses, unused }) {
    if (unused !== undefined) return { ok: true, detail: `not looked at: ${unused}` };
    if (addresses.length === 0)
      return { ok: true, unknown: true, detail: `not known: ${withoutPublic(sending)}` };
    const problems = addresses.flatMap((one) => problemOf(one, hostname));
    if (problems.length > 0)
      return {
        ok: false,
        detail: `${problems.map(({ detail }) => detail).join('; ')}: large receivers refuse mail from there`,
        remedy: problems.map(({ remedy }) => remedy).join('; '),
      };
    const failed = addresses.flatMap(({ outcome }) => (outcome.kind === 'failed' ? [outcome.reason] : []));
    if (failed.length > 0) return { ok: true, unknown: true, detail: `not known: ${failed.join('; ')}` };
    const pairs = addresses
      .map(({ address, outcome }) => `${address} is ${nameOf(outcome, hostname)}`)
      .join(', ');
    const others = addresses.filter(({ outcome }) => nameOf(outcome, hostname) !== hostname);
    if (others.length === 0) return { ok: true, detail: `${pairs}, there and back` };
    return {
      ok: true,
      detail: `${pairs}, there and back, which is not the name in EHLO, ${hostname}`,
      remedy: `better one name: set the PTR record of ${others.map(({ address }) => address).join(', ')} to ${hostname}, or hostname to that name`,
    };
  },
};

function problemOf(
  { address, outcome }: ReverseNames,
  hostname: string,
): readonly { readonly detail: string; readonly remedy: string }[] {
  const remedy = `set the PTR record of ${address} to ${hostname}, where the address is rented (not in the zone of your domain)`;
  if (outcome.kind === 'none') return [{ detail: `${address} has no PTR record`, remedy }];
  if (outcome.kind === 'failed' || outcome.names.some(({ leadsBack }) => leadsBack !== false)) return [];
  const names = outcome.names.map(({ name }) => name).join(', ');
  return [{ detail: `the PTR record of ${address} says ${names}, which does not lead back to it`, remedy }];
}

/** The one to name: the relay's own where it is among them. */
function nameOf(outcome: ReverseNames['outcome'], hostname: string): string {
  if (outcome.kind !== 'names') return 'without a name';
  const back = outcome.names.filter(({ leadsBack }) => leadsBack !== false).map(({ name }) => name);
  return back.find((name) => name === hostname) ?? back[0] ?? 'without a name';
}
