/**
 * Strangers on port 25 who send anything at all: commands in any order, cut and mutated, reports in pieces. The server
 * answers with replies, goes on for others, keeps its memory, and lets nobody relay. Seeded; the seed is in the name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../../src/platform/log.ts';
import { Wire, play } from '../protocol/support/dialogue.ts';
import {
  deliveryReport,
  feedbackReport,
  InboundFixture,
  RETURN_PATH_HOST,
} from '../protocol/support/inbound-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { seededRandom } from '../support/seeded-random.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/reports');
const REPORTS: readonly string[] = [
  ...readdirSync(FIXTURES).map((file) => readFileSync(path.join(FIXTURES, file), 'latin1')),
  deliveryReport('bob@example.net'),
  deliveryReport('bob@example.net', { status: '5.2.2', diagnostic: '552 5.2.2 Mailbox full' }),
  feedbackReport('abuse', 'Message-ID: <order-1@example.org>', 'bob@example.net'),
];

const SEEDS = 60;
const CONVERSATIONS = 6;
/** The longest reply line, RFC 5321 §4.5.3.1.5, with CRLF. */
const MAX_REPLY_LINE = 512;
/** What sixty conversations of some hundred KiB may leave behind before the collector comes. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

const problems: string[] = [];
const note = (event: string, fields?: object) => void problems.push(`${event} ${JSON.stringify(fields)}`);
const quiet = () => undefined;
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: note, enabled: () => true };

let relay: InboundFixture;
let token: string;
beforeAll(async () => {
  relay = await InboundFixture.start({ log });
  token = relay.token(await relay.delivered());
});
afterAll(() => relay[Symbol.asyncDispose]());

describe('port 25', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
    'bears seed %d',
    { timeout: 60_000 },
    async (seed) => {
      const stranger = new Stranger(seed);
      for (let count = 0; count < CONVERSATIONS; count++) {
        const said = await stranger.talk(relay.port);
        expectReplies(said);
        if (count % 3 === 0) token = relay.token(await relay.delivered());
      }
      await play(relay.port, ['S: 220', 'C: NOOP', 'S: 250']);
      expect(problems).toEqual([]);
    },
  );

  it('has relayed nothing but mail to postmaster and notices to senders, and knows no stranger', async () => {
    const filter = { accountId: undefined, state: undefined, destination: undefined, recipient: undefined };
    const all = { ...filter, stream: undefined, tag: undefined, before: undefined, limit: 10_000 };
    const messages = await relay.reader.listMessages(all);
    const own = messages.filter(({ facts }) => facts.reversePath === 'shop@example.org');
    const others = messages.filter((message) => !own.includes(message));
    expect(own.length).toBeGreaterThan(SEEDS);
    // Something was taken: the run reached what lies behind the dialogue.
    expect(others.length).toBeGreaterThan(5);
    const recipients = new Set(
      others.flatMap(({ deliveries }) => deliveries.map(({ recipient }) => recipient)),
    );
    expect([...recipients].sort()).toEqual(['ops@elsewhere.test', 'shop@example.org']);
    const suppressed = await relay.reader.listSuppressions(relay.accountId, undefined, 1_000);
    expect(
      suppressed.map(({ address }) => address).filter((address) => address !== 'bob@example.net'),
    ).toEqual([]);
  });

  it('keeps its memory, whatever is begun and never ended', async () => {
    const beforeBytes = process.memoryUsage().rss;
    const stranger = new Stranger(4711);
    for (let round = 0; round < 60; round++) await stranger.beginLargeReport(relay.port);
    await eventually(() => process.memoryUsage().rss - beforeBytes < MAX_GROWTH_BYTES);
    await play(relay.port, ['S: 220', 'C: NOOP', 'S: 250']);
    expect(problems).toEqual([]);
  });
});

/** Every reply is whole: lines with one code, the last without a hyphen, none too long. */
function expectReplies(said: string): void {
  const lines = said.split('\r\n');
  // The server may have been cut off in the middle of the last one.
  lines.pop();
  let code: string | undefined;
  for (const line of lines) {
    expect(line).toMatch(/^[245]\d\d[ -][\x20-\x7e]*$|^354 [\x20-\x7e]*$/);
    expect(line.length + 2).toBeLessThanOrEqual(MAX_REPLY_LINE);
    if (code !== undefined) expect(line.slice(0, 3)).toBe(code);
    code = line[3] === '-' ? line.slice(0, 3) : undefined;
  }
}

