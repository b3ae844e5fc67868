/** `host:port` as written by people. RFC 3986 §3.2.2 (an IPv6 address is in brackets). */
import { isIPv6 } from 'node:net';

/** Of a listener or a server; an IPv6 host has no brackets here. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;

/** `host` is an address or a name, not validated. `undefined`: not host:port. */
export function parseHostPort(written: string, defaultPort: number | undefined): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(written.trim());
  if (match === null) return undefined;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port === undefined || port > MAX_PORT) return undefined;
  const [, bracketed, plain = ''] = match;
  if (bracketed === undefined) return { host: plain, port };
  return isIPv6(bracketed) ? { host: bracketed.toLowerCase(), port } : undefined;
}

/** `192.0.2.1:587`, `[::]:587`: the inverse of {@link parseHostPort}. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where a listener is reached from this machine: a wildcard address is listened on, not connected to. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
