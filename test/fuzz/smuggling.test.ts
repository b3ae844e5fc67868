/**
 * SMTP smuggling (CVE-2023-51764 and its kin) from end to end: what a client sends goes through the real server, what it
 * stores goes out through the real client, and what the next hop gets is one message, with the content that a plain reading
 * of the rules gives. No variant of the end of data but CRLF . CRLF ends anything on either side, and none leaves the relay
 * in a form that a more lenient server could take for one.
 */
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { outbound, repliesOf, sessionFor } from '../support/outbound.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { networkCredential, startFixture, type Fixture } from '../protocol/support/submission-fixture.ts';
import { itHolds } from './support/fuzz.ts';
import { cuts, pieces, soup } from './support/octets.ts';
import { readData, repairLines } from './support/plain-readings.ts';

const HEADER = 'From: a@example.org\r\nTo: b@example.net\r\nDate: d\r\nMessage-ID: <1@example.org>\r\n\r\n';
const COMMANDS =
  'MAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nFrom: evil@example.org\r\n\r\nx\r\n.\r\n';

/** All that was ever taken for an end of data somewhere. */
const ENDS = [
  ...[
    '\n.\n',
    '\r.\r',
    '\n.\r\n',
    '\r\n.\n',
    '\r\n.\r',
    '\r.\r\n',
    '\r.\n',
    '\n.\r',
    '\n\n.\r\n',
    '\n.\n\n',
    '\r\r\n.\r\n',
  ],
  ...[
    '\r\n.\r\r\n',
    '\r\n\0.\r\n',
    '\r\n.\0\r\n',
    '\r\n.\r\0\n',
    '\0\r\n.\r\n',
    '\r\n .\r\n',
    '\r\n. \r\n',
    '\r\n\t.\r\n',
  ],
  // Converted twice, or the wrong way round.
  ...[
    '\r\r\n.\r\r\n',
    '\r\r\n.\n',
    '\r\r.\r\n',
    '\r\n.\r\r\r\n',
    '\n\r.\n\r',
    '\n\r.\r\n',
    '\r\n.\n\r',
    '\n\r.\r\r\n',
    '\r\r\n.\n\r',
    '\n\r\n.\n\r\n',
  ],
  ...[
    '\x85.\x85',
    '\x0b.\x0b',
    '\r\n..\r\n',
    '\r\n.\r\n.\r\n',
    '\r\n.\x0b',
    '\n..\n',
    '\r\n..',
    '\r..\r',
    '\n..\r\n',
  ],
];

let relay: Fixture;
let mx: FakeMx;
let tap: Server;
let tapped: Buffer[] = [];

