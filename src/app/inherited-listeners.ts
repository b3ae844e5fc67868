/** Submission by socket activation: what systemd opened is served, and nothing else is opened beside it. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { inheritedSockets, portOfSocket, speaksTlsAtOnce } from '../config/inherited-sockets.ts';
import { processEnvironment } from '../config/system-input.ts';
import type { InheritedListener } from '../smtp/server/smtp-ports.ts';
import type { Log } from '../platform/log.ts';

/** The open sockets; empty: relayd opens its own. */
export function inheritedListeners(
  { listenTls }: Pick<Config['submission'], 'listenTls'>,
  log: Log,
): readonly InheritedListener[] {
  const sockets = inheritedSockets(processEnvironment(), process.pid);
  if (sockets.length === 0) return [];
  log.info('sockets from systemd', { count: sockets.length, names: sockets.map(({ name }) => name) });
  return sockets.map(({ fd, name }) => ({
    fd,
    implicitTls: speaksTlsAtOnce(name, portOf(fd), listenTls),
  }));
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
