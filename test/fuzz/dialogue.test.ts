/**
 * The submission dialogue with streams of commands, mutated, in any cut: the server answers each with a reply that is well
 * formed, or closes; nothing of ours throws, nothing is accepted that was not sent, and nothing stays behind.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { play } from '../protocol/support/dialogue.ts';
import { networkCredential, startFixture, type Fixture } from '../protocol/support/submission-fixture.ts';
import { itHolds } from './support/fuzz.ts';
import { cuts, pieces } from './support/octets.ts';

const LINES = [
  ...[
    'EHLO a',
    'HELO a',
    'EHLO [127.0.0.1]',
    'HELO',
    'RSET',
    'NOOP',
    'NOOP x',
    'VRFY a',
    'HELP',
    'QUIT',
    'STARTTLS x',
  ],
  ...[
    'MAIL FROM:<a@example.org>',
    'MAIL FROM:<>',
    'MAIL FROM:<a@example.org> SIZE=99999999999 BODY=8BITMIME',
    'MAIL',
  ],
  ...[
    'MAIL FROM: a@example.org',
    'mail from:<"a b"@example.org> SMTPUTF8',
    'MAIL FROM:<a@example.org> REQUIRETLS',
  ],
  ...[
    'RCPT TO:<b@example.net>',
    'RCPT TO:<b@[192.0.2.1]> NOTIFY=NEVER',
    'RCPT TO:<é@example.net>',
    'RCPT TO:<b@x> X=y',
  ],
  ...[
    'DATA',
    'DATA x',
    'BDAT 10 LAST',
    'AUTH PLAIN AHgAeQ==',
    'AUTH LOGIN',
    'AUTH',
    '*',
    '=',
    'eA==',
    'XCLIENT ADDR=1',
  ],
  ...[
    'From: a@example.org\r\nSubject: s\r\n\r\nBody',
    '.',
    '..',
    '',
    'From: a@example.org\nX-Relay-Tag: \x01\n\nb',
    '\r\n.',
  ],
  ...[
    'GET / HTTP/1.1',
    'PROXY TCP4 1.1.1.1 1.1.1.1 1 1',
    'x'.repeat(9_000),
    '\0',
    '\xff\xfe',
    '\x1b[2J',
    '\x16\x03\x01',
  ],
];

/** A line, now and then with an octet changed, left out or put in, and with another end. */
const line = fc
  .tuple(
    fc.constantFrom(...LINES),
    fc.option(
      fc.tuple(fc.nat(60), fc.constantFrom('', '\0', '\r', '\n', ' ', '<', '\x80', ':', 'Z'), fc.nat(2)),
      { freq: 3 },
    ),
    fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', ''),
  )
  .map(([text, change, end]) => {
    if (change === null) return text + end;
    const [at, put, drop] = change;
    return text.slice(0, at) + put + text.slice(at + drop) + end;
  });
const TRANSACTION = [
  'EHLO a\r\n',
  'MAIL FROM:<a@example.org>\r\n',
  'RCPT TO:<b@example.net>\r\n',
  'DATA\r\n',
  'From: a@example.org\r\n\r\nx\r\n.\r\n',
];

/** Lines of any kind, and transactions that would pass, whole or with a line among theirs. */
const block = fc.oneof(
  { weight: 3, arbitrary: line.map((text) => [text]) },
  { weight: 1, arbitrary: fc.constant(TRANSACTION.slice(1)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(TRANSACTION.length), line)
      .map(([at, text]) => [...TRANSACTION.slice(0, at), text, ...TRANSACTION.slice(at)]),
  },
);
const stream = fc.record({
  lines: fc.array(block, { minLength: 1, maxLength: 10, size: 'max' }).map((blocks) => blocks.flat()),
  at: cuts,
});

let relay: Fixture;
beforeAll(async () => {
  relay = await startFixture();
  relay.directory.credentials.push(networkCredential());
});
afterAll(() => relay.stop());

/** Well below the time after which an idle client is sent away. */
const ENDS_WITHIN_MS = 20_000;
/** Ends whatever state the server is in. */
const FAREWELL = Buffer.from('\r\n.\r\nQUIT\r\n');

/** Everything the server says until it closes. */
async function converse(octets: Buffer, at: readonly number[]): Promise<string> {
  const socket = connect(relay.port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(ENDS_WITHIN_MS) });
  closed.catch(() => socket.destroy());
  await once(socket, 'connect');
  await eventually(() => said !== '');
  for (const part of pieces(Buffer.concat([octets, FAREWELL]), at)) {
    if (socket.destroyed) break;
    if (part.length > 0) socket.write(part);
    if (at.length < 50) await nextTurn();
  }
  await closed;
  return said;
}

function expectSound(said: string): void {
  for (const each of said.split('\r\n').slice(0, -1)) {
    expect(each).toMatch(/^[2-5]\d\d(?:[ -][\x20-\x7e]*)?$/);
    expect(each.length).toBeLessThanOrEqual(510);
  }
  expect(said.endsWith('\r\n')).toBe(true);
  expect(said).not.toMatch(/^(?:[^\r]*\r\n)*451 4\.3\.0 /);
}

describe('a dialogue of any lines in any cut', () => {
  itHolds(
    'is answered in well-formed replies, and ends',
    {
      seed: 951,
      runs: 120,
      through: 0.2,
      examples: [
        { lines: TRANSACTION, at: [] },
        { lines: [...TRANSACTION, 'DATA\r\n'], at: [9, 40, 70] },
      ],
    },
    stream,
    async ({ lines, at }) => {
      // Behind a STARTTLS that is one the server waits for a handshake, and rightly so.
      const octets = Buffer.from(lines.join('').replaceAll(/STARTTLS(?! x)/gi, 'STARTTLX'), 'latin1');
      const accepted = relay.spool.accepted.length;
      const said = await converse(octets, at);
      expectSound(said);
      expect(relay.log.filter(({ event }) => event === 'internal error')).toEqual([]);
      const taken = relay.spool.accepted.length - accepted;
      expect(taken).toBe(said.split(/^250 2\.(?:0|6)\.0 .*msg_/m).length - 1);
      if (taken === 0) return false;
    },
  );

  it('leaves nothing behind', async () => {
    await play(relay.port, ['S: 220', 'C: EHLO a', 'S: 250', 'C: QUIT', 'S: 221', '> closed']);
    expect(relay.spool.uploads.size).toBe(0);
    expect(relay.spool.chunksInFlight).toBe(0);
  });
});
