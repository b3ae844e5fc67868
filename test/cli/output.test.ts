/** What stands between facts and the terminal: widths, tables, times, colours. */
import { describe, expect, test } from 'vitest';
import { cut, displayWidth, wrap } from '../../src/cli/output/display-width.ts';
import { createPaint } from '../../src/cli/output/paint.ts';
import { shellWord } from '../../src/platform/shell-word.ts';
import { renderTable } from '../../src/cli/output/table.ts';
import {
  clockTime,
  counted,
  relative,
  shortSpan,
  sizeWords,
  span,
  timestamp,
} from '../../src/cli/output/time-words.ts';

const paint = createPaint({ color: false, unicode: true });
const NOON = Date.UTC(2026, 10, 24, 12);

describe('text from outside', () => {
  test.each([
    ['abc', 3],
    ['你好', 4],
    ['e\u0301', 1],
    ['\u001b[31mred\u001b[39m', 3],
    ['📬', 2],
  ])('%j takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('is cut by columns, with a mark', () => {
    expect(cut('abcdef', 6, '…')).toBe('abcdef');
    expect(cut('abcdefg', 6, '…')).toBe('abcde…');
    expect(cut('你好你好', 5, '…')).toBe('你好…');
    expect(cut('abcdefgh', 6, '...')).toBe('abc...');
  });

  test('is wrapped between words, and within a word that is too long', () => {
    expect(wrap('one two three four five six', 20)).toEqual(['one two three four', 'five six']);
    expect(wrap('x'.repeat(45), 20)).toEqual(['x'.repeat(20), 'x'.repeat(20), 'x'.repeat(5)]);
    expect(wrap('', 20)).toEqual(['']);
  });
});

describe('a table', () => {
  interface Row {
    readonly id: string;
    readonly text: string;
    readonly more: string;
  }
  const columns = [
    { title: 'ID', text: (row: Row) => row.id },
    { title: 'TEXT', text: (row: Row) => row.text, shrinks: true },
    { title: 'MORE', text: (row: Row) => row.more, shrinks: true, drops: true },
  ] as const;
  const rows = [{ id: 'x'.repeat(20), text: 'a'.repeat(40), more: 'b'.repeat(15) }];
  const render = (width: number | undefined) => renderTable(columns, rows, { width, paint });

  test('is whole where nothing limits it', () => {
    expect(render(undefined)).toContain(`${'a'.repeat(40)}  ${'b'.repeat(15)}\n`);
  });

  test('narrows the widest column that may shrink', () => {
    expect(render(60)).toBe(
      `ID                    TEXT${' '.repeat(19)}MORE\n${'x'.repeat(20)}  ${'a'.repeat(20)}…  ${'b'.repeat(15)}\n`,
    );
  });

  test('leaves a column out before it becomes wider than the terminal; an id is never cut', () => {
    expect(render(32)).toBe(`ID                    TEXT\n${'x'.repeat(20)}  ${'a'.repeat(9)}…\n`);
  });

  test('without rows is nothing', () => {
    expect(renderTable(columns, [], { width: 80, paint })).toBe('');
  });

  test('shows control characters and does not obey them', () => {
    expect(
      renderTable([{ title: 'T', text: (text: string) => text }], ['a\u001b[2J'], { width: 80, paint }),
    ).toBe('T\na\\u001b[2J\n');
  });
});

describe('times', () => {
  test.each([
    [350, '350 ms'],
    [2400, '2.4 s'],
    [3000, '3 s'],
    [59_400, '59 s'],
    [250_000, '4 min 10 s'],
    [3_600_000, '1 h'],
    [11_100_000, '3 h 5 min'],
    [187_200_000, '2 d 4 h'],
  ])('%i ms is %s', (durationMs, words) => {
    expect(span(durationMs)).toBe(words);
  });

  test.each([
    [-5000, '5 s ago'],
    [500, 'now'],
    [240_000, 'in 4 min'],
  ])('%i ms from now is %s', (distance, words) => {
    expect(relative(NOON + distance, NOON)).toBe(words);
  });

  test.each([
    [0, 'now'],
    [62_000, '62s'],
    [600_000, '10m'],
    [9_000_000, '2h'],
    [864_000_000, '10d'],
  ])('%i ms is short %s', (durationMs, words) => {
    expect(shortSpan(durationMs)).toBe(words);
  });

  test('JSON has RFC 3339 in UTC with milliseconds, and null for none', () => {
    expect(timestamp(NOON)).toBe('2026-11-24T12:00:00.000Z');
    expect(timestamp(undefined)).toBeNull();
  });

  test('a time of another day has its date', () => {
    expect(clockTime(NOON, NOON)).toBe('12:00:00');
    expect(clockTime(NOON + 86_400_000, NOON)).toBe('2026-11-25 12:00:00');
  });
});

test('sizes, counts and shell words', () => {
  expect([812, 4300, 26_214_400].map(sizeWords)).toEqual(['812 B', '4.2 KiB', '25 MiB']);
  expect([counted(1, 'delivery', 'deliveries'), counted(2, 'attempt')]).toEqual(['1 delivery', '2 attempts']);
  expect([shellWord('a@b.example'), shellWord("o'brien@x.example")]).toEqual([
    'a@b.example',
    "'o'\\''brien@x.example'",
  ]);
});
