/** The control socket with its real sockets: limits of time, octets and connections, and what the asker hears of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askRelayd } from '../../../src/control/ask-relayd.ts';
import { ControlError, startControlServer, type ControlServer } from '../../../src/control/control-server.ts';
import type { RelayReport, SentReport } from '../../../src/control/protocol.ts';
import { LONGEST_SOCKET_PATH, socketPath, socketPathProblem } from '../../../src/control/socket-path.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { eventually } from '../../support/eventually.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const STATUS = { operation: 'status' } as const;
const REPORT: RelayReport = { pid: 7, checks: [] };

let dataDir: string;
let clock: VirtualClock;
let server: ControlServer;
let sends: string[];
let onStatus: () => Promise<RelayReport>;
beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-control-'));
  clock = new VirtualClock();
  sends = [];
  onStatus = () => Promise.resolve(REPORT);
  server = await startControlServer({
    dataDir,
    clock,
    log: silentLog,
    handlers: {
      status: () => onStatus(),
      'look-again': () => Promise.resolve({ soon: true }),
      sessions: () => Promise.resolve({ sessions: [], more: 0 }),
      logins: () => Promise.resolve({ logins: [], more: 0 }),
      'login-clear': () => Promise.resolve({ ended: 0 }),
      reload: () => Promise.resolve({ needsRestart: [] }),
      'operator-test': () => Promise.resolve({ ways: [] }),
      'certificate-renew': () => Promise.resolve({ renewals: [] }),
      'webhook-test': () => Promise.reject(new ControlError('not-found', 'there is no webhook x')),
      send: ({ text }): Promise<SentReport> => {
        sends.push(text);
        return Promise.resolve({ id: 'msg_1', reply: '250 ok' });
      },
    },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
  expect(clock.pendingTimers).toBe(0);
});

const ask = () => askRelayd(dataDir, STATUS, clock);
const open = () =>
  new Promise<Socket>((resolve) => {
    const socket = connect(socketPath(dataDir));
    socket.on('error', () => undefined);
    socket.once('connect', () => resolve(socket));
  });
const said = (socket: Socket) =>
  new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
  });

test('asks and answers, text in any language and with line ends too', async () => {
  expect(await ask()).toEqual({ kind: 'answered', answer: REPORT });
  const text = 'Grüße\r\n\u0000\u2028"\\';
  const message = { from: 'a@b.example', to: ['c@d.example'], subject: '', account: undefined, actor: 'x' };
  expect(await askRelayd(dataDir, { operation: 'send', ...message, text }, clock)).toMatchObject({
    kind: 'answered',
    answer: { id: 'msg_1' },
  });
  expect(sends).toEqual([text]);
});

test('what an operation cannot do is told as it says it', async () => {
  expect(await askRelayd(dataDir, { operation: 'webhook-test', id: 'x' }, clock)).toEqual({
    kind: 'failed',
    error: { code: 'not-found', message: 'there is no webhook x' },
  });
});

test('a fault of ours is told without its words', async () => {
  onStatus = () => Promise.reject(new Error('secret'));
  const asked = await ask();
  expect(asked).toMatchObject({ kind: 'failed', error: { code: 'internal' } });
  expect(JSON.stringify(asked)).not.toContain('secret');
});

test('a request that does not end in time is answered so, and closed', async () => {
  const socket = await open();
  const heard = said(socket);
  socket.write('{"operation"');
  await eventually(() => clock.pendingTimers === 1);
  await clock.advance(5_000);
  expect(await heard).toContain('"timeout"');
});

test('an operation that hangs is answered in its time', async () => {
  onStatus = () => new Promise(() => undefined);
  const asked = ask();
  // relayd’s limit and the asker’s.
  await eventually(() => clock.pendingTimers === 2);
  await clock.advance(5_000);
  expect(await asked).toMatchObject({ kind: 'failed', error: { code: 'timeout' } });
});

test('a process that listens and never answers is given up in time', async () => {
  await server.stop();
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => mute.listen(socketPath(dataDir), resolve));
  const asked = ask();
  await eventually(() => clock.pendingTimers === 1);
  await clock.advance(6_000);
  expect(await asked).toMatchObject({ kind: 'unreachable', because: 'no-answer' });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => mute.close(resolve));
});

test('sixteen may be connected; one more is turned away until another has gone', async () => {
  const held = await Promise.all(Array.from({ length: 16 }, open));
  await eventually(() => clock.pendingTimers === 16);
  expect(await ask()).toMatchObject({ kind: 'unreachable', because: 'no-answer' });
  for (const socket of held) socket.destroy();
  await eventually(async () => (await ask()).kind === 'answered');
});

test('that there is no socket is told as such', async () => {
  await server.stop();
  expect(await ask()).toEqual({ kind: 'unreachable', because: 'no-socket' });
  expect(await askRelayd(path.join(dataDir, 'none'), STATUS, clock)).toMatchObject({ because: 'no-socket' });
});

test('a path of 107 octets is taken, a longer one is not, counted in octets', async () => {
  const folder = (octets: number) => `/${'é'.repeat((octets - '/relayd.sock'.length - 1) / 2)}`;
  expect(Buffer.byteLength(socketPath(folder(LONGEST_SOCKET_PATH)))).toBe(LONGEST_SOCKET_PATH);
  expect(socketPathProblem(folder(LONGEST_SOCKET_PATH))).toBeUndefined();
  const longer = folder(LONGEST_SOCKET_PATH + 2);
  expect(socketPathProblem(longer)?.remedy).toContain('at most 95 octets');
  expect(await askRelayd(longer, STATUS, clock)).toMatchObject({ because: 'path-too-long' });
});
