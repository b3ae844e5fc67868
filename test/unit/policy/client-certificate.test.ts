/** What is read of a client's certificate, and what stands against it. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  certificateFault,
  endsSoon,
  formatFingerprint,
  knownOf,
  parseFingerprint,
  readClientCertificate,
} from '../../../src/policy/client-certificate.ts';
import { makeClientCertificate, type ClientCertificateOptions } from '../../support/client-certificate.ts';

const DAY_MS = 86_400_000;
const FROM_MS = Date.parse('2026-01-01T00:00:00Z');
const UNTIL_MS = Date.parse('2027-01-01T00:00:00Z');
const read = (options: ClientCertificateOptions = {}) => {
  const made = makeClientCertificate({ notBeforeMs: FROM_MS, notAfterMs: UNTIL_MS, ...options });
  return { ...readClientCertificate(new X509Certificate(made.cert)), made };
};

describe('a certificate', () => {
  it('is its fingerprint, a subject of one line, its time and the strength of its key', () => {
    const { made, ...certificate } = read({ name: 'web1' });
    expect(certificate).toEqual({
      ...{ fingerprint: made.fingerprint, subject: 'CN=web1', weakKey: undefined },
      ...{ notBeforeMs: FROM_MS, notAfterMs: UNTIL_MS },
    });
  });

  it.each([
    ['before its time', FROM_MS - 1, 'not-yet-valid'],
    ['from its first moment', FROM_MS, undefined],
    ['to its last', UNTIL_MS - 1, undefined],
    ['and not after', UNTIL_MS, 'expired'],
  ] as const)('%s', (_name, nowMs, kind) => {
    expect(certificateFault(read(), nowMs)?.kind).toBe(kind);
  });

  it.each(['P-256', 'ed25519', 'rsa'] as const)('is strong with a key of %s', (key) => {
    expect(read({ key }).weakKey).toBeUndefined();
  });

  it('is refused with a weak key, and with times that nobody can read', () => {
    expect(certificateFault(read({ key: 'rsa-1024' }), FROM_MS)).toEqual({
      ...{ kind: 'weak-key', words: 'has a weak key (rsa of 1024 bits)' },
    });
    const times = { notBeforeMs: FROM_MS, notAfterMs: UNTIL_MS, weakKey: undefined };
    expect(certificateFault({ ...times, notAfterMs: NaN }, FROM_MS)?.words).toContain('cannot be read');
    expect(certificateFault({ ...times, notBeforeMs: NaN }, FROM_MS)?.kind).toBe('not-yet-valid');
  });
});

describe('a fingerprint', () => {
  const octets = new Uint8Array(32).map((_, index) => index * 7);
  const text = formatFingerprint(octets);

  it('is read as it is written, with what OpenSSL puts before it, in any case, with or without colons', () => {
    expect(text).toMatch(/^00:07:0E:(?:[0-9A-F]{2}:){28}D9$/);
    for (const spelt of [
      ...[text, text.toLowerCase(), text.replaceAll(':', ''), ` ${text}\n`],
      ...[`sha256 Fingerprint=${text}`, `SHA256:${text}`, `SHA-256=${text}`],
    ])
      expect(parseFingerprint(spelt), spelt).toEqual(octets);
  });

  it.each(['', text.slice(3), `${text}:00`, text.replace('0', 'g'), 'web1.crt', `sha1 Fingerprint=${text}`])(
    'is not %j',
    (spelt) => {
      expect(parseFingerprint(spelt)).toBeUndefined();
    },
  );
});

it('what was given counts before what was shown, and each is known by itself', () => {
  const unknown = { subject: undefined, notAfterMs: undefined };
  const shown = { subject: 'CN=shown', notAfterMs: 2 };
  expect(knownOf({ subject: 'CN=given', notAfterMs: 1 }, shown)).toEqual({
    subject: 'CN=given',
    notAfterMs: 1,
  });
  expect(knownOf(unknown, shown)).toEqual(shown);
  expect(knownOf(unknown, undefined)).toEqual(unknown);
});

it('two weeks before its end it is time', () => {
  expect(endsSoon({ notAfterMs: UNTIL_MS }, UNTIL_MS - 14 * DAY_MS - 1)).toBe(false);
  expect(endsSoon({ notAfterMs: UNTIL_MS }, UNTIL_MS - 14 * DAY_MS)).toBe(true);
  expect(endsSoon({ notAfterMs: UNTIL_MS }, UNTIL_MS + DAY_MS)).toBe(true);
  expect(endsSoon({ notAfterMs: undefined }, UNTIL_MS)).toBe(false);
});
