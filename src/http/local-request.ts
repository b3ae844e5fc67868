/** Whether a request comes from this machine itself, and not from elsewhere through a proxy here: what a Host field says proves nothing. */
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../platform/network/ip-address.ts';

const FORWARDED = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'] as const;

export interface CameFrom {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

export function isFromHere({ headers, socket }: CameFrom): boolean {
  return isLoopback(socket.remoteAddress ?? '') && FORWARDED.every((name) => headers[name] === undefined);
}
