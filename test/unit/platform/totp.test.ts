/** Codes by time, with the values of the RFCs. */
import { expect, test } from 'vitest';
import { codeAt, otpauthUri, stepAt, stepOf, totpSecretText } from '../../../src/platform/totp.ts';

const SECRET = Buffer.from('12345678901234567890');

test('codes are those of RFC 4226, appendix D', () => {
  const codes = Array.from({ length: 10 }, (_, counter) => codeAt(SECRET, counter));
  expect(codes).toEqual([
    ...['755224', '287082', '359152', '969429', '338314'],
    ...['254676', '287922', '162583', '399871', '520489'],
  ]);
});

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at second %d it is %s, as in RFC 6238, appendix B', (seconds, code) => {
  expect(codeAt(SECRET, stepAt(seconds * 1_000))).toBe(code);
});

test('a code is taken one step before and after, and no more', () => {
  const now = 1_000_000_000_000;
  const steps = [-2, -1, 0, 1, 2].map((away) => stepOf(codeAt(SECRET, stepAt(now) + away), SECRET, now));
  expect(steps).toEqual([undefined, stepAt(now) - 1, stepAt(now), stepAt(now) + 1, undefined]);
  expect(stepOf(` ${codeAt(SECRET, stepAt(now)).replace(/^.../, '$& ')}`, SECRET, now)).toBe(stepAt(now));
  for (const none of ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦'])
    expect(stepOf(none, SECRET, now)).toBeUndefined();
});

test('the secret is in base32 as apps read it', () => {
  // RFC 4648 §10, without padding.
  const texts = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'];
  expect(texts.map((text) => totpSecretText(Buffer.from(text)))).toEqual([
    ...['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'],
  ]);
  expect(otpauthUri(SECRET, 'Postern', 'a+b@example.org')).toBe(
    'otpauth://totp/Postern:a%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Postern',
  );
});
