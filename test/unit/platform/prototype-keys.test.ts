/** However a key is spelled, and wherever it stands; what only looks like one stays. */
import { expect, test } from 'vitest';
import { prototypeKey } from '../../../src/platform/prototype-keys.ts';

const found = (text: string) => prototypeKey(text, JSON.parse(text));
const escaped = (word: string, digits: (hex: string) => string) =>
  Array.from(word, (letter) => `\\u${digits(letter.charCodeAt(0).toString(16).padStart(4, '0'))}`).join('');

const SPELLINGS: readonly string[] = [
  '__proto__',
  String.raw`\u005f\u005fproto\u005f\u005f`,
  String.raw`\u005F\u005Fproto\u005F\u005F`,
  String.raw`\u005F_proto_\u005f`,
  String.raw`__pr\u006fto__`,
  String.raw`__pr\u006Fto__`,
  escaped('__proto__', (hex) => hex),
  escaped('__proto__', (hex) => hex.toUpperCase()),
];
const PLACES: readonly ((key: string) => string)[] = [
  (key) => `{"${key}":1}`,
  (key) => `[{"${key}":{}}]`,
  (key) => `{"variables":{"a":[[{"b":{"${key}":null}}]]}}`,
  (key) => `{"metadata":{"${key}":"x"}}`,
  (key) => `{"messages":[{"headers":{"a":"b"}},{"headers":{"${key}":"x"}}]}`,
];

test.each(SPELLINGS)('%s is found in every place', (key) => {
  for (const place of PLACES) expect(found(place(key))).toBe('__proto__');
});

test.each([
  '{"constructor":{"prototype":{}}}',
  '[{"a":{"constructor":{"x":1,"prototype":null}}}]',
  String.raw`{"constructo\u0072":{"prototype":{}}}`,
  String.raw`{"\u0063onstructor":{"\u0070rototype":{}}}`,
])('%s is found', (text) => {
  expect(found(text)).toBe('constructor.prototype');
});

test.each([
  '{"text":"__proto__"}',
  String.raw`{"text":"\u005F\u005Fproto__ and \"constructor\""}`,
  '{"constructor":"Ferrari"}',
  '{"constructor":{"name":"Ferrari"}}',
  '{"prototype":{"constructor":1}}',
  '{"___proto__":1,"__proto":1}',
  String.raw`{"text":"caf\u00e9 \u00df"}`,
  '"__proto__"',
  'null',
])('%s is left alone', (text) => {
  expect(found(text)).toBeUndefined();
});
