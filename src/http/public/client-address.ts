/**
 * The client of a request: its peer, or behind proxies that are trusted the last address in X-Forwarded-For that is none of
 * theirs. Pure.
 */
import { matchingPrefix } from '../../platform/network/cidr.ts';
import { readClientAddress } from '../../platform/network/client-network.ts';

/** More hops than anybody has. */
const MOST_HOPS = 20;

export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: readonly string[],
): string {
  let client = readClientAddress(peer ?? '') ?? '';
  const hops = (forwardedFor ?? '').split(',').slice(-MOST_HOPS);
  while (hops.length > 0 && matchingPrefix(client, trustedProxies) >= 0) {
    const before = readClientAddress((hops.pop() ?? '').trim());
    if (before === undefined) return client;
    client = before;
  }
  return client;
}
