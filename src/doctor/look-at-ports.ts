/** Tries to listen on each port of the configuration, for the check `ports`, and closes it at once. */
import { createServer } from 'node:net';
import type { Config } from '../config/config.ts';
import { formatHostPort } from '../platform/network/host-port.ts';
import type { PortFacts, PortsFacts } from '../policy/checks/ports.ts';
import type { SystemdSockets } from './systemd-sockets.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

const STATES: Readonly<Record<string, PortFacts['state']>> = {
  EADDRINUSE: 'taken',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EADDRNOTAVAIL: 'no-address',
  EAFNOSUPPORT: 'no-address',
};

/**
 * `ours`: the ports of the relayd that runs on the same data folder. Port 0 is always free. `socketsOfSystemd` is asked once a
 * port is taken (systemd-sockets.ts).
 */
export async function lookAtPorts(
  { submission, inbound, http, acme }: Pick<Config, 'submission' | 'inbound' | 'http' | 'acme'>,
  ours: readonly number[],
  socketsOfSystemd: () => Promise<SystemdSockets | undefined>,
): Promise<PortsFacts> {
  const wanted: readonly Address[] = [
    ...submission.listen,
    ...submission.listenTls,
    ...submission.listenCertificates,
    ...inbound.listen,
    ...http.listen,
    ...http.listenTls,
    ...http.publicListen,
    ...http.publicListenTls,
    ...(acme.enabled ? acme.listen : []),
  ];
  const ports: PortFacts[] = [];
  // One after the other: two families of one port must not meet.
  for (const address of wanted.filter(({ port }) => port !== 0)) {
    const { port } = address;
    const state = ours.includes(port) ? 'ours' : await tryToListen(address);
    ports.push({ at: formatHostPort(address), port, state });
  }
  if (!ports.some(({ state }) => state === 'taken')) return { ports };
  const sockets = await socketsOfSystemd();
  return {
    ports: ports.map((one) => (one.state === 'taken' ? { ...one, ...whoHas(one.port, sockets) } : one)),
  };
}

function whoHas(port: number, sockets: SystemdSockets | undefined): Pick<PortFacts, 'state' | 'unit'> {
  if (sockets === undefined) return { state: 'in-use' };
  const unit = sockets.get(port);
  return unit === undefined ? { state: 'taken' } : { state: 'systemd', unit };
}

function tryToListen({ host, port }: Address): Promise<PortFacts['state']> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(STATES[error.code ?? ''] ?? 'taken'));
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => server.close(() => resolve('free')));
  });
}
