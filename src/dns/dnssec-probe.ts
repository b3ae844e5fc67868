/**
 * Asks a resolver whether it validates DNSSEC: the root zone is signed, so a validating resolver marks its answer with the AD
 * bit (RFC 4035 §3.2.3; RFC 6840 §5.7 for the AD bit in the query). node:dns does not show that bit, hence one packet by hand.
 */
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { isIPv6 } from 'node:net';
import { parseHostPort, type HostPort } from '../platform/network/host-port.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';

const WAIT_MS = 3_000;
const DNS_PORT = 53;
const RESPONSE = 0x80;
const AUTHENTIC_DATA = 0x20;

export interface DnssecProbeOptions {
  /** `dns.servers`; empty: the system's. */
  readonly servers: readonly HostPort[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Of the first server that answers; `undefined`: none does. Never rejects. */
export async function validatesDnssec({
  servers,
  clock,
  random,
}: DnssecProbeOptions): Promise<boolean | undefined> {
  const asked = servers.length > 0 ? servers : systemServers();
  for (const server of asked) {
    const bit = await askForBit(server, random.bytes(2), clock);
    if (bit !== undefined) return bit;
  }
  return undefined;
}

function systemServers(): readonly HostPort[] {
  // An IPv6 address on the usual port comes without brackets.
  return getServers().flatMap((written) =>
    isIPv6(written) ? { host: written, port: DNS_PORT } : (parseHostPort(written, DNS_PORT) ?? []),
  );
}

function askForBit({ host, port }: HostPort, id: Uint8Array, clock: Clock): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    let ended = false;
    const end = (bit: boolean | undefined) => {
      if (ended) return;
      ended = true;
      timer.cancel();
      socket.close();
      resolve(bit);
    };
    const timer = clock.after(WAIT_MS, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('message', (bytes) => {
      const [high, low, flags = 0, more = 0] = bytes;
      if (high === id[0] && low === id[1] && (flags & RESPONSE) !== 0) end((more & AUTHENTIC_DATA) !== 0);
    });
    // Connected, so that only that server's packets arrive. Without a route there the callback is given the error.
    socket.connect(port, host, (error?: Error | null) => {
      if (error) end(undefined);
      else socket.send(rootQuery(id));
    });
  });
}

/** SOA of the root with RD and AD, and EDNS with DO. RFC 1035 §4.1, RFC 6891 §6.1. */
function rootQuery(id: Uint8Array): Uint8Array {
  const header = [...id, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1];
  const question = [0, 0, 6, 0, 1];
  const opt = [0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0];
  return Uint8Array.from([...header, ...question, ...opt]);
}
