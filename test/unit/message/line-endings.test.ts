import { describe, expect, it } from 'vitest';
import { LineEndingRepair, MAX_LINE_OCTETS } from '../../../src/message/line-endings.ts';
import { seededRandom } from '../../support/seeded-random.ts';

function repair(chunks: readonly Uint8Array[]): { text: string; state: LineEndingRepair } {
  const state = new LineEndingRepair();
  const out = [...chunks.map((chunk) => state.push(chunk)), state.end()];
  return { text: Buffer.concat(out).toString('latin1'), state };
}

function repairText(text: string): string {
  return repair([Buffer.from(text, 'latin1')]).text;
}

describe('LineEndingRepair', () => {
  it('hands a right chunk on without a copy', () => {
    const state = new LineEndingRepair();
    const chunk = Buffer.from('one\r\ntwo\r\n');
    expect(state.push(chunk)).toBe(chunk);
    expect(state.end()).toHaveLength(0);
    expect(state.repaired).toBe(false);
  });

  it.each([
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\rb\r', 'a\r\nb\r\n'],
    ['a\r\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\r\r\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\r\r\r\r\nb\r\n', 'a\r\n\r\nb\r\n'],
    ['a\r\r\n\r\r\nb\r\r\n', 'a\r\n\r\nb\r\n'],
    ['a\r\rb\r\r', 'a\r\n\r\nb\r\n\r\n'],
    ['a\n\rb\n\r', 'a\r\nb\r\n'],
    ['a\n\r\n\rb\n\r', 'a\r\n\r\nb\r\n'],
    ['a\n\r\nb', 'a\r\n\r\nb\r\n'],
    ['a\r\n\rb', 'a\r\n\r\nb\r\n'],
    ['\r\r\n.\r\r\n', '\r\n.\r\n'],
    ['\n\r.\n\r', '\r\n.\r\n'],
    ['\n', '\r\n'],
    ['\r', '\r\n'],
    ['no end', 'no end\r\n'],
    ['', ''],
    ['\r\n.\n\r\n', '\r\n.\r\n\r\n'],
  ])('repairs %j', (given, expected) => {
    expect(repairText(given)).toBe(expected);
  });

  it('gives the same octets whatever the chunk borders', () => {
    const random = seededRandom(11);
    const alphabet = ['\r', '\n', '\r\n', 'a', 'bc', ' ', '\xe9', 'seven77', 'x'.repeat(30)];
    for (let round = 0; round < 3_000; round++) {
      const length = Math.floor(random.float() * 20);
      const text = Array.from(
        { length },
        () => alphabet[Math.floor(random.float() * alphabet.length)] ?? '',
      ).join('');
      const input = Buffer.from(text, 'latin1');
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < input.length;) {
        const size = 1 + Math.floor(random.float() * (round % 2 === 0 ? 4 : 60));
        chunks.push(input.subarray(at, at + size));
        at += size;
      }
      let expected = text.replace(/\r{1,3}\n|\n\r|\r|\n/g, '\r\n');
      if (expected !== '' && !expected.endsWith('\r\n')) expected += '\r\n';
      const { text: result, state } = repair(chunks);
      expect(result, JSON.stringify(text)).toBe(expected);
      expect(state.repaired, JSON.stringify(text)).toBe(expected !== text);
      expect(state.longestLineOctets).toBe(Math.max(...expected.split('\r\n').map((line) => line.length)));
      expect(state.eightBit).toBe(text.includes('\xe9'));
      expect(state.problem).toBeUndefined();
    }
  });

  it('reports NUL and keeps reporting it', () => {
    const { state } = repair([Buffer.from('a\0b\r\n'), Buffer.from('c\r\n')]);
    expect(state.problem).toBe('nul');
  });

  it('measures a line that spans chunks and refuses one over the limit', () => {
    const half = Buffer.alloc(MAX_LINE_OCTETS / 2, 'x');
    const allowed = repair([half, half, Buffer.from('\r'), Buffer.from('\nshort\r\n')]);
    expect(allowed.state.longestLineOctets).toBe(MAX_LINE_OCTETS);
    expect(allowed.state.problem).toBeUndefined();
    expect(repair([half, half, Buffer.from('x\r\n')]).state.problem).toBe('line-too-long');
    // Seen before the line ends, so that a client cannot stream on without end.
    const state = new LineEndingRepair();
    for (let i = 0; i < 3; i++) state.push(half);
    expect(state.problem).toBe('line-too-long');
  });
});
