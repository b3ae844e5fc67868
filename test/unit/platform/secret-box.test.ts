import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/platform/random.ts';
import {
  createSecretBox,
  keyIdOf,
  makeSecret,
  SAME_OVERHEAD_BYTES,
} from '../../../src/platform/secret-box.ts';

const box = createSecretBox(Buffer.alloc(32, 7), systemRandom);

describe('SecretBox', () => {
  it('opens what it sealed, under the same context', () => {
    for (const size of [0, 1, 31, 5_000]) {
      const plain = systemRandom.bytes(size);
      expect(Buffer.from(box.open(box.seal(plain, 'a'), 'a')).equals(plain)).toBe(true);
    }
  });

  it('opens in another process with the same master key', () => {
    const sealed = box.seal(Buffer.from('key'), 'a');
    expect(Buffer.from(createSecretBox(Buffer.alloc(32, 7), systemRandom).open(sealed, 'a')).toString()).toBe(
      'key',
    );
  });

  it('seals the same value differently each time and does not show it', () => {
    const plain = Buffer.from('a secret of some length');
    const [one, two] = [box.seal(plain, 'a'), box.seal(plain, 'a')];
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false);
    expect(Buffer.from(one).includes(plain)).toBe(false);
  });

  it('does not open under another context or another master key', () => {
    const sealed = box.seal(Buffer.from('key'), 'dkim:example.org:one');
    expect(() => box.open(sealed, 'dkim:example.org:two')).toThrow(
      expect.objectContaining({ code: 'cannot-open' }),
    );
    const other = createSecretBox(Buffer.alloc(32, 8), systemRandom);
    expect(() => other.open(sealed, 'dkim:example.org:one')).toThrow(/another master key/);
  });

  it('notices every changed, missing or added octet', () => {
    const sealed = box.seal(Buffer.from('key'), 'a');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed, 'a'), `octet ${at}`).toThrow(
        expect.objectContaining({ code: 'cannot-open' }),
      );
      expect(() => box.open(sealed.subarray(0, at), 'a')).toThrow(
        expect.objectContaining({ code: 'cannot-open' }),
      );
    }
    expect(() => box.open(Buffer.concat([sealed, Buffer.of(0)]), 'a')).toThrow();
  });

  it('seals a value that goes out to the same octets each time, and opens no changed one', () => {
    for (const size of [0, 1, 31, 500]) {
      const plain = systemRandom.bytes(size);
      const sealed = box.sealSame(plain, 'a');
      expect(sealed).toHaveLength(size + SAME_OVERHEAD_BYTES);
      expect(box.sealSame(plain, 'a')).toEqual(sealed);
      expect(Buffer.from(box.openSame(sealed, 'a') ?? []).equals(plain)).toBe(true);
      expect(box.openSame(sealed, 'b')).toBeUndefined();
      expect(box.openSame(sealed, '')).toBeUndefined();
      expect(createSecretBox(Buffer.alloc(32, 8), systemRandom).openSame(sealed, 'a')).toBeUndefined();
      for (let at = 0; at < sealed.length; at++) {
        const changed = Uint8Array.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(box.openSame(changed, 'a'), `octet ${at}`).toBeUndefined();
        expect(box.openSame(sealed.subarray(0, at), 'a')).toBeUndefined();
      }
    }
  });

  it('seals other values, contexts and keys to octets that have nothing in common', () => {
    const plain = Buffer.alloc(64);
    const others = [
      box.sealSame(Buffer.alloc(64, 1), 'a'),
      box.sealSame(plain, 'b'),
      createSecretBox(Buffer.alloc(32, 8), systemRandom).sealSame(plain, 'a'),
    ];
    const sealed = Buffer.from(box.sealSame(plain, 'a')).toString('hex');
    for (const other of others) {
      const text = Buffer.from(other).toString('hex');
      for (let at = 0; at < text.length; at += 32) expect(sealed).not.toContain(text.slice(at, at + 16));
    }
  });

  it('hashes the same secret alike under one master key only', () => {
    expect(box.hmac('secret')).toHaveLength(32);
    expect(box.hmac('secret')).toEqual(box.hmac('secret'));
    expect(box.hmac('secret')).not.toEqual(box.hmac('Secret'));
    expect(box.hmac('secret')).not.toEqual(createSecretBox(Buffer.alloc(32, 8), systemRandom).hmac('secret'));
  });

  it('opens and compares what was made under a previous key, and makes under the present one', () => {
    const both = createSecretBox(Buffer.alloc(32, 8), systemRandom, [Buffer.alloc(32, 7)]);
    const present = createSecretBox(Buffer.alloc(32, 8), systemRandom);
    const sealed = box.seal(Buffer.from('key'), 'a');
    expect(Buffer.from(both.open(sealed, 'a')).toString()).toBe('key');
    expect(Buffer.from(present.open(both.seal(Buffer.from('new'), 'a'), 'a')).toString()).toBe('new');
    expect(both.hmac('secret')).toEqual(present.hmac('secret'));
    expect(both.hmacs('secret')).toEqual([present.hmac('secret'), box.hmac('secret')]);
    expect(box.hmacs('secret')).toEqual([box.hmac('secret')]);
    expect(() => both.open(sealed, 'b')).toThrow(expect.objectContaining({ code: 'cannot-open' }));
  });

  it('names each key, and says which one sealed a value', () => {
    const both = createSecretBox(Buffer.alloc(32, 8), systemRandom, [Buffer.alloc(32, 7)]);
    expect(both.keyIds).toEqual([keyIdOf(Buffer.alloc(32, 8)), keyIdOf(Buffer.alloc(32, 7))]);
    expect(new Set(both.keyIds).size).toBe(2);
    expect(both.keyOf(box.seal(Buffer.from('key'), 'a'), 'a')).toBe(box.keyIds[0]);
    expect(both.keyOf(both.seal(Buffer.from('key'), 'a'), 'a')).toBe(both.keyIds[0]);
    expect(both.keyOf(box.seal(Buffer.from('key'), 'b'), 'a')).toBeUndefined();
  });

  it('keeps the forms of a released version', () => {
    // What is in a data folder has to open, and match, after an upgrade.
    expect(Buffer.from(box.hmac('secret')).toString('hex')).toBe(
      '2f83705b92c89fb6b1b7ff0ec575a0cab5f61c8937b949679aa65bbd4aa5b8c7',
    );
    expect(box.keyIds).toEqual(['qeqvngq1']);
    const sealed = 'AfPJ6/0rMPBccHEKLr0i4LLKFoEMC0GTY52ahP4Kf0xkOgSMpdMFLC4FcrcNk1rE';
    expect(Buffer.from(box.open(Buffer.from(sealed, 'base64'), 'a')).toString()).toBe('key');
  });

  it('takes no master key of another size', () => {
    expect(() => createSecretBox(Buffer.alloc(31), systemRandom)).toThrow(
      expect.objectContaining({ code: 'master-key-malformed' }),
    );
  });
});

describe('makeSecret', () => {
  it('makes 160 random bits in 32 characters after the prefix', () => {
    const secrets = Array.from({ length: 100 }, () => makeSecret(systemRandom, 'pst_'));
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^pst_[0-9a-hjkmnp-tv-z]{32}$/);
    expect(makeSecret(systemRandom)).toHaveLength(32);
  });
});
