import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keySetOf } from '../../../src/dkim/dkim-key.ts';
import { dkimRecordValue, generateDkimKeys, openSigningKey } from '../../../src/dkim/keys.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { NOW_MS } from './signed-message.ts';

const box = createSecretBox(Buffer.alloc(32, 1), systemRandom);
const request = { domain: 'example.org', token: 'token', nowMs: NOW_MS, box };

describe('generateDkimKeys', () => {
  it('makes an RSA-2048 and an Ed25519 key that sign', async () => {
    const [rsa, ed25519] = await generateDkimKeys(request);
    expect(rsa).toMatchObject({
      domain: 'example.org',
      selector: 'postern-202601-token-rsa',
      algorithm: 'rsa-sha256',
      state: 'active',
      createdAtMs: NOW_MS,
    });
    expect(ed25519).toMatchObject({ selector: 'postern-202601-token-ed', algorithm: 'ed25519-sha256' });
    const opened = openSigningKey(rsa!, box);
    expect(opened.key.asymmetricKeyDetails?.modulusLength).toBe(2048);
    const published = createPublicKey({
      key: Buffer.from(rsa!.publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    expect(published.equals(createPublicKey(opened.key.export({ type: 'pkcs8', format: 'pem' })))).toBe(true);
    expect(Buffer.from(ed25519!.publicKey, 'base64')).toHaveLength(32);
  });

  it('makes an RSA key alone where that is wanted, and tells the sets apart by the keys that sign', async () => {
    const rsaAlone = await generateDkimKeys({ ...request, keySet: 'rsa' });
    expect(rsaAlone.map(({ algorithm }) => algorithm)).toEqual(['rsa-sha256']);
    expect(keySetOf(rsaAlone)).toBe('rsa');
    const [rsa, ed25519] = await generateDkimKeys({ ...request, keySet: 'both' });
    expect(keySetOf([rsa!, ed25519!])).toBe('both');
    expect(keySetOf([rsa!, { ...ed25519!, state: 'retired' }])).toBe('rsa');
  });

  it('prints the record to publish', async () => {
    const [rsa, ed25519] = await generateDkimKeys(request);
    expect(dkimRecordValue(rsa!)).toMatch(/^v=DKIM1; k=rsa; p=MIIBIjAN[A-Za-z0-9+/]+IDAQAB$/);
    expect(dkimRecordValue(ed25519!)).toMatch(/^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
  });

  it('gives the keys of a rotation selectors with a tail of its own', async () => {
    const keys = await generateDkimKeys({ ...request, tail: 'k3w0', state: 'pending' });
    expect(keys.map(({ selector }) => selector)).toEqual([
      'postern-202601-token-k3w0-rsa',
      'postern-202601-token-k3w0-ed',
    ]);
    expect(keys.map(({ state }) => state)).toEqual(['pending', 'pending']);
  });

  it('holds no private octet in the clear', async () => {
    for (const record of await generateDkimKeys(request)) {
      const der = openSigningKey(record, box).key.export({ type: 'pkcs8', format: 'der' });
      expect(Buffer.from(record.sealedPrivateKey).includes(der.subarray(-24))).toBe(false);
    }
  });
});

describe('openSigningKey', () => {
  it('refuses a key of another domain, selector, master key or algorithm', async () => {
    const [rsa, ed25519] = await generateDkimKeys(request);
    const refused = expect.objectContaining({ code: 'key-unreadable' }) as Error;
    const otherBox = createSecretBox(Buffer.alloc(32, 2), systemRandom);
    expect(() => openSigningKey({ ...rsa!, domain: 'example.net' }, box)).toThrow(refused);
    expect(() => openSigningKey({ ...rsa!, selector: ed25519!.selector }, box)).toThrow(refused);
    expect(() => openSigningKey(rsa!, otherBox)).toThrow(refused);
    expect(() => openSigningKey({ ...rsa!, algorithm: 'ed25519-sha256' }, box)).toThrow(refused);
    expect(() => openSigningKey({ ...rsa!, sealedPrivateKey: new Uint8Array(3) }, box)).toThrow(refused);
  });
});