beforeAll(async () => {
  relay = await startFixture();
  relay.directory.credentials.push(networkCredential());
  mx = await startFakeMx({ extensions: ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES', 'SIZE 50000000'] });
  // Stands between the relay and the MX and keeps the octets.
  tap = createServer((socket: Socket) => {
    const onward = connect(mx.port, mx.host);
    socket.on('data', (chunk: Buffer) => void tapped.push(chunk));
    socket.pipe(onward).pipe(socket);
    for (const each of [socket, onward])
      each.on('error', () => void [socket, onward].map((one) => one.destroy()));
  });
  tap.listen(0, '127.0.0.1');
  await once(tap, 'listening');
});
afterAll(async () => {
  tap.close();
  await mx.close();
  await relay.stop();
});
beforeEach(() => (tapped = []));

/** Says what stands before the content, sends the octets behind 354, and reads what is answered until the server is silent. */
async function submit(octets: Buffer, at: readonly number[], pipelined: boolean): Promise<string[]> {
  const wire = await Wire.open(relay.port);
  try {
    await wire.reply();
    const opening = 'EHLO client.test\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n';
    const parts = pipelined ? pieces(Buffer.concat([Buffer.from(opening), octets]), at) : pieces(octets, at);
    if (!pipelined) {
      wire.send(opening);
      for (let replies = 0; replies < 4; replies++) await wire.reply();
    }
    for (const part of parts) {
      if (part.length > 0) wire.send(part);
      if (at.length < 50) await nextTurn();
    }
    const answers: string[] = [];
    for (let replies = pipelined ? -4 : 0; ; replies++) {
      const answer = await wire.reply();
      if (replies >= 0) answers.push(answer);
      // 421: too much of what follows was no command.
      if (/^[24]21/.test(answer)) return answers;
    }
  } finally {
    wire.destroy();
  }
}

/** The next hop's view of what was stored. */
async function relayOn(content: Uint8Array): Promise<string> {
  tapped = [];
  const before = mx.messageCount;
  const session = await sessionFor({ host: '127.0.0.1', port: (tap.address() as AddressInfo).port });
  const half = Math.floor(content.length / 2);
  const replies = repliesOf(
    await session.transact(
      outbound(['b@example.net'], {
        content: () => [content.subarray(0, half), content.subarray(half)],
        bodyType: '8bitmime',
      }),
    ),
  );
  await session.quit();
  expect(replies.map(({ reply }) => reply.code)).toEqual([250]);
  expect(mx.messageCount).toBe(before + 1);
  const raw = Buffer.concat(tapped).toString('latin1');
  const data = raw.slice(raw.indexOf('\r\nDATA\r\n') + 8, raw.lastIndexOf('QUIT\r\n'));
  // Nothing on the wire is an end of data to anyone but the last octets; no line end is of another kind.
  expect(data.slice(0, -3)).not.toMatch(/(?:^|[\r\n])\.(?!\.)/);
  expect(data).not.toMatch(/\r(?!\n)|(?<!\r)\n|\0/);
  expect(data.endsWith('\r\n.\r\n')).toBe(true);
  return mx.messages.at(-1)!.content.toString('latin1');
}

const bodies = soup([...ENDS, ...ENDS, 'text', '.', '..', ' ', COMMANDS, 'QUIT\r\n', '\xe9'], 6);
interface Attack {
  readonly body: Buffer;
  readonly at: readonly number[];
  readonly pipelined: boolean;
}

const ATTACKS: readonly Attack[] = ENDS.flatMap((end) =>
  [[], Array.from({ length: 600 }, (_, at) => at)].map((at) => ({
    body: Buffer.from(`before${end}${COMMANDS}`, 'latin1'),
    at,
    pipelined: false,
  })),
);

describe('an end of data that is none', () => {
  itHolds<Attack>(
    'ends nothing here and leaves in no form that could end anything elsewhere',
    { seed: 941, runs: 120, through: 0.5, examples: ATTACKS },
    fc.record({ body: bodies, at: cuts, pipelined: fc.boolean() }),
    async ({ body, at, pipelined }) => {
      const accepted = relay.spool.accepted.length;
      const sent = `${HEADER}${body.toString('latin1')}\r\n.\r\nQUIT\r\n`;
      const { content, end = 0 } = readData(sent);
      const answers = await submit(Buffer.from(sent, 'latin1'), at, pipelined);
      const verdict = answers[0] ?? '';
      if (content.includes('\0')) {
        expect(verdict).toMatch(/^5\d\d /);
        expect(relay.spool.accepted.length - accepted).toBeLessThanOrEqual(transactionsIn(sent.slice(end)));
        return false;
      }
      expect(verdict).toMatch(/^250 /);
      // One message, unless there was a real end of data in it and whole commands behind that.
      expect(relay.spool.accepted.length - accepted).toBeGreaterThanOrEqual(1);
      expect(relay.spool.accepted.length - accepted).toBeLessThanOrEqual(1 + transactionsIn(sent.slice(end)));
      const stored = relay.spool.accepted[accepted]!;
      const text = stored.bytes.toString('latin1');
      expect(text.endsWith(repairLines(content))).toBe(true);
      expect(stored.deliveries.map(({ recipient }) => recipient)).toEqual(['b@example.net']);
      expect(await relayOn(stored.bytes)).toBe(text);
    },
  );
});

/** Whole transactions among the commands that follow a real end of data. */
function transactionsIn(commands: string): number {
  const start = /(?:^|\n)MAIL FROM:<evil@example\.org>\r\nRCPT TO:<victim@example\.net>\r\nDATA\r\n/.exec(
    commands,
  );
  if (start === null) return 0;
  const data = commands.slice(start.index + start[0].length);
  const { end } = readData(data);
  return end === undefined ? 0 : 1 + transactionsIn(data.slice(end));
}
