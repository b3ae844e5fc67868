/**
 * Whether the name in EHLO is one that receivers can look up, and leads to where the mail comes from. RFC 5321 §4.1.4, and
 * what large receivers ask for.
 */
import type { NameOutcome, SendingAddresses } from './addresses.ts';
import type { Check } from './check.ts';

export interface HostNameFacts {
  /** `hostname`, lower case. */
  readonly hostname: string;
  readonly forward: NameOutcome;
  /** Of those that it leads to: what nobody outside can reach. */
  readonly unreachable: readonly string[];
  readonly sending: SendingAddresses;
  /** Why no mail leaves from them, in words; `undefined`: it does. */
  readonly unused?: string | undefined;
}

const MOST_SHOWN = 8;
const LOCAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|lan|home|internal|intranet|corp|home\.arpa)$/;

export const hostName: Check<HostNameFacts> = {
  reason: 'the host name does not lead here',
  stopsMail: false,
  look({ hostname, forward, unreachable, sending, unused }) {
    if (!hostname.includes('.') || LOCAL_NAME.test(hostname))
      return {
        ok: false,
        detail: `${hostname}, the name in EHLO, is no name of the public DNS: many receivers refuse it`,
        remedy: `set hostname to a full name that leads to this machine, such as mail.yourdomain.tld`,
      };
    if (forward.kind === 'failed') return { ok: true, unknown: true, detail: `not known: ${forward.reason}` };
    const [here] = sending.public;
    if (forward.kind === 'none')
      return {
        ok: false,
        detail: `${hostname}, the name in EHLO, has no address in DNS: many receivers refuse it`,
        remedy: `publish ${recordWords(hostname, here)}`,
      };
    const leadsTo = `${hostname} leads to ${addressWords(forward.addresses)}`;
    if (unused !== undefined) return { ok: true, detail: `${leadsTo}; ${unused}` };
    if (unreachable.length === forward.addresses.length)
      return {
        ok: false,
        detail: `${leadsTo}, which nobody outside can reach`,
        remedy: `publish ${recordWords(hostname, here)}`,
      };
    if (here === undefined) return { ok: true, detail: `${leadsTo}; ${withoutPublic(sending)}` };
    const missing = sending.public.filter((address) => !forward.addresses.includes(address));
    if (missing.length === 0) return { ok: true, detail: leadsTo };
    return {
      ok: false,
      detail: `${leadsTo}, but mail leaves from ${missing.join(' and ')}`,
      remedy: `publish ${missing.map((address) => recordWords(hostname, address)).join(' and ')}`,
    };
  },
};

/** A zone may hold hundreds; the words go into logs, events and notices. */
function addressWords(addresses: readonly string[]): string {
  const shown = addresses.slice(0, MOST_SHOWN).join(', ');
  return addresses.length > MOST_SHOWN ? `${shown} and ${addresses.length - MOST_SHOWN} more` : shown;
}

/** Why the public address is not known. */
export function withoutPublic({ private: local }: SendingAddresses): string {
  return local.length === 0
    ? 'this machine has no address that leads outside'
    : `this machine is behind address translation (${local.join(', ')}), so its public address is not known here`;
}

function recordWords(name: string, address: string | undefined): string {
  if (address === undefined) return `an A record of ${name} with the public address of this machine`;
  return `${address.includes(':') ? 'AAAA' : 'A'} ${address} for ${name}`;
}
