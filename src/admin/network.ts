/**
 * Networks that a credential is bound to, as they are typed: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. Checked for
 * what would open the relay to everybody: `/0`, and blocks that hold a gateway, behind which NAT hides who it is.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export interface Network {
  /** Canonical: the address with its host bits cleared, a slash, the prefix length. */
  readonly cidr: string;
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/** Wider than this (in prefix bits), a block is more than one's own network, private ranges apart. */
const WIDEST_USUAL = { ipv4: 16, ipv6: 32 } as const;

/** Why a text is no network to bind a credential to, and what to write instead. */
export interface NetworkProblem {
  readonly problem: string;
  readonly hint: string | undefined;
}

export function readNetwork(text: string): Network | NetworkProblem {
  const match = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text.trim());
  const address = match?.[1] ?? '';
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  if (family === undefined)
    return refused('is neither an address nor a network', 'write 192.0.2.7, 10.1.0.0/16 or 2001:db8::/64');
  if (/^::ffff:/i.test(address))
    return refused('is an IPv4 address in IPv6 form', 'write it as IPv4: 192.0.2.7');
  const bits = family === 'ipv4' ? 32 : 128;
  const prefix = match?.[2] === undefined ? bits : Number(match[2]);
  if (prefix > bits) return refused(`: a prefix has at most ${bits} bits`);
  if (prefix === 0)
    return refused(
      'is the whole internet: everybody could send through this relay',
      'name the addresses of your own devices, such as 10.1.0.0/16',
    );
  const start = networkStart(address, family, prefix);
  const exact = networkStart(address, family, bits);
  if (start !== exact)
    return refused(
      'names one address and a whole network',
      `write ${exact} for the address, or ${start}/${prefix} for the network`,
    );
  return { cidr: `${start}/${prefix}`, address: start, family, prefix };
}

function refused(problem: string, hint?: string): NetworkProblem {
  return { problem, hint };
}

/** What is dangerous about `network`, a sentence each. `gateways`: addresses in this machine's routing table. */
export function networkDangers(network: Network, gateways: readonly string[]): readonly string[] {
  const dangers: string[] = [];
  const list = new BlockList();
  list.addSubnet(network.address, network.prefix, network.family);
  const held = gateways.filter((gateway) => list.check(gateway, isIPv4(gateway) ? 'ipv4' : 'ipv6'));
  const single = network.prefix === (network.family === 'ipv4' ? 32 : 128);
  for (const gateway of held) {
    dangers.push(
      `${network.cidr} holds ${gateway}, a gateway of this machine: if it translates addresses (NAT, a container bridge), ` +
        'everybody behind it can send without a login and this is an open relay',
    );
  }
  if (held.length === 0 && single && isPrivate(network) && /\.1$/.test(network.address)) {
    dangers.push(
      `${network.address} looks like a gateway: if it translates addresses (NAT, a container bridge), everybody behind it can send without a login`,
    );
  }
  if (network.prefix < WIDEST_USUAL[network.family] && !isPrivate(network))
    dangers.push(`${network.cidr} is wider than one organisation's network usually is`);
  return dangers;
}

const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

function isPrivate({ address, family }: Network): boolean {
  return PRIVATE.check(address, family);
}

/** The canonical text of `address` with everything after `prefix` bits cleared. */
function networkStart(address: string, family: Network['family'], prefix: number): string {
  const groups = family === 'ipv4' ? address.split('.').map(Number) : ipv6Groups(address);
  const size = family === 'ipv4' ? 8 : 16;
  const cleared = groups.map((group, index) => {
    const kept = Math.min(Math.max(prefix - index * size, 0), size);
    return group & ~(2 ** (size - kept) - 1);
  });
  if (family === 'ipv4') return cleared.join('.');
  const written = cleared.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${written}]/`).hostname.slice(1, -1);
}

/** The eight groups; the URL parser writes every form of an IPv6 address in one way. */
function ipv6Groups(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const first = parse(head);
  const last = tail === undefined ? [] : parse(tail);
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}
