import { expect, test } from 'vitest';
import { decodeXtext, encodeXtext } from '../../../src/smtp/envelope.ts';

test.each([
  ['rfc822;ann+tag@example.org', 'rfc822;ann+2Btag@example.org'],
  ['a=b c', 'a+3Db+20c'],
  ['plain', 'plain'],
])('xtext of %j', (plain, encoded) => {
  expect(encodeXtext(plain)).toBe(encoded);
  expect(decodeXtext(encoded)).toBe(plain);
});

test.each(['a+2', 'a+zz', 'a+0D+0Ab', '+'])('%j is no xtext', (text) => {
  expect(decodeXtext(text)).toBeUndefined();
});
