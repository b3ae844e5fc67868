/** Connection errors in the words of a trace, where they appear next to servers' replies. */
import { errorWords } from '../../platform/tls-error.ts';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the remote reset the connection',
  EPIPE: 'the remote closed the connection',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
  EADDRNOTAVAIL: 'no local address to connect from',
  EADDRINUSE: 'no local port is free',
};

/** For an `error` of a socket, plain or TLS. */
export function describeSocketError(error: Error & { code?: string; reason?: string }): string {
  const known = error.code === undefined ? undefined : WORDS[error.code];
  if (known !== undefined) return known;
  return errorWords(error);
}
