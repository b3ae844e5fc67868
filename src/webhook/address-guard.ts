/**
 * Restricts the addresses that a webhook may connect to. Whoever creates a webhook, or controls DNS for its host,
 * could otherwise reach the relay's own network. Names are resolved here at each new connection, and the socket
 * connects to the checked addresses only: there is no second look-up that DNS rebinding could exploit. Names are
 * resolved by DNS alone; `localhost` is recognised without it (RFC 6761 §6.3).
 */
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { addressRange, isPublicAddress } from '../dns/address-ranges.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import { isLocalhost } from './webhook-url.ts';

/** `address-refused`: the host resolves to an address that is not public. `dns-failed` is temporary. */
export type AddressErrorCode = 'address-refused' | 'name-not-found' | 'dns-failed';

export class AddressError extends Error {
  readonly code: AddressErrorCode;
  constructor(code: AddressErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface AddressGuardOptions {
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  /** Read at each look-up. */
  readonly allowPrivateAddresses: boolean;
}

const LOCALHOST = ['127.0.0.1', '::1'];

/** Addresses to connect to, IPv4 first. Rejects with AddressError. */
export async function allowedAddresses(
  host: string,
  { resolver, allowPrivateAddresses }: AddressGuardOptions,
): Promise<readonly string[]> {
  const addresses = await addressesOf(host, resolver);
  const allowed = addresses.filter((address) => allowPrivateAddresses || isPublicAddress(address));
  if (allowed.length > 0) return allowed;
  const [first = ''] = addresses;
  throw new AddressError(
    'address-refused',
    `${host === first ? host : `${host} leads to ${first}, which`} is not a public address (${addressRange(first)}); ` +
      'webhooks.allow_private_addresses allows it',
  );
}

/** The `lookup` of node:net for webhook sockets. Node.js does not call it for literal addresses. */
export function guardedLookup(options: AddressGuardOptions): LookupFunction {
  return (host, { all }, callback) => {
    allowedAddresses(host, options).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (all === true) callback(null, found);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };
}

async function addressesOf(
  host: string,
  resolver: AddressGuardOptions['resolver'],
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  if (isLocalhost(host)) return LOCALHOST;
  const answers = await Promise.all([resolver.a(host), resolver.aaaa(host)]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  if (addresses.length > 0) return addresses;
  const failed = answers.find(
    (answer): answer is DnsAnswer<string> & { kind: 'failed' } => answer.kind === 'failed',
  );
  if (failed !== undefined)
    throw new AddressError('dns-failed', `${host} could not be resolved: ${failed.reason}`);
  throw new AddressError('name-not-found', `${host} has no address in DNS`);
}
