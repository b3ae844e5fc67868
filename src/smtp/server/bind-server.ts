/** Opens the port of a server, or takes over a socket that is open already. */
import type { Server } from 'node:net';
import type { Log } from '../../platform/log.ts';
import { formatHostPort, type HostPort } from '../../platform/network/host-port.ts';
import { BindError } from './bind-error.ts';

/** `fd`: of a listening socket, from systemd. */
export type Place = HostPort | { readonly fd: number };

const IPV6_MISSING = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/**
 * What becomes of a failure to listen at `at`: logged, for `[::]` on a machine without IPv6, else thrown as BindError.
 * `keys`: the configuration keys of the port.
 */
export function refuseUnlessIpv6Missing(
  at: HostPort,
  cause: NodeJS.ErrnoException,
  { keys, log }: { readonly keys: string; readonly log: Log },
): void {
  if (at.host !== '::' || !IPV6_MISSING.has(cause.code ?? '')) throw new BindError(at, keys, cause);
  log.warn('not listening on IPv6: this machine has none', { at: formatHostPort(at), code: cause.code });
}

/** Resolves to false for `[::]` on a machine without IPv6. Rejects with BindError, or the system's error for a `fd`. */
export async function bindServer(
  at: Place,
  server: Server,
  options: { readonly backlog: number; readonly keys: string; readonly log: Log },
): Promise<boolean> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // A wildcard IPv6 socket would take the IPv4 port as well, and the IPv4 listener would fail.
      const where = 'fd' in at ? at : { host: at.host, port: at.port, ipv6Only: at.host.includes(':') };
      server.listen({ ...where, backlog: options.backlog }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return true;
  } catch (error) {
    if ('fd' in at) throw error;
    refuseUnlessIpv6Missing(at, error as NodeJS.ErrnoException, options);
    return false;
  }
}
