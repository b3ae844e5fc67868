import { createHash } from 'node:crypto';
import { RelaxedHash } from 'mailauth/lib/dkim/body/relaxed.js';
import { describe, expect, it } from 'vitest';
import { RelaxedBodyHash } from '../../../src/dkim/body-hash.ts';
import type { Random } from '../../../src/platform/random.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** RFC 6376 §3.4.4 word for word, for whole bodies with CRLF line ends. */
function canonical(body: string): string {
  const relaxed = body
    .replace(/[ \t]+(?=\r\n|$)/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/(?:\r\n)+$/, '');
  return relaxed === '' ? '' : `${relaxed}\r\n`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}

function hashOf(chunks: readonly Uint8Array[]): string {
  const hash = new RelaxedBodyHash();
  for (const chunk of chunks) hash.update(chunk);
  return Buffer.from(hash.digest(), 'base64').toString('hex');
}

function split(bytes: Uint8Array, random: Random, largest: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = Math.floor(random.float() * (largest + 1));
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function pick(parts: readonly string[], length: number, random: Random): string {
  return Array.from({ length }, () => parts[Math.floor(random.float() * parts.length)] ?? '').join('');
}

describe('RelaxedBodyHash', () => {
  it.each([
    ['', ''],
    ['\r\n', ''],
    ['\r\n\r\n\r\n', ''],
    [' \t\r\n \r\n', ''],
    ['  ', ''],
    ['a', 'a\r\n'],
    ['a\r\n\r\n\r\n', 'a\r\n'],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['\r\n\r\na\r\n', '\r\n\r\na\r\n'],
    ['a \r\n \r\n\tb', 'a\r\n\r\n b\r\n'],
    ['a\rb\nc', 'a\rb\nc\r\n'],
    ['a \r', 'a \r\r\n'],
    ['a\r\r\n', 'a\r\r\n'],
  ])('hashes %j as %j', (body, expected) => {
    expect(hashOf([Buffer.from(body, 'latin1')])).toBe(sha256(expected));
  });

  it('gives the hash of RFC 6376 for an empty body', () => {
    expect(new RelaxedBodyHash().digest()).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  });

  it('gives the same hash whatever the chunk borders', () => {
    const random = seededRandom(23);
    const parts = ['\r\n', '\r\n', ' ', '\t', 'a', 'bc', '\x01', '\xff', '\0', '!!!!! !!!', 'x'.repeat(20)];
    for (let round = 0; round < 5_000; round++) {
      const body = pick(parts, Math.floor(random.float() * 30), random);
      const bytes = Buffer.from(body, 'latin1');
      const expected = sha256(canonical(body));
      expect(hashOf([bytes]), JSON.stringify(body)).toBe(expected);
      expect(hashOf(split(bytes, random, 3)), JSON.stringify(body)).toBe(expected);
      expect(hashOf(split(bytes, random, 60)), JSON.stringify(body)).toBe(expected);
    }
  });

  it('treats bare CR and LF as content, whatever the chunk borders', () => {
    const random = seededRandom(29);
    const parts = ['\r', '\n', '\r\n', ' ', '\t', 'a'];
    for (let round = 0; round < 5_000; round++) {
      const bytes = Buffer.from(pick(parts, Math.floor(random.float() * 16), random), 'latin1');
      const whole = hashOf([bytes]);
      expect(hashOf(split(bytes, random, 3)), JSON.stringify(bytes.toString('latin1'))).toBe(whole);
    }
  });

  it("agrees with mailauth's hash on large bodies of every density of white space", () => {
    const random = seededRandom(31);
    for (let round = 0; round < 60; round++) {
      const dense = random.float();
      const words = ['word', 'x'.repeat(Math.floor(random.float() * 4_000)), '\x80\x81', 'a'];
      const gaps = [' ', '  ', '\t', '\r\n', ' \r\n', '\r\n\r\n', '\r\n \r\n', '\r\n'];
      let body = '';
      for (let i = 0; i < 400; i++) {
        body += pick(words, 1, random);
        body += random.float() < dense ? pick(gaps, 1 + Math.floor(random.float() * 3), random) : ' ';
      }
      const bytes = Buffer.from(body, 'latin1');
      const reference = new RelaxedHash('sha256');
      for (const chunk of split(bytes, random, 5_000)) reference.update(chunk);
      expect(hashOf(split(bytes, random, 7_000))).toBe(reference.digest('hex'));
    }
  });

  it('keeps hashes apart that are fed in turn', () => {
    const [one, two] = [new RelaxedBodyHash(), new RelaxedBodyHash()];
    for (let i = 0; i < 100; i++) {
      one.update(Buffer.from(`a  ${i} `));
      two.update(Buffer.from(`b\t${i}\r\n`));
    }
    const expectedOne = Array.from({ length: 100 }, (_, i) => `a  ${i} `).join('');
    const expectedTwo = Array.from({ length: 100 }, (_, i) => `b\t${i}\r\n`).join('');
    expect(Buffer.from(one.digest(), 'base64').toString('hex')).toBe(sha256(canonical(expectedOne)));
    expect(Buffer.from(two.digest(), 'base64').toString('hex')).toBe(sha256(canonical(expectedTwo)));
  });
});
