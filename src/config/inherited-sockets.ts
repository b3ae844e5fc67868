/**
 * Sockets opened by systemd (sd_listen_fds(3)), so that ports below 1024 need no privilege. The name of a socket
 * (`FileDescriptorName=`) gives its use: `submission` is STARTTLS, `submissions` implicit TLS, `certificates` the same with client
 * certificates, `smtp` the port for reports, `http` and `https` the API, `acme` the challenges of certificates. With any other name the configuration of its
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
/** No unit has so many; a larger count is a wrong one, which is found out at the first that is missing. */
const MOST_SOCKETS = 1_024;

/** Empty when there are none, or when they are meant for another process. */
export function inheritedSockets(env: Environment, pid: number): readonly InheritedSocket[] {
  const count = Number(env.LISTEN_FDS ?? 0);
  if (env.LISTEN_PID !== String(pid) || !Number.isInteger(count) || count <= 0) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: Math.min(count, MOST_SOCKETS) }, (_, index) => ({
    fd: FIRST_FD + index,
    name: names[index] ?? '',
  }));
}

export const SOCKET_USES = [
  'submission',
  'submissions',
  'certificates',
  'smtp',
  'http',
  'https',
  'acme',
] as const;
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
    ['certificates', submission.listenCertificates],
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

/** What the system says of a descriptor. */
export interface SocketFacts {
  /** Of `/proc/self/fd/N`; `undefined`: the descriptor is not open, or /proc is hidden. */
  readonly link: string | undefined;
  /** `undefined`: it is not open. */
  readonly isSocket: boolean | undefined;
  /** Of `/proc/self/net`: of TCP, and of the protocols that are none of ours; empty where they are hidden. */
  readonly tcp: readonly string[];
  readonly others: readonly string[];
}

/**
 * Why a socket cannot be served; `undefined`: it can, as far as one can see. One that is in no table may be of another network
 * namespace.
 */
export function problemOfSocket({ fd, name }: InheritedSocket, facts: SocketFacts): string | undefined {
  const which = `descriptor ${fd}${name === '' ? '' : ` (${name})`}`;
  if (facts.isSocket === undefined) return `${which} is not open: fewer sockets came than it says`;
  if (!facts.isSocket) return `${which} is not a socket`;
  const inode = /^socket:\[(\d+)\]$/.exec(facts.link ?? '')?.[1];
  const rows = facts.tcp.flatMap(rowsOf).filter((columns) => columns[9] === inode);
  if (rows.some((columns) => columns[3] !== LISTENING))
    return `${which} is a connection: the .socket unit needs Accept=no`;
  // The column of the inode differs.
  if (
    rows.length === 0 &&
    inode !== undefined &&
    facts.others.flatMap(rowsOf).some((row) => row.includes(inode))
  )
    return `${which} does not listen for TCP: the .socket unit needs ListenStream= with a port`;
  return undefined;
}

/** State of a TCP socket in the tables. */
const LISTENING = '0A';

function rowsOf(table: string): readonly (readonly string[])[] {
  return table.split('\n').map((line) => line.trim().split(/\s+/));
}

/**
 * The port of a socket, from the link of `/proc/self/fd/N` (`socket:[4711]`) and the text of `/proc/self/net/tcp` and
 * `tcp6`; `undefined`: not found.
 */
export function portOfSocket(link: string, tables: readonly string[]): number | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  for (const columns of tables.flatMap(rowsOf)) {
    const port = columns[9] === inode ? columns[1]?.split(':').at(-1) : undefined;
    if (port !== undefined) return parseInt(port, 16);
  }
  return undefined;
}
