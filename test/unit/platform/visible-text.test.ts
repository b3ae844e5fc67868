/** Text from outside is shown and has no effect, in one form, and can be read back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromVisible,
  oneLine,
  spaced,
  visible,
  visibleAscii,
  visibleJson,
  visibleLines,
} from '../../../src/platform/visible-text.ts';

/** Units of all kinds, and what is like an escape already. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\u001b',
        '\u009b',
        '\u202e',
        '\\',
        '\\u',
        '\\u001b',
        '\\u005c',
        '\\\\',
        'u001b',
        '\r\n',
        '\ud83d',
        '\ude00',
      ),
    ),
  )
  .map((parts) => parts.join(''));

/** Written without the pattern of the code, so that a mistake in it shows. */
function isObeyed(unit: number, text: string, at: number): boolean {
  if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return true;
  if (unit >= 0xd800 && unit <= 0xdbff) {
    const next = text.charCodeAt(at + 1);
    return !(next >= 0xdc00 && next <= 0xdfff) || (unit === 0xdb40 && next <= 0xdc7f);
  }
  if (unit >= 0xdc00 && unit <= 0xdfff) {
    const before = text.charCodeAt(at - 1);
    return !(before >= 0xd800 && before <= 0xdbff);
  }
  const marks = [0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0xfeff, 0xfff9, 0xfffa, 0xfffb];
  return marks.includes(unit) || (unit >= 0x2028 && unit <= 0x202e) || (unit >= 0x2060 && unit <= 0x206f);
}

function obeyed(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at++)
    if (isObeyed(text.charCodeAt(at), text, at)) found.push(text.charCodeAt(at).toString(16));
  return found;
}

describe('a value', () => {
  test.each([
    ['x\u001bcRESET@b.c', String.raw`x\u001bcRESET@b.c`],
    ['a\u0000b\u007fc\u009bd', String.raw`a\u0000b\u007fc\u009bd`],
    ['one\r\ntwo\tthree', String.raw`one\u000d\u000atwo\u0009three`],
    ['abc\u202efdp.exe', String.raw`abc\u202efdp.exe`],
    ['a\u2066b\u2069\u061c\u200e\u200f', String.raw`a\u2066b\u2069\u061c\u200e\u200f`],
    ['line\u2028separator\u2029', String.raw`line\u2028separator\u2029`],
    ['zero\u200bwidth\ufeff\u2060so\u00adft', String.raw`zero\u200bwidth\ufeff\u2060so\u00adft`],
    ['half \ud83d', String.raw`half \ud83d`],
    ['tag \u{e0041}', String.raw`tag \udb40\udc41`],
    [String.raw`is \u001b already`, String.raw`is \u005cu001b already`],
    [String.raw`C:\users "\q"@b.c`, String.raw`C:\users "\q"@b.c`],
    ['Grüße 你好 👩‍🚀 שלום', 'Grüße 你好 👩‍🚀 שלום'],
  ])('%j is shown as %s', (value, shown) => {
    expect(visible(value)).toBe(shown);
    expect(fromVisible(shown)).toBe(value);
  });

  test('has nothing in it that is obeyed, and can be read back', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        expect(obeyed(visible(value))).toEqual([]);
        expect(fromVisible(visible(value))).toBe(value);
        expect(visibleAscii(value)).toMatch(/^[ -~]*$/);
        expect(fromVisible(visibleAscii(value))).toBe(value);
        expect(obeyed(spaced(value))).toEqual([]);
        expect(oneLine(value)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('lines keep their ends and nothing else that is obeyed', () => {
  expect(visibleLines('a\r\nb\n\tc\u001b[0m')).toBe('a\\u000d\nb\n\\u0009c\\u001b[0m');
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = visibleLines(text);
      expect(obeyed(shown).filter((unit) => unit !== 'a')).toEqual([]);
      expect(shown.split('\n').length).toBe(text.split('\n').length);
    }),
  );
});

test('JSON says the same as before, on one line unless it is indented', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText))), (value) => {
      const json = visibleJson(value);
      expect(obeyed(json)).toEqual([]);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(JSON.parse(visibleJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(visibleJson({ a: 'x\u009b\u202e' })).toBe(String.raw`{"a":"x\u009b\u202e"}`);
});
