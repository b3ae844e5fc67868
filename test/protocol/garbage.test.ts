/** Clients that send anything at all: the server answers or closes, keeps nothing, and goes on for others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { play, Wire } from './support/dialogue.ts';
import { MESSAGE, networkCredential, startFixture, type Fixture } from './support/submission-fixture.ts';

const WORDS = [
  'EHLO a',
  'HELO',
  'MAIL FROM:<a@example.org>',
  'MAIL FROM:<',
  'MAIL FROM:<a@example.org> SIZE=99999999999999999999 BODY=8BITMIME',
  'RCPT TO:<b@example.net>',
  'RCPT TO:<"\\"@example.net> NOTIFY=',
  'RCPT TO:<b@xn--.example>',
  'DATA',
  'RSET',
  'AUTH PLAIN AAAA',
  'AUTH LOGIN',
  'VRFY',
  '*',
  '.',
  '',
  MESSAGE,
  '\r\n.\r\n',
  '\n.\n',
  '\0',
  '\xff\xfe',
  'x'.repeat(20_000),
  'NOOP\r',
];

let relay: Fixture;
beforeAll(async () => {
  relay = await startFixture();
  relay.directory.credentials.push(networkCredential());
});
afterAll(() => relay.stop());

it.each(Array.from({ length: 60 }, (_, index) => index + 1))('seed %d', async (seed) => {
  const random = seededRandom(seed);
  const wire = await Wire.open(relay.port);
  await wire.reply();
  for (let count = 0; count < 40; count++) {
    const word = WORDS[Math.floor(random.float() * WORDS.length)] ?? '';
    const cut = Math.floor(random.float() * word.length);
    const text = random.float() < 0.2 ? word.slice(0, cut) : word;
    wire.send(Buffer.from(text + (random.float() < 0.9 ? '\r\n' : '\n'), 'latin1'));
    if (random.float() < 0.3) await new Promise((resolve) => setImmediate(resolve));
  }
  wire.destroy();
  await play(relay.port, ['S: 220', 'C: NOOP', 'S: 250']);
  expect(relay.log.filter(({ event }) => event === 'internal error')).toEqual([]);
  expect(relay.spool.uploads.size).toBe(0);
});