class Stranger {
  readonly #random: () => number;
  readonly #bytes: (length: number) => Uint8Array;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#random = () => random.float();
    this.#bytes = (length) => random.bytes(length);
  }

  /** One connection; resolves to everything that the server said. */
  async talk(port: number): Promise<string> {
    const wire = await Wire.open(port);
    // Those who talk before the greeting are sent away at once.
    const greeting = this.#random() < 0.95 ? `${await wire.reply()}\r\n` : '';
    for (const piece of this.#pieces(this.#script())) {
      wire.send(piece);
      if (this.#random() < 0.4) await new Promise((resolve) => setImmediate(resolve));
    }
    // Out of whatever content it may be in; then it says goodbye, if it has not closed before.
    wire.send('\r\n.\r\nRSET\r\nQUIT\r\n');
    if (this.#random() < 0.8) await wire.closed();
    const said = greeting + wire.unread;
    wire.destroy();
    return said;
  }

  /** Content of a megabyte without an end; then the line drops. */
  async beginLargeReport(port: number): Promise<void> {
    const wire = await Wire.open(port);
    await wire.reply();
    await wire.command('EHLO stranger.test');
    await wire.command('MAIL FROM:<>');
    await wire.command(`RCPT TO:<${token}>`);
    await wire.command('DATA');
    const report = this.#pick(REPORTS).replace(/\r?\n/g, '\r\n');
    wire.send(Buffer.from(report, 'latin1'));
    wire.send(Buffer.alloc(1024 * 1024, 'nobody reads this line\r\n'));
    await new Promise((resolve) => setImmediate(resolve));
    wire.destroy();
  }

  #script(): Buffer {
    const parts: string[] = [];
    if (this.#random() < 0.8) parts.push('EHLO stranger.test');
    for (let count = 1 + this.#below(6); count > 0; count--)
      parts.push(...(this.#random() < 0.6 ? this.#transaction() : [this.#word()]));
    const script = parts.map((part) => part + (this.#random() < 0.97 ? '\r\n' : '\n')).join('');
    const octets = Buffer.from(script, 'latin1');
    return this.#random() < 0.4 ? this.#mutated(octets) : octets;
  }

  #transaction(): string[] {
    const recipients = Array.from({ length: 1 + this.#below(3) }, () => `RCPT TO:<${this.#recipient()}>`);
    const content = this.#random() < 0.8 ? this.#pick(REPORTS) : 'Subject: hello\n\nSell me something\n';
    const report =
      this.#random() < 0.4 ? this.#mutated(Buffer.from(content, 'latin1')).toString('latin1') : content;
    const from = this.#pick(['', '', 'mailer-daemon@example.net', 'x@example.org', '"a b"@example.net']);
    return [`MAIL FROM:<${from}>`, ...recipients, 'DATA', `${report.replace(/\r?\n/g, '\r\n')}\r\n.`];
  }

  #recipient(): string {
    const forged = token.replace(/[0-9a-f](?=[^@]*@)/, '0');
    return this.#pick([
      token,
      token,
      token.toUpperCase(),
      forged,
      'postmaster',
      `postmaster@${RETURN_PATH_HOST}`,
      `fbl@${RETURN_PATH_HOST}`,
      'victim@elsewhere.test',
      `victim%elsewhere.test@${RETURN_PATH_HOST}`,
      `@${RETURN_PATH_HOST}:victim@elsewhere.test`,
      `"victim@elsewhere.test"@${RETURN_PATH_HOST}`,
      'shop@example.org',
    ]);
  }

  #word(): string {
    return this.#pick([
      'HELO x',
      'EHLO [127.0.0.1]',
      'RSET',
      'NOOP',
      'VRFY postmaster',
      'EXPN list',
      'HELP',
      'AUTH PLAIN AGEAYg==',
      'MAIL FROM:<> SIZE=99999999999999999999',
      'MAIL FROM:<> BODY=8BITMIME SMTPUTF8',
      'MAIL FROM:<a@b',
      'RCPT TO:<\0@example.org>',
      'RCPT TO:<> NOTIFY=NEVER',
      'DATA',
      'BDAT 10 LAST',
      '.',
      '..',
      '',
      '\xff\xfe\0',
      'x'.repeat(1 + this.#below(20_000)),
      'STARTTLS now',
    ]);
  }

  #mutated(octets: Buffer): Buffer {
    let mutated = octets;
    for (let times = 1 + this.#below(6); times > 0; times--) {
      const at = this.#below(mutated.length + 1);
      const to = Math.min(mutated.length, at + this.#below(100));
      const [head, middle, tail] = [mutated.subarray(0, at), mutated.subarray(at, to), mutated.subarray(to)];
      mutated = Buffer.concat(
        this.#pick([
          [head, tail],
          [head, middle, middle, tail],
          [head, this.#bytes(1 + this.#below(12)), middle, tail],
          [head, Buffer.from(this.#pick(['\r', '\n', '\0', '\r\n.\r\n', '\n.\n', '\r\n..', '>', '@']))],
        ]),
      );
    }
    return mutated;
  }

  #pieces(octets: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = 0; at < octets.length;) {
      const length = this.#random() < 0.1 ? 1 + this.#below(3) : 1 + this.#below(4_000);
      pieces.push(octets.subarray(at, at + length));
      at += length;
    }
    return pieces;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
}
