/**
 * Mutations of reports, and messages made to hurt: whatever a stranger sends, the reader answers, in bounded time, with
 * a bounded answer, and what it answers can be classified. Seeded; a failing seed is in the message.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainReport } from '../../src/cli/views/explained-report.ts';
import { loadBounceRules } from '../../src/config/bounce-rules.ts';
import { MAX_REPORTED } from '../../src/dsn/read/delivery-status.ts';
import { readReport } from '../../src/dsn/read/read-report.ts';
import type { Report } from '../../src/dsn/read/report.ts';
import { classifyReport } from '../../src/policy/classify-report.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startCpuTime } from '../support/cpu-time.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/reports');
const reports = readdirSync(FIXTURES).map((file) => readFileSync(path.join(FIXTURES, file)));
const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

const ROUNDS = 600;
/** On a busy machine; what hangs takes minutes. */
const MAX_MS = 5_000;

type Random = ReturnType<typeof seededRandom>;

function below(random: Random, limit: number): number {
  return Math.floor(random.float() * limit);
}

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Words that readers trip over. */
const TOKENS: readonly Buffer[] = [
  ...[
    '\r\n\r\n',
    '\n',
    '\r',
    '\0',
    '--',
    ': ',
    '<',
    '>',
    '@',
    '550 5.1.1 ',
    '550-',
    '(expanded from <',
    '{"',
    '}',
  ],
  ...[
    'Final-Recipient: rfc822; ',
    'Action: failed\r\n',
    'Content-Type: multipart/report; boundary="',
    '=?UTF-8?Q?',
  ],
  ...[
    '<<< ',
    '>>> RCPT To:<',
    '-----',
    'a@b.c',
    '\u00e9',
    '\u001b$B',
    'Content-Transfer-Encoding: base64\r\n',
  ],
].map((text) => Buffer.from(text));

function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(bytes);
  const times = 1 + below(random, 8);
  for (let i = 0; i < times; i++) {
    const at = below(random, mutated.length + 1);
    const to = Math.min(mutated.length, at + below(random, 200));
    const before = mutated.subarray(0, at);
    switch (below(random, 6)) {
      case 0:
        mutated = Buffer.concat([before, pick(random, TOKENS), mutated.subarray(at)]);
        break;
      case 1:
        mutated = Buffer.concat([before, mutated.subarray(to)]);
        break;
      case 2: {
        const other = pick(random, reports);
        const from = below(random, other.length);
        mutated = Buffer.concat([
          before,
          other.subarray(from, from + below(random, 2_000)),
          mutated.subarray(to),
        ]);
        break;
      }
      case 3:
        mutated = Buffer.concat([
          before,
          Buffer.from(random.bytes(1 + below(random, 20))),
          mutated.subarray(at),
        ]);
        break;
      case 4:
        mutated = Buffer.concat([
          before,
          mutated.subarray(at, to),
          mutated.subarray(at, to),
          mutated.subarray(at),
        ]);
        break;
      default:
        mutated = Buffer.from(before);
    }
  }
  return mutated;
}

function check(report: Report): void {
  expect(report.recipients.length).toBeLessThanOrEqual(MAX_REPORTED);
  for (const one of report.recipients) {
    expect(one.text.length).toBeLessThanOrEqual(4_000);
    expect(one.recipient?.length ?? 0).toBeLessThanOrEqual(400);
    if (one.status !== undefined) expect(one.status).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
    if (one.reply !== undefined) expect(one.reply.code).toBeGreaterThanOrEqual(200);
    const { meaning, action } = classifyReport(one, rules);
    expect(meaning).not.toBe('');
    expect(action).not.toBe('');
  }
}

async function timed(bytes: Uint8Array): Promise<{ readonly report: Report; readonly ms: number }> {
  const cpuMs = startCpuTime();
  const report = await readReport(bytes);
  return { report, ms: cpuMs() };
}

