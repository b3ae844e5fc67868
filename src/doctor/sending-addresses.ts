/**
 * The sending addresses, without any request: the system's choice of source address for a connection to the internet.
 * Connecting a UDP socket finds it and sends nothing. Behind NAT it is a private address, and the public one is not known
 * here.
 */
import { createSocket } from 'node:dgram';
import { isPublicAddress } from '../dns/address-ranges.ts';
import type { SendingAddresses } from '../policy/checks/addresses.ts';

/** Addresses for documentation (RFC 5737, RFC 3849), which are routed as any other outside address is. */
const OUTSIDE = { udp4: '192.0.2.1', udp6: '2001:db8::1' } as const;
const ANY_PORT = 25;

export type Family = keyof typeof OUTSIDE;

/** Of this machine, of one family; `undefined`: it has no way out. */
export type LocalAddress = (family: Family) => Promise<string | undefined>;

export async function sendingAddresses(
  localAddress: LocalAddress = chosenAddress,
): Promise<SendingAddresses> {
  const both = await Promise.all([localAddress('udp4'), localAddress('udp6')]);
  const local = both.filter((address) => address !== undefined);
  const open = local.filter(isPublicAddress);
  return { public: open, private: open.length > 0 ? [] : local };
}

function chosenAddress(family: Family): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family);
    const end = (address: string | undefined) => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => end(undefined));
    socket.connect(ANY_PORT, OUTSIDE[family], () => end(socket.address().address));
  });
}
