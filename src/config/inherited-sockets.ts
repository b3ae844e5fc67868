/**
 * Sockets that systemd opened and passed on (sd_listen_fds(3)), so that ports below 1024 need no privilege. The
 * name of a socket (`FileDescriptorName=`) says how it is used: `submissions` is TLS from the first octet, anything
 * else is a STARTTLS submission port.
 */
import type { Environment } from './read-environment.ts';

export interface InheritedSocket {
  readonly fd: number;
  readonly implicitTls: boolean;
}

const FIRST_FD = 3;

/** Empty when there are none, or when they are meant for another process. */
export function inheritedSockets(env: Environment, pid: number): readonly InheritedSocket[] {
  const count = Number(env.LISTEN_FDS ?? 0);
  if (env.LISTEN_PID !== String(pid) || !Number.isInteger(count) || count <= 0) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: count }, (_, index) => ({
    fd: FIRST_FD + index,
    implicitTls: names[index] === 'submissions',
  }));
}
