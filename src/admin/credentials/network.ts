/**
 * Networks that a credential is bound to, as they are typed: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. Checked for
 * what would open the relay to everybody: `/0`, and blocks that hold a gateway, behind which NAT hides who it is.
 */
import { containsNetwork, holderOf, networkStart, parseNetwork } from '../../platform/network/cidr.ts';
import { ADDRESS_BITS, familyOf, type AddressFamily } from '../../platform/network/ip-address.ts';

export interface Network {
  /** Canonical: the address with its host bits cleared, a slash, the prefix length. */
  readonly cidr: string;
  readonly address: string;
  readonly family: AddressFamily;
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
  const [address = '', length] = text.trim().split('/');
  const family = familyOf(address);
  if (family === undefined || address.includes('%') || (length !== undefined && !/^\d{1,3}$/.test(length)))
    return refused('is neither an address nor a network', 'write 192.0.2.7, 10.1.0.0/16 or 2001:db8::/64');
  if (/^::ffff:/i.test(address))
    return refused('is an IPv4 address in IPv6 form', 'write it as IPv4: 192.0.2.7');
  const bits = ADDRESS_BITS[family];
  const network = parseNetwork(text.trim());
  if (network === undefined) return refused(`: a prefix has at most ${bits} bits`);
  const { prefix } = network;
  if (prefix === 0)
    return refused(
      'is the whole internet: everybody could send through this relay',
      'name the addresses of your own devices, such as 10.1.0.0/16',
    );
  const start = networkStart(network);
  const exact = networkStart({ address, family, prefix: bits });
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
  const held = gateways.filter(holderOf(network));
  const single = network.prefix === ADDRESS_BITS[network.family];
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

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', 'fc00::/7'];

function isPrivate({ cidr }: Network): boolean {
  return PRIVATE.some((block) => containsNetwork(block, cidr));
}
