/** What is counted of sessions: each begins and ends once, however it ends. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { SmtpFigures } from '../../src/smtp/server/smtp-figures.ts';
import { eventually } from '../support/eventually.ts';
import { play } from './support/dialogue.ts';
import { startFixture, type FixtureOptions } from './support/submission-fixture.ts';

async function start(options: FixtureOptions = {}) {
  const figures = new SmtpFigures();
  const fixture = await startFixture({ ...options, figures });
  onTestFinished(() => fixture.stop());
  const ended = () => figures.figures().sessionSeconds.counts.reduce((sum, count) => sum + count, 0);
  return { figures, fixture, ended };
}

/** Sends `octets` after the greeting, or at once where none comes, and cuts the connection. */
async function cutAfter(port: number, octets: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  await new Promise<void>((resolve) => {
    socket.write(octets, () => resolve());
  });
  socket.resetAndDestroy();
}

test('a session that ends by QUIT, and the wait for the reply to its message', async () => {
  const { figures, fixture, ended } = await start();
  await play(fixture.port, [
    'S: 220',
    '> starttls',
    '> login',
    'C: MAIL FROM:<a@example.org>',
    'S: 250',
    'C: RCPT TO:<b@example.net>',
    'S: 250',
    'C: DATA',
    'S: 354',
    'C: From: a@example.org',
    'C: ',
    'C: Body',
    'C: .',
    'S: 250',
    'C: MAIL FROM:<a@elsewhere.example>',
    'S: 550',
    'C: QUIT',
    'S: 221',
    '> closed',
  ]);
  await eventually(() => ended() === 1);
  const { sessions, messageReplySeconds, refusals } = figures.figures();
  expect(sessions).toBe(0);
  expect(messageReplySeconds.counts.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect([...refusals]).toEqual([['550 5.7.1', 1]]);
});

test('a client that has sent QUIT in clear and keeps its side open holds nothing', async () => {
  const { figures, fixture, ended } = await start();
  const socket = connect({ port: fixture.port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  await eventually(() => heard.startsWith('220 '));
  socket.write('NOOP\r\nQUIT\r\n');
  await new Promise((resolve) => socket.once('end', resolve));
  expect(heard.split('\r\n').map((line) => line.slice(0, 3))).toEqual(['220', '250', '221', '']);
  expect(socket.writable).toBe(true);
  await eventually(() => ended() === 1 && figures.figures().sessions === 0);
});

test('sessions that are cut: before the greeting, after EHLO, on the port with TLS without any', async () => {
  const { figures, fixture, ended } = await start();
  await cutAfter(fixture.port, '');
  await cutAfter(fixture.port, 'EHLO x\r\n');
  await cutAfter(fixture.tlsPort, 'EHLO x\r\n');
  await play(fixture.port, ['S: 220', 'C: QUIT', 'S: 221', '> closed']);
  await eventually(() => ended() > 0 && figures.figures().sessions === 0);
});

test('a session that is turned away for want of room', async () => {
  const { figures, fixture, ended } = await start({ config: { maxConnections: 0 } });
  await play(fixture.port, ['S: 421', '> closed']);
  await eventually(() => ended() === 1 && figures.figures().sessions === 0);
});
