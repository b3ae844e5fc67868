/** Times, spans, sizes, counts and text from outside, as people read them. */
import { expect, test } from 'vitest';
import {
  clockTime,
  countWords,
  exactTime,
  relativeTime,
  shareWords,
  sizeWords,
  span,
} from '../../src/ui/pure/format.ts';
import { cut, visibleText } from '../../src/ui/pure/visible-text.ts';

const AT = '2026-11-24T06:12:31.000Z';
const after = (ms: number) => Date.parse(AT) + ms;

test('exact times are UTC, and a clock time has its date on another day', () => {
  expect(exactTime(AT)).toBe('2026-11-24 06:12:31 UTC');
  expect(exactTime('never')).toBe('never');
  expect(clockTime(AT, '2026-11-24T00:00:00Z')).toBe('06:12:31');
  expect(clockTime(AT, '2026-11-23T23:59:59Z')).toBe('2026-11-24 06:12:31');
});

test.each([
  [0, 'now', 'jetzt'],
  [42_000, '42 sec. ago', 'vor 42 Sek.'],
  [4 * 60_000, '4 min. ago', 'vor 4 Min.'],
  [3 * 3_600_000, '3 hr. ago', 'vor 3 Std.'],
  [24 * 3_600_000, 'yesterday', 'gestern'],
  [-2 * 3_600_000, 'in 2 hr.', 'in 2 Std.'],
])('%d ms later', (ms, english, german) => {
  expect(relativeTime(AT, after(ms), 'en')).toBe(english);
  expect(relativeTime(AT, after(ms), 'de')).toBe(german);
});

test('spans have at most two units', () => {
  expect([0, 350, 2_400, 42_000, 250_000, 11_100_000, 187_200_000].map(span)).toEqual([
    '0 ms',
    '350 ms',
    '2.4 s',
    '42 s',
    '4 min 10 s',
    '3 h 5 min',
    '2 d 4 h',
  ]);
});

test('sizes, counts and shares follow the language', () => {
  expect(sizeWords(812, 'en')).toBe('812 B');
  expect(sizeWords(4_301, 'en')).toBe('4.2 KiB');
  expect(sizeWords(4_301, 'de')).toBe('4,2 KiB');
  expect(countWords(100_000, 'en')).toBe('100,000');
  expect(countWords(100_000, 'de')).toBe('100.000');
  expect(shareWords(0.984, 'en')).toBe('98.4%');
  expect(shareWords(null, 'en')).toBe('–');
});

test('what is not to be seen in text from outside is shown by its code', () => {
  expect(visibleText('pay\u202Egpj.exe')).toBe('pay\\u202egpj.exe');
  expect(visibleText('a\u0000b\u001b[31m\u200bc\ufeff')).toBe('a\\u0000b\\u001b[31m\\u200bc\\ufeff');
  expect(visibleText('Grüße, שלום, 你好 😀\n\t')).toBe('Grüße, שלום, 你好 😀\n\t');
});

test('a long text is cut, and never in the middle of a character', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdef', 3)).toBe('abc…');
  expect(cut('ab😀cd', 3)).toBe('ab…');
});
