/**
 * What a remote answers, in every cut: the replies read never depend on how they came, nothing throws, memory and what is
 * passed on stay bounded, and no control character reaches logs, reports or terminals.
 */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ReplyReader, replyOf, type RawReply } from '../../src/smtp/client/reply-reader.ts';
import { formatReply, makeReply, parseReply } from '../../src/smtp/reply.ts';
import { itHolds } from './support/fuzz.ts';
import { cuts, pieces, soup, wordSoup } from './support/octets.ts';

const ALPHABET = [
  ...[
    '250 ok\r\n',
    '250-more\r\n',
    '250\r\n',
    '250',
    '-',
    ' ',
    '550 5.1.1 No such user\r\n',
    '421 4.7.0 bye\n',
  ],
  ...[
    '\r\n',
    '\r',
    '\n',
    '\0',
    '\x1b[2J',
    '\x9b31m',
    '\xc2\x85',
    '\xe2\x80\xa8',
    '999 x\r\n',
    '099 x\r\n',
    '25',
    '2',
  ],
  ...[
    '\xf0\x9f\x98\x80',
    'y'.repeat(1_999),
    '\xe2\x80\xae',
    '5.1.1 ',
    '5.1.1',
    '\xff',
    'text',
    '250-SIZE 10\r\n',
    '354 go\r\n',
    ' 250 ok\r\n',
    'y'.repeat(3_000),
  ],
];

interface Read {
  readonly replies: readonly RawReply[];
  readonly problem: string | undefined;
  readonly empty: boolean;
}

function read(parts: readonly Buffer[]): Read {
  const reader = new ReplyReader();
  for (const part of parts) reader.push(part);
  reader.end();
  const { problem, empty } = reader;
  const replies: RawReply[] = [];
  for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply);
  return { replies, problem, empty };
}

const answers = fc.tuple(soup(ALPHABET, 40), cuts);

const REPLY_EXAMPLES = ['250 2\u2028250 ok\r\n', '2250 ok\r\n'].map((text): [Buffer, readonly number[]] => [
  Buffer.from(text),
  [3],
]);

describe('replies of a remote', () => {
  itHolds<readonly [Buffer, readonly number[]]>(
    'are the same in every cut',
    { seed: 921, runs: 1_200, examples: REPLY_EXAMPLES },
    answers,
    ([bytes, at]) => {
      const whole = read([Buffer.from(bytes)]);
      expect(read(pieces(bytes, at))).toEqual(whole);
      for (const raw of whole.replies) {
        expect(raw.code).toBeGreaterThanOrEqual(200);
        expect(raw.code).toBeLessThanOrEqual(599);
        expect(raw.lines.length).toBeGreaterThan(0);
        expect(raw.lines.length).toBeLessThanOrEqual(100);
        const reply = replyOf(raw);
        const line = formatReply(reply);
        expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
        expect(line.isWellFormed()).toBe(true);
        expect(line.length).toBeLessThanOrEqual(2_030);
        if (reply.status !== undefined)
          expect(reply.status).toMatch(new RegExp(`^${String(reply.code).charAt(0)}\\.`));
        // As it is stored, it is read again for reports.
        expect(parseReply(line)).toMatchObject({ code: reply.code });
      }
      expect(whole.problem ?? '').not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    },
  );

  itHolds(
    'that never end cost no more than one of them',
    { seed: 922, runs: 40 },
    fc.tuple(
      fc.constantFrom('250-x', '250-x\r\n', '2', '\r\n', '\0', '250-\xff\r\n', 'x'),
      fc.integer({ min: 1, max: 5_000 }),
    ),
    ([unit, length]) => {
      const reader = new ReplyReader();
      const part = Buffer.from(unit.repeat(Math.ceil(length / unit.length)), 'latin1');
      let pushed = 0;
      while (pushed < 2_000_000 && reader.problem === undefined) {
        reader.push(part);
        pushed += part.length;
      }
      expect(reader.problem).toBeDefined();
      // The most that is let through: a hundred lines as long as lines may be.
      expect(pushed).toBeLessThanOrEqual(100 * 8 * 1_024 + 2 * part.length);
      expect(reader.size).toBe(0);
    },
  );
});

describe('a reply', () => {
  itHolds(
    'of any texts is one line, and says its code and status when it is read again',
    { seed: 923, runs: 1_500 },
    fc.tuple(
      fc.integer({ min: 200, max: 599 }),
      fc.array(wordSoup(['5.1.1', '4.2.2 ', ' ', 'no', '-', '250']), { maxLength: 4 }),
    ),
    ([code, texts]) => {
      const clean = texts.map((text) => text.replace(/[\r\n]/g, ' '));
      const reply = makeReply(code, clean);
      const again = parseReply(formatReply(reply));
      expect(again?.code).toBe(code);
      if (reply.status !== undefined) expect(again?.status).toBe(reply.status);
    },
  );
});
