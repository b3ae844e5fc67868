/** Submission by socket activation: what systemd opened is served, and nothing else is opened beside it. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { inheritedSockets, portOfSocket, speaksTlsAtOnce } from '../config/inherited-sockets.ts';
import { processEnvironment } from '../config/system-input.ts';
import type { InheritedListener } from '../smtp/server/smtp-ports.ts';
import type { Log } from '../platform/log.ts';

/** The configuration of submission with the ports that are to be opened, and the sockets that are open. */
export function submissionSockets(
  config: Config['submission'],
  log: Log,
): { readonly config: Config['submission']; readonly inheritedListeners: readonly InheritedListener[] } {
  const sockets = inheritedSockets(processEnvironment(), process.pid);
  if (sockets.length === 0) return { config, inheritedListeners: [] };
  log.info('sockets from systemd', { count: sockets.length, names: sockets.map(({ name }) => name) });
  const inheritedListeners = sockets.map(({ fd, name }) => ({
    fd,
    implicitTls: speaksTlsAtOnce(name, portOf(fd), config.listenTls),
  }));
  // On top of it and not a copy: the maxima may change while relayd runs.
  const none = { value: [] };
  const others = Object.create(config, { listen: none, listenTls: none }) as Config['submission'];
  return { config: others, inheritedListeners };
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
