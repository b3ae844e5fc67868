/**
 * Whether each `[[source]]` can be left from, and is what it says it is: its addresses are of this machine, and the PTR record
 * of each leads back to it and gives its name in EHLO. RFC 1912 §2.1, RFC 5321 §4.1.4.
 */
import type { Check } from './check.ts';
import type { NameOutcome } from './addresses.ts';
import type { ReverseNames } from './reverse-names.ts';

export interface SourceAddressFacts {
  /** The source's name. */
  readonly source: string;
  /** Its name in EHLO, lower case. */
  readonly hostname: string;
  readonly address: string;
  /** `undefined`: it is a hop's, which cannot be asked. */
  readonly isLocal: boolean | undefined;
  /** `undefined`: it is no public address, and what the outside sees is not known. */
  readonly reverse: ReverseNames['outcome'] | undefined;
  /** What its name in EHLO leads to. */
  readonly forward: NameOutcome;
}

export interface SourcesFacts {
  readonly addresses: readonly SourceAddressFacts[];
}

interface Trouble {
  readonly level: 'wrong' | 'warning' | 'unknown';
  readonly detail: string;
  readonly remedy: string;
}

export const sources: Check<SourcesFacts> = {
  reason: 'a source cannot be used as it is',
  stopsMail: false,
  look({ addresses }) {
    const troubles = addresses.map(troubleOf).filter((one) => one !== undefined);
    const worst = (['wrong', 'warning', 'unknown'] as const).find((level) =>
      troubles.some((trouble) => trouble.level === level),
    );
    if (worst === undefined)
      return {
        ok: true,
        detail: addresses
          .map(({ source, address, hostname }) => `${source}: ${address} is ${hostname}, there and back`)
          .join('; '),
      };
    const shown = troubles.filter(({ level }) => level === worst);
    const detail = shown.map((trouble) => trouble.detail).join('; ');
    if (worst === 'unknown') return { ok: true, unknown: true, detail: `not known: ${detail}` };
    return { ok: worst !== 'wrong', detail, remedy: shown.map(({ remedy }) => remedy).join('; ') };
  },
};

function troubleOf({
  source,
  hostname,
  address,
  isLocal,
  reverse,
  forward,
}: SourceAddressFacts): Trouble | undefined {
  const at = `${source}: ${address}`;
  const setPtr = `set the PTR record of ${address} to ${hostname}, where the address is rented`;
  if (isLocal === false)
    return {
      level: 'wrong',
      detail: `${at} is no address of this machine, so nothing can leave from it`,
      remedy: `give the machine the address (ip address add), or correct address of [[source]] ${source}`,
    };
  if (reverse === undefined)
    return {
      level: 'unknown',
      detail: `${at} is not a public address: what the outside sees is not known here`,
      remedy: '',
    };
  if (reverse.kind === 'failed') return { level: 'unknown', detail: `${at}: ${reverse.reason}`, remedy: '' };
  if (reverse.kind === 'none')
    return {
      level: 'wrong',
      detail: `${at} has no PTR record: large receivers refuse mail from there`,
      remedy: setPtr,
    };
  const names = reverse.names.map(({ name }) => name);
  if (reverse.names.every(({ leadsBack }) => leadsBack === false))
    return {
      level: 'wrong',
      detail: `${at}: its PTR record says ${names.join(', ')}, which does not lead back to it`,
      remedy: setPtr,
    };
  if (forward.kind === 'none' || (forward.kind === 'found' && !forward.addresses.includes(address)))
    return {
      level: 'wrong',
      detail: `${at} says ${hostname} in EHLO, which ${forward.kind === 'none' ? 'has no address in DNS' : 'leads elsewhere'}`,
      remedy: `publish ${address.includes(':') ? 'AAAA' : 'A'} ${address} for ${hostname}, or correct hostname of [[source]] ${source}`,
    };
  if (!names.includes(hostname))
    return {
      level: 'warning',
      detail: `${at} is ${names[0] ?? ''}, there and back, which is not its name in EHLO, ${hostname}`,
      remedy: `better one name: ${setPtr}, or hostname of [[source]] ${source} to that name`,
    };
  return forward.kind === 'failed'
    ? { level: 'unknown', detail: `${at}: ${forward.reason}`, remedy: '' }
    : undefined;
}