describe('a report that was changed at random', () => {
  it(`is read in bounded time, ${ROUNDS} times`, async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seededRandom(seed);
      const bytes = mutate(pick(random, reports), random);
      try {
        const { report, ms } = await timed(bytes);
        check(report);
        expect(ms).toBeLessThan(MAX_MS);
        await explainReport(bytes, rules, async (octets) => ({
          kind: 'report',
          report: await readReport(octets),
        }));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});

const HEAD = 'From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered mail\r\n';
const MIME = `${HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary="b"\r\n\r\n`;
const STATUS = '--b\r\nContent-Type: message/delivery-status\r\n\r\n';
const MIB = 1024 * 1024;

function nested(depth: number): string {
  let text = HEAD;
  for (let i = 0; i < depth; i++)
    text += `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`;
  return `${text}Content-Type: text/plain\r\n\r\n<a@example.org>: 550 no\r\n`;
}

function embedded(depth: number): string {
  let text = `${HEAD}\r\n<a@example.org>: 550 no\r\n`;
  for (let i = 0; i < depth; i++) {
    text = `${HEAD}Content-Type: multipart/report; boundary="b${i}"\r\n\r\n--b${i}\r\nContent-Type: message/rfc822\r\n\r\n${text}\r\n--b${i}--\r\n`;
  }
  return text;
}

describe('a message made to hurt', () => {
  it.each<readonly [string, () => string]>([
    ['is empty', () => ''],
    ['is one endless line', () => 'x'.repeat(3 * MIB)],
    ['has an endless header field', () => `${HEAD}X: ${'y'.repeat(3 * MIB)}\r\n\r\n`],
    ['has a header field of endless folds', () => `${HEAD}X: y\r\n${' z\r\n'.repeat(MIB / 4)}\r\n`],
    ['has endless header fields', () => `${HEAD}${'A: b\r\n'.repeat(MIB / 4)}\r\n`],
    ['has a To of endless addresses', () => `${HEAD}To: ${'a@b.c,'.repeat(20_000)}\r\n\r\n`],
    ['has a To of endless groups and comments', () => `${HEAD}To: ${'g:('.repeat(30_000)}\r\n\r\n`],
    ['has endless encoded words', () => `${HEAD}To: ${'=?UTF-8?Q?a?= '.repeat(8_000)}\r\n\r\n`],
    ['nests 2,000 multiparts', () => nested(2_000)],
    ['nests 200 messages', () => embedded(200)],
    ['has 100,000 parts', () => MIME + '--b\r\n\r\nx\r\n'.repeat(100_000)],
    [
      'has 100,000 recipients',
      () => `${MIME}${STATUS}${'Final-Recipient: rfc822; a@b.c\r\n\r\n'.repeat(100_000)}`,
    ],
    [
      'has endless fields of one recipient',
      () => `${MIME}${STATUS}Final-Recipient: a@b.c\r\n${'X: y\r\n'.repeat(200_000)}`,
    ],
    ['has a status of endless blank lines', () => MIME + STATUS + '\r\n'.repeat(MIB)],
    ['names recipients without end', () => `${HEAD}\r\n${'<a@example.org>\r\n'.repeat(50_000)}`],
    [
      'names other recipients without end',
      () =>
        `${HEAD}\r\n${Array.from({ length: 50_000 }, (_, i) => `<a${i}@example.org>: 550 no`).join('\r\n')}`,
    ],
    ['names recipients in rows', () => `${HEAD}\r\n${'a@b.c\r\nb@b.c\r\n\r\n'.repeat(20_000)}`],
    [
      'answers without end',
      () => `${HEAD}\r\n${'>>> RCPT To:<a@b.c>\r\n<<< 550-x\r\n<<< 550 y\r\n'.repeat(20_000)}`,
    ],
    ['is full of at signs', () => `${HEAD}\r\n${'a@'.repeat(500_000)}`],
    ['is full of brackets', () => `${HEAD}\r\n${'<'.repeat(500_000)}${'[('.repeat(100_000)}`],
    ['is full of stars', () => `${HEAD}\r\n${`${'*'.repeat(900)}\r\n`.repeat(500)}`],
    ['is full of blanks', () => `${HEAD}\r\n${' '.repeat(MIB)}\r\n${'\t \r\n'.repeat(100_000)}`],
    ['delivers to to to', () => `${HEAD}\r\n${`${'deliver to '.repeat(80)}\r\n`.repeat(500)}`],
    ['expands without end', () => `${HEAD}\r\n${'<a@b.c> (expanded from <\r\n'.repeat(20_000)}`],
    ['is quoted without end', () => `${HEAD}\r\n${'> '.repeat(500_000)}`],
    [
      'is HTML of endless tags',
      () => `${HEAD}MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${'<div>'.repeat(100_000)}`,
    ],
    [
      'is HTML that never ends a tag',
      () =>
        `${HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${'<style'.repeat(50_000)}${'&nbsp;'.repeat(50_000)}`,
    ],
    ['is JSON without end', () => `${HEAD}\r\n{"notificationType":"Bounce","bounce":${'['.repeat(200_000)}`],
    [
      'is JSON of other types',
      () =>
        `${HEAD}\r\n{"notificationType":"Bounce","bounce":{"bouncedRecipients":[1,null,{"emailAddress":{}},[]]},"mail":7}`,
    ],
    [
      'is a complaint of endless recipients',
      () =>
        `${MIME}--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n${'Original-Rcpt-To: a@b.c\r\n'.repeat(50_000)}`,
    ],
    [
      'claims a charset that there is not',
      () =>
        `${HEAD}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=x-none\r\n\r\n<a@example.org>: 550 no`,
    ],
  ])('that %s is answered', async (_, make) => {
    const { report, ms } = await timed(Buffer.from(make()));
    check(report);
    expect(ms).toBeLessThan(MAX_MS);
  });

  it('that hides a failure among the unreadable is still read', async () => {
    const { report } = await timed(Buffer.from(nested(500)));
    expect(report.recipients).toMatchObject([{ recipient: 'a@example.org', reply: { code: 550 } }]);
  });
});
