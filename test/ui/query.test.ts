/** Filters in the query of an address. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localOfUtc, readQuery, searchWords, utcOfLocal, withQuery } from '../../src/ui/pure/query.ts';

const NAMES = ['search', 'state', 'tag'] as const;

test('what is written into a query is read from it', () => {
  const value = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(fc.record({ search: value, tag: value }, { requiredKeys: [] }), (values) => {
      const address = withQuery('/ui/messages', values);
      const trimmed = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text.trim()]));
      expect(readQuery(address.slice('/ui/messages'.length), NAMES)).toEqual(trimmed);
    }),
  );
});

test('unknown names and empty values are left out, the first of several counts', () => {
  expect(readQuery('?search=one&search=two&state=&tag=%20&other=1&__proto__=x', NAMES)).toEqual({
    search: 'one',
  });
  expect(withQuery('/ui/', { search: '', tag: undefined, limit: 5 })).toBe('/ui/?limit=5');
  expect(withQuery('/ui/', {})).toBe('/ui/');
});

test('a search begins at three characters', () => {
  expect(searchWords('  ')).toEqual({ ask: undefined, tooShort: false });
  expect(searchWords(' ab ')).toEqual({ ask: undefined, tooShort: true });
  expect(searchWords('😀😀')).toEqual({ ask: undefined, tooShort: true });
  expect(searchWords(' abc ')).toEqual({ ask: 'abc', tooShort: false });
});

test('times of an input are asked for in UTC and shown again', () => {
  expect(utcOfLocal('')).toBeUndefined();
  expect(utcOfLocal('x')).toBeUndefined();
  expect(localOfUtc(undefined)).toBe('');
  expect(localOfUtc(utcOfLocal('2026-11-24T06:12'))).toBe('2026-11-24T06:12');
});
