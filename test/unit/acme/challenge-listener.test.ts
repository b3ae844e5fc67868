/** Whoever reaches the listener learns nothing from it, and holds nothing of it for long. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openChallengeListener, type ChallengeListener } from '../../../src/acme/challenge-listener.ts';
import { Challenges } from '../../../src/acme/challenges.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { eventually } from '../../support/eventually.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyz';
const AT = `/.well-known/acme-challenge/${TOKEN}`;
const NOT_FOUND = /^HTTP\/1\.1 404 Not Found\r\n(?:[^\r]*\r\n)*\r\nnot found\n$/;

let challenges: Challenges;
let listener: ChallengeListener;
beforeEach(async () => {
  challenges = new Challenges();
  challenges.show({
    kind: 'http-01',
    name: 'mail.example.org',
    token: TOKEN,
    keyAuthorization: `${TOKEN}.thumb`,
  });
  listener = await openChallengeListener({
    listen: [{ host: '127.0.0.1', port: 0 }],
    inherited: [],
    challenges,
    log: silentLog,
  });
});
afterEach(async () => await listener.stop());

const open = () => connect(listener.addresses[0]!.port, '127.0.0.1');

async function ask(text: string): Promise<string> {
  const socket = open();
  socket.on('error', () => undefined);
  socket.write(text);
  return await all(socket);
}

async function all(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of socket) pieces.push(piece as Buffer);
  } catch {
    // Reset: what is turned away before it is read.
  }
  return Buffer.concat(pieces).toString('utf8');
}

test.each(['mail.example.org', 'MAIL.example.org', 'mail.example.org:80', 'mail.example.org:5002'])(
  'a pending token is answered to Host: %s',
  async (host) => {
    const answer = await ask(`GET ${AT} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer.endsWith(`\r\n\r\n${TOKEN}.thumb`)).toBe(true);
    expect(answer).toMatch(/connection: close/i);
  },
);

test.each([
  `GET ${AT} HTTP/1.1\r\nHost: other.example.org\r\n\r\n`,
  `GET ${AT} HTTP/1.0\r\n\r\n`,
  `GET ${AT}x HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`,
  `GET ${AT}?a=b HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`,
  `GET ${AT}/ HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`,
  `POST ${AT} HTTP/1.1\r\nHost: mail.example.org\r\nContent-Length: 3\r\n\r\nabc`,
  `GET http://mail.example.org${AT} HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`,
  'GET / HTTP/1.1\r\nHost: <script>\r\n\r\n',
])('%j is not found', async (text) => {
  expect(await ask(text)).toMatch(NOT_FOUND);
});

test('a token is gone with its order', async () => {
  challenges.clear('mail.example.org');
  expect(await ask(`GET ${AT} HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`)).toMatch(NOT_FOUND);
});

test('what is no request, or too long a one, is closed', async () => {
  expect(await ask('\x16\x03\x01 nonsense\r\n\r\n')).toBe('');
  expect(await ask(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toBe('');
  expect(await ask('CONNECT a:25 HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
});

describe('connections are bounded', () => {
  const hold = async (count: number, localAddress: string): Promise<Socket[]> => {
    const { port } = listener.addresses[0]!;
    const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1', localAddress }));
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return sockets;
  };
  const closed = (sockets: readonly Socket[]) => sockets.filter((socket) => socket.destroyed).length;
  const GET = `GET ${AT} HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`;

  test('whoever holds all of them turns nobody else away: the oldest of theirs goes', async () => {
    const few = await hold(3, '127.0.2.1');
    const many = await hold(100, '127.0.3.1');
    await eventually(() => closed(many) >= 100 - 61);
    expect(await ask(GET)).toMatch(/^HTTP\/1\.1 200/);
    expect(closed(few)).toBe(0);
    expect(many.at(-1)?.destroyed).toBe(false);
    await eventually(() => closed(many) >= 100 - 60);
    for (const socket of [...few, ...many]) socket.destroy();
  });

  test('of clients with one each the oldest goes', async () => {
    const sockets: Socket[] = [];
    for (let client = 0; client < 64; client++) sockets.push(...(await hold(1, `127.0.${client + 10}.1`)));
    expect(await ask(GET)).toMatch(/^HTTP\/1\.1 200/);
    await eventually(() => closed(sockets) === 1);
    expect(sockets[0]?.destroyed).toBe(true);
    for (const socket of sockets) socket.destroy();
  });
});
