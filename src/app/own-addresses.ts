/** The concrete addresses behind the relay's listeners: a wildcard stands for every address of this machine. */
import { networkInterfaces } from 'node:os';
import type { HostPort } from '../platform/network/host-port.ts';

export function ownAddresses(listening: readonly HostPort[]): readonly HostPort[] {
  const local = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  return listening.flatMap(({ host, port }) => {
    if (host !== '0.0.0.0' && host !== '::') return [{ host, port }];
    const family = host === '::' ? 'IPv6' : 'IPv4';
    return local.filter((entry) => entry.family === family).map((entry) => ({ host: entry.address, port }));
  });
}
