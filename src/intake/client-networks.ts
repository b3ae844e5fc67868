/** Client addresses against lists of networks in CIDR notation, as credentials carry them. RFC 4632, RFC 4291 §2.3. */
import { BlockList, isIP } from 'node:net';
import { BoundedTable } from '../policy/bounded-table.ts';

interface Network {
  readonly contains: (address: string) => boolean;
  readonly prefixLength: number;
}

const parsed = new BoundedTable<Network>(10_000);
const NOWHERE: Network = { contains: () => false, prefixLength: -1 };

/** The longest prefix length among the `networks` that contain `address`; -1 when none does. An entry that is no network contains nothing. */
export function matchingPrefix(address: string, networks: readonly string[]): number {
  let longest = -1;
  for (const text of networks) {
    const network = networkOf(text);
    if (network.prefixLength > longest && network.contains(address)) longest = network.prefixLength;
  }
  return longest;
}

function networkOf(text: string): Network {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const network = parse(text) ?? NOWHERE;
  parsed.set(text, network);
  return network;
}

function parse(text: string): Network | undefined {
  const [base = '', length] = text.split('/');
  const version = isIP(base);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefixLength = length === undefined ? bits : Number(length);
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > bits) return undefined;
  const list = new BlockList();
  const family = version === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(base, prefixLength, family);
  return {
    prefixLength,
    contains: (address) => isIP(address) === version && list.check(address, family),
  };
}
