/** CSV that the browser writes: as relayctl writes it, and no cell is a formula. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine, CsvReader } from '../../src/admin/suppression-files/csv.ts';
import { csvOf } from '../../src/ui/pure/csv.ts';

test.each([
  ['=HYPERLINK("https://evil.test","x")', `"'=HYPERLINK(""https://evil.test"",""x"")"`],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', '\\u0009=1'],
  [' =1', "' =1"],
  ['\uff1d1', "'\uff1d1"],
  ["'=1", "''=1"],
  ['a;=1', 'a\\u003b=1'],
  ['orders', 'orders'],
  ['a,b "c"', '"a,b ""c"""'],
  ['line\r\nline', 'line\\u000d\\u000aline'],
])('%j is written as %j', (text, cell) => {
  expect(csvOf([[text]])).toBe(`${cell}\r\n`);
});

test('numbers are numbers, and null is an empty cell', () => {
  expect(
    csvOf([
      ['at', 'rate'],
      ['2026-11-24', 0.98],
      ['2026-11-25', null],
      ['x', -1],
    ]),
  ).toBe('at,rate\r\n2026-11-24,0.98\r\n2026-11-25,\r\nx,-1\r\n');
});

/** Anything, with more of what matters: signs of formulas, separators, quotes, escapes, halves of pairs. */
const TEXT = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'=+-@;,"\' \t\r\n'.split(''), '\\u001b', '\u202e', '\ud83d', '\udc00', '\u{e0041}'),
      fc.string({ unit: 'binary', maxLength: 2 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

test('any text is written as relayctl writes it, and reads back as one cell that is no formula', () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      const written = csvOf([[text, 'end']]);
      expect(written).toBe(csvLine([text, 'end']));
      expect(written).not.toMatch(/^"?[\s]*[=+\-@\t\r]/);
      const [record] = new CsvReader().push({ text: written.slice(0, -2), number: 1, cut: false });
      expect(record).toMatchObject({ fields: [expect.anything(), 'end'] });
    }),
  );
});
