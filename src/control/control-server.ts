/**
 * The control socket of a running relayd, `relayd.sock` in its data folder, accessible to its user only (0600). A
 * stale socket of a dead relayd is replaced; a socket on which somebody listens is never touched. Connections, octets
 * and time are bounded (protocol.ts).
 */
import { lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { TimeoutError, withTimeout, type Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { visibleJson } from '../platform/visible-text.ts';
import { readLine } from './line.ts';
import {
  ANSWERS_WITHIN_MS,
  MOST_REQUEST_BYTES,
  parseRequest,
  REQUEST_WITHIN_MS,
  type ControlAnswers,
  type ControlFailure,
  type Operation,
  type RequestOf,
} from './protocol.ts';
import { socketPath, socketPathProblem } from './socket-path.ts';

/** Rejects with {@link ControlError} for errors that the caller may see. */
export type ControlHandlers = {
  readonly [Name in Operation]: (request: RequestOf<Name>) => Promise<ControlAnswers[Name]>;
};

export class ControlError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ControlServerOptions {
  readonly dataDir: string;
  readonly handlers: ControlHandlers;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ControlServer {
  /** Stops accepting, closes open connections and removes the socket. */
  stop(): Promise<void>;
}

const MOST_CONNECTIONS = 16;
/** No rights for group and others; the owner needs no execute bit. */
const SOCKET_UMASK = 0o177;

/** Resolves when it listens, or when it has logged why it cannot: mail works without it. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { dataDir, log } = options;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The client has hung up.
    socket.on('error', () => socket.destroy());
    serve(socket, options).catch((error: unknown) => {
      log.error('internal error', { reason: error instanceof Error ? (error.stack ?? '') : String(error) });
      socket.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  // For example no file descriptor left for accept: the client gets no answer, mail continues.
  server.on('error', (error) => log.warn('control socket', { reason: error.message }));
  const problem = socketPathProblem(dataDir) ?? (await listenAt(server, socketPath(dataDir)));
  if (problem !== undefined) {
    log.warn('no control socket', { reason: problem.why, remedy: problem.remedy });
    return { stop: () => Promise.resolve() };
  }
  return {
    stop: () =>
      new Promise((resolve) => {
        // Also removes the file.
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Rejects with the reason. Only the holder of the data folder gets here, so nobody else replaces the socket
 * meanwhile.
 */
async function listenAt(
  server: Server,
  file: string,
): Promise<{ readonly why: string; readonly remedy: string } | undefined> {
  const kind = kindOf(file);
  if (kind === 'other')
    return { why: `${file} exists and is not a socket`, remedy: 'move it away, then restart relayd' };
  if (kind === 'socket') {
    if (await isListening(file))
      return {
        why: `another process listens on ${file}`,
        remedy: 'see which: fuser -v on that file; end it, then restart relayd',
      };
    rmSync(file, { force: true });
  }
  try {
    await listen(server, file);
    return undefined;
  } catch (error) {
    const why = `${file} cannot be made: ${(error as Error).message}`;
    return { why, remedy: 'see who owns data_dir, and whether its file system takes sockets' };
  }
}

/** bind(2) happens within the call, so the umask covers nothing else. */
async function listen(server: Server, file: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const umask = process.umask(SOCKET_UMASK);
    try {
      server.listen({ path: file }, resolve);
    } finally {
      process.umask(umask);
    }
  });
}

function kindOf(file: string): 'nothing' | 'socket' | 'other' {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  return found.isSocket() ? 'socket' : 'other';
}

/** Only a refused connection proves that nobody listens. */
async function isListening(file: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(file);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

async function serve(socket: Socket, { handlers, clock, log }: ControlServerOptions): Promise<void> {
  const read = await readLine(socket, { maxBytes: MOST_REQUEST_BYTES, withinMs: REQUEST_WITHIN_MS, clock });
  switch (read.kind) {
    case 'closed':
      socket.destroy();
      return;
    case 'too-long':
      end(socket, { error: failure('too-large', `a request has at most ${MOST_REQUEST_BYTES} octets`) });
      return;
    case 'too-late':
      end(socket, { error: failure('timeout', 'the request did not arrive in time') });
      return;
    case 'line': {
      const request = parseRequest(read.line);
      if (request === undefined) {
        const text =
          'this relayd does not know that operation: restart it, so that it has the same version as relayctl';
        end(socket, { error: failure('unknown-operation', text) });
        return;
      }
      const { operation } = request;
      try {
        // The compiler cannot relate the two sides of the union through the table.
        const handle = handlers[operation] as (given: typeof request) => Promise<object>;
        const answer = await withTimeout(clock, ANSWERS_WITHIN_MS[operation], operation, handle(request));
        end(socket, { answer });
      } catch (error) {
        end(socket, { error: failureOf(error, operation, log) });
      }
    }
  }
}

function failureOf(error: unknown, operation: Operation, log: Log): ControlFailure {
  if (error instanceof ControlError) return failure(error.code, error.message);
  if (error instanceof TimeoutError)
    return failure('timeout', `relayd could not do it in time: ${error.message}`);
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('internal error', { operation, reason });
  return failure('internal', 'internal error: see the log of relayd');
}

function failure(code: string, message: string): ControlFailure {
  return { code, message };
}

function end(socket: Socket, reply: object): void {
  // Further input is read and dropped: left unread, it would reset the connection before the answer.
  socket.resume();
  socket.end(`${visibleJson(reply)}\n`);
}
