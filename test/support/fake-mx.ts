/**
 * A recipient's MX on 127.0.0.1 that records what it took and misbehaves on demand: per recipient by the local part
 * (fake-mx-directive.ts), per server by options, per command by a hook. Own code on net and tls, so that it can do
 * what no decent server library would, and fast enough to be the sink of a load test.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { systemClock } from '../../src/platform/clock.ts';
import { FakeMxConnection } from './fake-mx-connection.ts';
import type { FakeMxOptions, FakeMxState, ReceivedMessage } from './fake-mx-options.ts';

export interface FakeMx extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly messages: readonly ReceivedMessage[];
  readonly messageCount: number;
  /** Command lines in the order they came, over all connections; `.` for the end of data. At most 10,000. */
  readonly commands: readonly string[];
  readonly connectionCount: number;
  readonly openConnections: number;
  readonly maxConcurrentConnections: number;
  /** How often an acknowledged message had this recipient. */
  deliveriesTo(address: string): number;
  /** Changes how it behaves from the next command on. */
  change(options: Omit<FakeMxOptions, 'host' | 'port' | 'clock'>): void;
  /** Closes every open connection without a word, as a crash does; goes on listening. */
  dropConnections(): void;
  /** Says `line` on every open connection, unasked, and closes them, as a server does that shuts down. */
  sayAndCloseConnections(line: string): void;
  close(): Promise<void>;
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

/** The self-signed certificate of the tests: mx.test, *.test, localhost, 127.0.0.1. Trust it with `ca`. */
export const testOnlyCertificate = fixture('test-only-certificate.pem');
export const testOnlyKey = fixture('test-only-key.pem');

const MAX_COMMANDS = 10_000;

export async function startFakeMx(initial: FakeMxOptions = {}): Promise<FakeMx> {
  const messages: ReceivedMessage[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const connections = new Set<FakeMxConnection>();
  let messageCount = 0;
  let connectionCount = 0;
  let maxConcurrentConnections = 0;

  const state: FakeMxState = {
    clock: initial.clock ?? systemClock,
    deferredOnce: new Set(),
    options: initial,
    secureContext: secureContextOf(initial),
    command: (line) => {
      if (commands.length < MAX_COMMANDS) commands.push(line);
    },
    took: (message) => {
      messageCount++;
      if (state.options.keepMessages !== false) messages.push(message);
      state.options.onMessage?.(message);
    },
  };

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    connectionCount++;
    maxConcurrentConnections = Math.max(maxConcurrentConnections, sockets.size);
    const connection = new FakeMxConnection(socket, connectionCount, state);
    connections.add(connection);
    socket.on('close', () => {
      sockets.delete(socket);
      connections.delete(connection);
    });
    connection.greet();
  });
  server.listen(initial.port ?? 0, initial.host ?? '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the fake MX has no address');

  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    dropConnections();
    await closed;
  };
  return {
    host: address.address,
    port: address.port,
    messages,
    commands,
    get messageCount() {
      return messageCount;
    },
    get connectionCount() {
      return connectionCount;
    },
    get openConnections() {
      return sockets.size;
    },
    get maxConcurrentConnections() {
      return maxConcurrentConnections;
    },
    deliveriesTo: (recipient) =>
      messages.filter(
        (message) =>
          message.acknowledged && message.recipients.some((accepted) => accepted.address === recipient),
      ).length,
    change: (options) => {
      state.options = { ...state.options, ...options };
      if (options.secureContext !== undefined) state.secureContext = secureContextOf(options);
    },
    dropConnections,
    sayAndCloseConnections: (line) => {
      for (const connection of connections) connection.sayAndClose(line);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function secureContextOf(options: FakeMxOptions): SecureContext {
  return createSecureContext({ cert: testOnlyCertificate, key: testOnlyKey, ...options.secureContext });
}
