/**
 * Sockets opened by systemd (sd_listen_fds(3)), so that ports below 1024 need no privilege. The name of a socket
 * (`FileDescriptorName=`) gives its use: `submission` is STARTTLS, `submissions` implicit TLS, `smtp` the port for
 * reports, `http` and `https` the API, `acme` the challenges of certificates. With any other name the configuration of its
 * port decides; a port that is in no list is `submission`.
 */
import type { Config } from './config.ts';
import type { Environment } from './read-environment.ts';

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

export const SOCKET_USES = ['submission', 'submissions', 'smtp', 'http', 'https', 'acme'] as const;
export type SocketUse = (typeof SOCKET_USES)[number];

/** `port`: its bound port, if known. */
export function useOfSocket(
  name: string,
  port: number | undefined,
  { submission, inbound, http, acme }: Pick<Config, 'submission' | 'inbound' | 'http' | 'acme'>,
): SocketUse {
  const named = SOCKET_USES.find((use) => use === name);
  if (named !== undefined) return named;
  const lists = [
    ['submissions', submission.listenTls],
    ['smtp', inbound.listen],
    ['http', http.listen],
    ['https', http.listenTls],
    ['acme', acme.listen],
  ] as const;
  return lists.find(([, listen]) => listen.some((at) => at.port === port))?.[0] ?? 'submission';
}

/** Whether one of them may be for submission: what their ports are for is known only where they are served. */
export function mayBeSubmission(sockets: readonly InheritedSocket[]): boolean {
  return sockets.some(({ name }) => !['smtp', 'http', 'https', 'acme'].includes(name));
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
