/** Idle time as a test wants it: the sockets of a listener are idle when the test says so, not after a time. */
import net from 'node:net';
import { onTestFinished } from 'vitest';

export interface IdleSockets {
  /** For the listener: so long that no machine of a test takes it. */
  readonly idleTimeoutMs: number;
  /** All sockets of the listener have been idle for that long, as Node.js would say. */
  pass(): void;
}

/** Call in a test, before the listener has connections. */
export function idleSockets(): IdleSockets {
  const idleTimeoutMs = 3_599_000;
  const sockets = new Set<net.Socket>();
  const prototype = net.Socket.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on each socket
  const setTimeout = prototype.setTimeout;
  prototype.setTimeout = function (this: net.Socket, ...args) {
    if (args[0] === idleTimeoutMs) sockets.add(this);
    return setTimeout.apply(this, args);
  };
  onTestFinished(() => {
    prototype.setTimeout = setTimeout;
  });
  return {
    idleTimeoutMs,
    pass: () => {
      for (const socket of sockets) if (!socket.destroyed) socket.emit('timeout');
    },
  };
}
