/** Whoever reaches the listener learns nothing from it, and holds nothing of it for long. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

test('connections are bounded: one too many is closed, and there is room when others have gone', async () => {
  const sockets = Array.from({ length: 64 }, () => open());
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  // All of them are known to the server when one more is turned away.
  expect(await ask(`GET ${AT} HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`)).toBe('');
  for (const socket of sockets) socket.destroy();
  await eventually(async () =>
    (await ask(`GET ${AT} HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`)).startsWith('HTTP/1.1 200'),
  );
});
