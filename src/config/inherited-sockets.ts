/**
 * Sockets opened by systemd (sd_listen_fds(3)), so that ports below 1024 need no privilege. The name of a socket
 * (`FileDescriptorName=`) gives its use: `submissions` is implicit TLS, `submission` STARTTLS. With any other name
 * the configuration of its port decides: implicit TLS if `submission.listen_tls` has the port.
 */
import type { Environment } from './read-environment.ts';
import type { HostPort } from '../platform/network/host-port.ts';

export interface InheritedSocket {
  readonly fd: number;
  /** Empty without a name. */
  readonly name: string;
}

const FIRST_FD = 3;

/** Empty when there are none, or when they are meant for another process. */
export function inheritedSockets(env: Environment, pid: number): readonly InheritedSocket[] {
  const count = Number(env.LISTEN_FDS ?? 0);
  if (env.LISTEN_PID !== String(pid) || !Number.isInteger(count) || count <= 0) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: count }, (_, index) => ({ fd: FIRST_FD + index, name: names[index] ?? '' }));
}

/** `port`: its bound port, if known. */
export function speaksTlsAtOnce(
  name: string,
  port: number | undefined,
  listenTls: readonly HostPort[],
): boolean {
  if (name === 'submissions') return true;
  return name !== 'submission' && listenTls.some((at) => at.port === port);
}

/**
 * The port of a socket, from the link of `/proc/self/fd/N` (`socket:[4711]`) and the text of `/proc/self/net/tcp` and
 * `tcp6`; `undefined`: not found.
 */
export function portOfSocket(link: string, tables: readonly string[]): number | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  for (const line of tables.flatMap((table) => table.split('\n'))) {
    const columns = line.trim().split(/\s+/);
    const port = columns[9] === inode ? columns[1]?.split(':').at(-1) : undefined;
    if (port !== undefined) return parseInt(port, 16);
  }
  return undefined;
}
