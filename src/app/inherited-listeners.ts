/**
 * Ports by socket activation: a service for which systemd opened sockets serves those and opens no other; one without opens
 * its own. Port 25 is served only if `inbound.listen` is set, port 80 only if `acme.enabled` is: they need the other settings.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { inheritedSockets, portOfSocket, useOfSocket, type SocketUse } from '../config/inherited-sockets.ts';
import { processEnvironment } from '../config/system-input.ts';
import type { InheritedHttpListener } from '../http/http-ports.ts';
import type { Log } from '../platform/log.ts';
import type { InheritedListener } from '../smtp/server/smtp-ports.ts';

export interface InheritedListeners {
  readonly submission: readonly InheritedListener[];
  readonly inbound: readonly InheritedListener[];
  readonly http: readonly InheritedHttpListener[];
  /** Descriptors. */
  readonly acme: readonly number[];
}

/** The sockets that are open, by the service that they are for. */
export function inheritedListeners(
  config: Pick<Config, 'submission' | 'inbound' | 'http' | 'acme'>,
  log: Log,
): InheritedListeners {
  const sockets = inheritedSockets(processEnvironment(), process.pid).map(({ fd, name }) => ({
    fd,
    name,
    use: useOfSocket(name, portOf(fd), config),
  }));
  if (sockets.length > 0)
    log.info('sockets from systemd', {
      count: sockets.length,
      names: sockets.map(({ name }) => name),
      uses: sockets.map(({ use }) => use),
    });
  const of = (...uses: readonly SocketUse[]) => sockets.filter(({ use }) => uses.includes(use));
  const inbound = of('smtp').map(({ fd }) => ({ fd, implicitTls: false }));
  if (inbound.length > 0 && config.inbound.listen.length === 0)
    log.warn(
      'the socket for reports is not served: set inbound.listen and inbound.postmaster, or disable it',
    );
  const acme = of('acme').map(({ fd }) => fd);
  if (acme.length > 0 && !config.acme.enabled)
    log.warn('the socket for ACME is not served: set acme.enabled and acme.listen, or disable it');
  return {
    submission: of('submission', 'submissions').map(({ fd, use }) => ({
      fd,
      implicitTls: use === 'submissions',
    })),
    inbound,
    http: of('http', 'https').map(({ fd, use }) => ({ fd, tls: use === 'https' })),
    acme,
  };
}

function portOf(fd: number): number | undefined {
  try {
    const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/self/net/${name}`, 'utf8'));
    return portOfSocket(readlinkSync(`/proc/self/fd/${fd}`), tables);
  } catch {
    // Where /proc is hidden the name has to say it.
    return undefined;
  }
}
