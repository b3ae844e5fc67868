/** Credentials that log in by a client certificate: found by its fingerprint, one credential for each certificate, and when they end. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../../src/platform/time-units.ts';
import type { CertificateFacts } from '../../../src/policy/client-certificate.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { newCredential } from './fixtures.ts';

const FACTS: CertificateFacts = { subject: 'CN=web1', notAfterMs: 90 * DAY_MS };
const UNKNOWN: CertificateFacts = { subject: undefined, notAfterMs: undefined };
const print = (octet: number) => new Uint8Array(32).fill(octet);

export function describeCertificates(engine: Engine): void {
  describe('client certificates', () => {
    const bench = benchFor(engine);
    const add = async (store: OpenedStore, name: string, octet: number, parts: Partial<Credential> = {}) => {
      const credential = await newCredential(store, {
        ...{ name, username: name, secretHash: print(octet), certificate: FACTS, createdAtMs: 1 },
        ...parts,
      });
      await store.directory.addCredential(credential, 'test');
      return credential;
    };
    const found = async (store: OpenedStore, octet: number) =>
      (await store.directory.credentialByCertificate(print(octet)))?.name;

    test('find their credential, and a hash of a password that is the same does not', async () => {
      const { open } = bench();
      const store = await open();
      const { id } = await add(store, 'web1', 1);
      await add(store, 'bare', 2, { certificate: UNKNOWN });
      await add(store, 'password', 3, { certificate: undefined });
      await store.close();
      const { directory } = await open();
      const web1 = await directory.credentialByCertificate(print(1));
      expect(web1).toMatchObject({ id, certificate: FACTS });
      expect(Buffer.from(web1!.secretHash!)).toEqual(Buffer.from(print(1)));
      expect((await directory.credentialByCertificate(print(2)))?.certificate).toEqual(UNKNOWN);
      expect(await directory.credentialByCertificate(print(3))).toBeUndefined();
      expect(await directory.credentialBySecretHash(print(1))).toBeUndefined();
      expect((await directory.credentialByUsername('password'))?.certificate).toBeUndefined();
    });

    test('are of one credential that is not revoked', async () => {
      const store = await bench().open();
      const { directory } = store;
      const { id } = await add(store, 'web1', 1);
      await expect(add(store, 'web2', 1)).rejects.toMatchObject({ code: 'conflict' });
      expect(await directory.credentialByUsername('web2')).toBeUndefined();
      await directory.revokeCredential(id, 2, 'test');
      expect(await found(store, 1)).toBe('web1');
      await add(store, 'web2', 1);
      expect(await found(store, 1)).toBe('web2');
    });

    test('are replaced, with the one before beside the new one for a while', async () => {
      const store = await bench().open();
      const { directory } = store;
      const { id } = await add(store, 'web1', 1);
      await add(store, 'web2', 9);
      const rotate = (octet: number, atMs: number, keepUntilMs?: number) =>
        directory.replaceCredentialSecret(id, print(octet), atMs, 'test', keepUntilMs, {
          subject: `CN=${octet}`,
          notAfterMs: octet * DAY_MS,
        });
      await expect(rotate(9, 1_000)).rejects.toMatchObject({ code: 'conflict' });
      await rotate(2, 1_000, 5_000);
      expect(await directory.credentialByCertificate(print(2))).toMatchObject({
        ...{ id, certificate: { subject: 'CN=2', notAfterMs: 2 * DAY_MS }, oldSecretUntilMs: 5_000 },
      });
      expect(await directory.credentialByCertificate(print(1))).toMatchObject({ id });
      // The old one is taken as long as it counts.
      await expect(add(store, 'web3', 1, { createdAtMs: 4_999 })).rejects.toMatchObject({ code: 'conflict' });
      await add(store, 'web3', 1, { createdAtMs: 5_000 });
      expect(await found(store, 1)).toBe('web3');
      await rotate(4, 6_000);
      expect(await found(store, 2)).toBeUndefined();
      expect(await found(store, 4)).toBe('web1');
    });

    test('that another has as the one before come before one that was revoked', async () => {
      const store = await bench().open();
      const { directory } = store;
      const { id } = await add(store, 'gone', 1);
      await directory.revokeCredential(id, 2, 'test');
      const next = await add(store, 'next', 1);
      await directory.replaceCredentialSecret(next.id, print(2), 3, 'test', 5_000, UNKNOWN);
      expect(await found(store, 1)).toBe('next');
      await directory.revokeCredential(next.id, 4, 'test');
      // Of two that were revoked, the one that had it last.
      expect(await found(store, 1)).toBe('gone');
    });

    test('stand in the audit log by their fingerprints', async () => {
      const store = await bench().open();
      const { id } = await add(store, 'web1', 0xab);
      await store.directory.replaceCredentialSecret(id, print(0xcd), 2, 'test', 3_000, UNKNOWN);
      const subjects = JSON.stringify(await store.audit.auditLines({}, 50));
      expect(subjects).toContain(`smtp web1 certificate ${Array(32).fill('AB').join(':')}`);
      expect(subjects).toContain(`${id} certificate ${Array(32).fill('CD').join(':')} old secret until`);
    });

    test('end when they were said to, or as a client has shown, soonest first', async () => {
      const store = await bench().open();
      const { usage, directory } = store;
      const { accountId } = await add(store, 'soon', 1, {
        certificate: { ...FACTS, notAfterMs: 10 * DAY_MS },
      });
      const bare = await add(store, 'shown', 2, { certificate: UNKNOWN });
      const gone = await add(store, 'gone', 3, { certificate: { ...FACTS, notAfterMs: 6 * DAY_MS } });
      await add(store, 'late', 4);
      await directory.revokeCredential(gone.id, 2, 'test');
      const ending = async (toMs: number) =>
        (await usage.certificatesEnding(accountId, DAY_MS, toMs, 9)).map(({ name, atMs }) => [name, atMs]);
      expect(await ending(20 * DAY_MS)).toEqual([['soon', 10 * DAY_MS]]);
      const certificate = { subject: 'CN=shown', notAfterMs: 5 * DAY_MS };
      const use = { credentialId: bare.id, address: '192.0.2.7', name: undefined, tls: 'TLSv1.3' };
      await usage.recordUses([{ ...use, atMs: 10, withOldSecret: false, certificate }]);
      expect((await usage.lastUses([bare.id]))[0]?.certificate).toEqual(certificate);
      expect(await ending(20 * DAY_MS)).toEqual([
        ['shown', 5 * DAY_MS],
        ['soon', 10 * DAY_MS],
      ]);
      expect(await ending(7 * DAY_MS)).toEqual([['shown', 5 * DAY_MS]]);
      expect(await usage.certificatesEnding(accountId, DAY_MS, 20 * DAY_MS, 1)).toHaveLength(1);
      expect(await usage.certificatesEnding('acc_other', DAY_MS, 20 * DAY_MS, 9)).toEqual([]);
      // What was seen of the one before says nothing of the new one.
      await directory.replaceCredentialSecret(bare.id, print(5), 20, 'test', 9_000, UNKNOWN);
      await usage.recordUses([{ ...use, atMs: 30, withOldSecret: true, certificate }]);
      expect((await usage.lastUses([bare.id]))[0]?.certificate).toBeUndefined();
      expect(await ending(7 * DAY_MS)).toEqual([]);
    });
  });
}
