/**
 * Ports by socket activation: a service for which systemd opened sockets serves those and opens no other; one without opens
 * its own. Port 25 is served only if `inbound.listen` is set, port 80 only if `acme.enabled` is: they need the other settings.
 */
import { fstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import {
  inheritedSockets,
  portOfSocket,
  problemOfSocket,
  useOfSocket,
  type InheritedSocket,
  type SocketUse,
} from '../config/inherited-sockets.ts';
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

/** The sockets that are open, by the service that they are for. ConfigError: one of them cannot be served. */
export function inheritedListeners(
  config: Pick<Config, 'submission' | 'inbound' | 'http' | 'acme'>,
  log: Log,
): InheritedListeners {
  const given = inheritedSockets(processEnvironment(), process.pid);
  refuseWrong(given);
  const sockets = given.map(({ fd, name }) => ({ fd, name, use: useOfSocket(name, portOf(fd), config) }));
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
    submission: of('submission', 'submissions', 'certificates').map(({ fd, use }) => ({
      fd,
      implicitTls: use !== 'submission',
      asksCertificate: use === 'certificates',
    })),
    inbound,
    http: of('http', 'https').map(({ fd, use }) => ({ fd, tls: use === 'https' })),
    acme,
  };
}

function refuseWrong(sockets: readonly InheritedSocket[]): void {
  if (sockets.length === 0) return;
  const tcp = tablesOf('tcp', 'tcp6');
  const others = tablesOf('udp', 'udp6', 'unix');
  for (const socket of sockets) {
    const link = linkOf(socket.fd);
    const message = problemOfSocket(socket, { link, isSocket: isSocket(socket.fd), tcp, others });
    if (message !== undefined)
      throw new ConfigError([
        {
          file: undefined,
          line: undefined,
          variable: 'LISTEN_FDS',
          key: undefined,
          message,
          accepted: undefined,
        },
      ]);
  }
}

/** Where /proc is hidden the name has to say it. */
function portOf(fd: number): number | undefined {
  return portOfSocket(linkOf(fd) ?? '', tablesOf('tcp', 'tcp6'));
}

function isSocket(fd: number): boolean | undefined {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return undefined;
  }
}

function linkOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function tablesOf(...names: readonly string[]): readonly string[] {
  return names.map((name) => {
    try {
      return readFileSync(`/proc/self/net/${name}`, 'utf8');
    } catch {
      return '';
    }
  });
}
