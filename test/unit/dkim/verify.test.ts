import { beforeAll, describe, expect, it } from 'vitest';
import { verifyMessage } from '../../../src/dkim/verify.ts';
import { signingDomain, signMessage, txtResolver } from './signed-message.ts';
import type { SigningDomain } from './signed-message.ts';

const SUBMITTED = Buffer.from('From: a@example.org\r\nSubject: s\r\n\r\nbody\r\n');

let domain: SigningDomain;
let signed: Buffer;
beforeAll(async () => {
  domain = await signingDomain();
  signed = await signMessage(SUBMITTED, domain.keys);
});

describe('verifyMessage', () => {
  it('finds nothing in a message that is not signed', async () => {
    expect(await verifyMessage(SUBMITTED, domain.resolver)).toEqual([]);
  });

  it('tells a key that is not published from one that could not be asked for', async () => {
    const absent = await verifyMessage(signed, txtResolver(new Map()));
    expect(absent.map(({ result }) => result)).not.toContain('pass');
    expect(absent.map(({ result }) => result)).not.toContain('temperror');
    const failing = {
      ...domain.resolver,
      txt: () => Promise.resolve({ kind: 'failed' as const, reason: 'SERVFAIL' }),
    };
    const asked = await verifyMessage(signed, failing);
    expect(asked.map(({ result }) => result)).toEqual(['temperror', 'temperror']);
  });

  it('judges each signature by itself', async () => {
    const half = signed.toString('latin1').replace(/(a=ed25519[^]*?b=)../, '$1AA');
    const results = await verifyMessage(Buffer.from(half, 'latin1'), domain.resolver);
    expect(results.map(({ algorithm, result }) => [algorithm, result])).toEqual([
      ['rsa-sha256', 'pass'],
      ['ed25519-sha256', 'fail'],
    ]);
  });
});
