/** Finding the line of a key in a TOML text. */
import { expect, test } from 'vitest';
import { keyLines } from '../../../src/config/key-lines.ts';

test.each([
  ['bare keys', 'a = 1\n\nb = 2', { a: 1, b: 3 }],
  [
    'sections and comments',
    '# x = 1\n[s] # y\n  a = 1 # b = 2\nc = 3\n[t]\na = 1',
    { s: 2, 's.a': 3, 's.c': 4, t: 5, 't.a': 6 },
  ],
  ['dotted and quoted keys', 's.a = 1\n"s".\'b\' = 2\ns . c = 3', { s: 1, 's.a': 1, 's.b': 2, 's.c': 3 }],
  ['lists over many lines', 'a = [\n  "x = 1", # ]\n  "]",\n]\nb = 1', { a: 1, b: 5 }],
  ['strings over many lines', 'a = """\nb = 1\n\\""" c = 2"""\nd = 3', { a: 1, d: 4 }],
  ['literal strings', "a = '''\nb = 1\n'''\nc = '\\'\nd = 1", { a: 1, c: 4, d: 5 }],
  ['inline tables', 's = { a = 1, b = 2 }\nc = 1', { s: 1, c: 2 }],
  [
    'lists of tables, with tables in them',
    '[[s]]\na = 1\n[[s]]\na = 2\n[s.t]\nb = 3\n[[s.u]]\nc = 1',
    {
      ...{ s: 1, 's.0': 1, 's.0.a': 2, 's.1': 3, 's.1.a': 4 },
      ...{ 's.1.t': 5, 's.1.t.b': 6, 's.1.u': 7, 's.1.u.0': 7, 's.1.u.0.c': 8 },
    },
  ],
  ['Windows line ends', 'a = 1\r\nb = 2\r\n', { a: 1, b: 2 }],
])('%s', (_name, text, expected) => {
  expect(Object.fromEntries(keyLines(text))).toEqual(expected);
});
