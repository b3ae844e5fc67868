/**
 * Sends a request to the relayd that holds a data folder, over its control socket. Absent, forbidden and unresponsive
 * are different results; nothing is thrown.
 */
import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { visibleJson } from '../platform/visible-text.ts';
import { readLine } from './line.ts';
import {
  ANSWERS_WITHIN_MS,
  MOST_REPLY_BYTES,
  parseObject,
  type ControlAnswers,
  type ControlFailure,
  type ControlRequest,
  type Operation,
  type RequestOf,
} from './protocol.ts';
import { socketPath, socketPathProblem } from './socket-path.ts';

export type Unreachable =
  /** Nobody listens: no socket, or a stale one of a dead relayd. */
  | { readonly because: 'no-socket' | 'left-behind' }
  /** relayd runs but cannot be asked. */
  | {
      readonly because: 'path-too-long' | 'not-permitted' | 'no-answer';
      readonly why: string;
      readonly remedy: string;
    };

export type Asked<Name extends Operation> =
  | { readonly kind: 'answered'; readonly answer: ControlAnswers[Name] }
  | { readonly kind: 'failed'; readonly error: ControlFailure }
  | ({ readonly kind: 'unreachable' } & Unreachable);

/** `askRelayd` with a data folder and a clock bound. */
export type AskRelayd = <Name extends Operation>(request: RequestOf<Name>) => Promise<Asked<Name>>;

/** relayctl waits this much longer than relayd may take, so that relayd's own time-out error arrives. */
const BEYOND_MS = 1_000;

export async function askRelayd<Name extends Operation>(
  dataDir: string,
  request: RequestOf<Name>,
  clock: Clock,
): Promise<Asked<Name>> {
  const problem = socketPathProblem(dataDir);
  if (problem !== undefined) return { kind: 'unreachable', because: 'path-too-long', ...problem };
  const file = socketPath(dataDir);
  const socket = await connected(file);
  if (!('destroy' in socket)) return { kind: 'unreachable', ...socket };
  try {
    return await exchange(socket, request, clock);
  } finally {
    socket.destroy();
  }
}

async function connected(file: string): Promise<Socket | Unreachable> {
  return await new Promise((resolve) => {
    const socket = connect(file);
    socket.once('connect', () => resolve(socket));
    // Later errors close the socket, which ends the read.
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(unreachable(file, error)));
  });
}

function unreachable(file: string, { code, message }: NodeJS.ErrnoException): Unreachable {
  if (code === 'ENOENT' || code === 'ENOTDIR') return { because: 'no-socket' };
  // A file of another type refuses too.
  if (code === 'ECONNREFUSED')
    return {
      because: lstatSync(file, { throwIfNoEntry: false })?.isSocket() === true ? 'left-behind' : 'no-socket',
    };
  if (code === 'EACCES' || code === 'EPERM')
    return {
      because: 'not-permitted',
      why: `this user may not use ${file}`,
      remedy: 'run relayctl as the user of relayd, or with sudo',
    };
  return { because: 'no-answer', why: `${file}: ${message}`, remedy: 'try again; see the log of relayd' };
}

async function exchange<Name extends Operation>(
  socket: Socket,
  request: RequestOf<Name>,
  clock: Clock,
): Promise<Asked<Name>> {
  const { operation } = request as ControlRequest;
  const withinMs = ANSWERS_WITHIN_MS[operation] + BEYOND_MS;
  socket.write(`${visibleJson(request)}\n`);
  const read = await readLine(socket, { maxBytes: MOST_REPLY_BYTES, withinMs, clock });
  const reply = read.kind === 'line' ? parseObject(read.line) : undefined;
  // Both programs are ours and the folder is private, so the shape of the reply is trusted.
  if (isObject(reply?.['answer']))
    return { kind: 'answered', answer: reply['answer'] as ControlAnswers[Name] };
  if (isObject(reply?.['error']))
    return { kind: 'failed', error: reply['error'] as unknown as ControlFailure };
  const why =
    read.kind === 'too-late' ? `it has not answered within ${withinMs / 1000} s` : 'it closed the connection';
  const remedy = 'see the log of relayd; when it stays so, restart it';
  return { kind: 'unreachable', because: 'no-answer', why, remedy };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
