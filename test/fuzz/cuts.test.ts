/**
 * Content on its way through the relay, in every cut: the octets that come out never depend on how they came in, and are
 * those that a plain reading of the rule gives, octet by octet.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { DotStuffing } from '../../src/smtp/client/dot-stuffing.ts';
import { RelaxedBodyHash } from '../../src/dkim/body-hash.ts';
import { DataReader } from '../../src/smtp/server/end-of-data.ts';
import { LineEndingRepair, MAX_LINE_OCTETS } from '../../src/message/line-endings.ts';
import { cuts, LINE_ALPHABET, pieces, soup } from './support/octets.ts';
import { itHolds } from './support/fuzz.ts';
import { readData, repairLines, unstuff } from './support/plain-readings.ts';

const cutSoup = fc.tuple(soup(LINE_ALPHABET, 200), cuts);
type CutSoup = readonly [Buffer, readonly number[]];

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

describe('line ends', () => {
  itHolds<CutSoup>('are repaired alike in every cut', { seed: 901, runs: 1_500 }, cutSoup, ([bytes, at]) => {
    const repair = new LineEndingRepair();
    const out = [...pieces(bytes, at).map((piece) => Buffer.from(repair.push(piece))), repair.end()];
    const plain = repairLines(text(bytes));
    const repaired = text(Buffer.concat(out));
    expect(repaired).toBe(plain);
    expect(repaired).toMatch(/^(?:[^\r\n]*\r\n)*$/);
    expect(repair.problem).toBe(bytes.includes(0) ? 'nul' : undefined);
    expect(repair.repaired).toBe(plain !== text(bytes));
    expect(repair.eightBit).toBe(/[\x80-\xff]/.test(text(bytes)));
    expect(repair.longestLineOctets).toBe(Math.max(...plain.split('\r\n').map((line) => line.length)));
    // What is right stays as it is.
    const again = new LineEndingRepair();
    expect(text(Buffer.concat([again.push(Buffer.from(plain, 'latin1')), again.end()]))).toBe(plain);
    expect(again.repaired).toBe(false);
  });

  itHolds(
    'and lines that are too long are found in every cut',
    { seed: 902, runs: 60 },
    fc.tuple(
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom('', '\r\n', '\r', '\n', 'a\n'),
      fc.constantFrom('', '\r', '\n', '\r\n', '\r\r'),
      fc.array(fc.nat(70_000), { maxLength: 6 }),
    ),
    ([more, before, after, at]) => {
      const bytes = Buffer.from(`${before}${'x'.repeat(MAX_LINE_OCTETS + more)}${after}`);
      const repair = new LineEndingRepair();
      for (const piece of pieces(bytes, at)) repair.push(piece);
      repair.end();
      expect(repair.longestLineOctets).toBe(MAX_LINE_OCTETS + more);
      expect(repair.problem).toBe(more > 0 ? 'line-too-long' : undefined);
    },
  );
});

describe('the end of data', () => {
  itHolds<CutSoup>('is where it is in every cut', { seed: 903, runs: 2_000 }, cutSoup, ([bytes, at]) => {
    const reader = new DataReader();
    let content = '';
    let read = 0;
    let end: number | undefined;
    for (const piece of pieces(bytes, at)) {
      const used = reader.push(piece, (taken) => (content += text(taken)));
      if (used >= 0) {
        end = read + used;
        break;
      }
      read += piece.length;
    }
    const plain = readData(text(bytes));
    expect(end).toBe(plain.end);
    // Before the end, what may still become one is held back, and no more than that.
    if (plain.end === undefined) expect(plain.content.startsWith(content)).toBe(true);
    else expect(content).toBe(plain.content);
    if (plain.end === undefined) expect(plain.content.length - content.length).toBeLessThanOrEqual(4);
  });
});

describe('dot-stuffing', () => {
  itHolds<CutSoup>(
    'and its undoing give what was there, whatever it is',
    { seed: 904, runs: 1_200 },
    cutSoup,
    ([bytes, at]) => {
      const stuffing = new DotStuffing();
      const out: Uint8Array[] = [];
      for (const [index, piece] of pieces(bytes, at).entries()) {
        stuffing.push(piece);
        if (index % 3 === 0) out.push(stuffing.take());
      }
      stuffing.end();
      out.push(stuffing.take());
      const stuffed = text(Buffer.concat(out));
      const whole = new DotStuffing();
      whole.push(bytes);
      whole.end();
      expect(stuffed).toBe(text(whole.take()));

      // Only our own final dot stands single at the start of a line, for readers strict and lenient about line ends.
      expect(stuffed.slice(0, -3)).not.toMatch(/(?:^|\n)\.(?!\.)/);
      const received = unstuff(stuffed.slice(0, -3));
      expect(received).toBe(
        bytes.length === 0 || text(bytes).endsWith('\r\n') ? text(bytes) : `${text(bytes)}\r\n`,
      );
    },
  );
});

/** RFC 6376 §3.4.4 and §3.4.3, line by line. */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `${line}\r\n`).join('');
}

describe('the relaxed body hash', () => {
  itHolds<CutSoup>(
    'is that of the whole body in every cut',
    { seed: 905, runs: 2_500 },
    cutSoup,
    ([bytes, at]) => {
      const hash = new RelaxedBodyHash();
      for (const piece of pieces(bytes, at)) hash.update(piece);
      const plain = createHash('sha256')
        .update(relaxedBody(text(bytes)), 'latin1')
        .digest('base64');
      expect(hash.digest()).toBe(plain);
    },
  );

  itHolds(
    'is its own while another one is being taken',
    { seed: 906, runs: 250 },
    fc.tuple(cutSoup, cutSoup),
    ([[one, oneAt], [other, otherAt]]) => {
      const hashes = [new RelaxedBodyHash(), new RelaxedBodyHash()] as const;
      const ones = pieces(one, oneAt);
      const others = pieces(other, otherAt);
      for (let at = 0; at < Math.max(ones.length, others.length); at++) {
        hashes[0].update(ones[at] ?? new Uint8Array(0));
        hashes[1].update(others[at] ?? new Uint8Array(0));
      }
      for (const [index, bytes] of [one, other].entries()) {
        const plain = createHash('sha256')
          .update(relaxedBody(text(bytes)), 'latin1')
          .digest('base64');
        expect(hashes[index]!.digest()).toBe(plain);
      }
    },
  );
});
