/** Second factors of people: each code, signature, recovery code and token counts once, whoever comes at the same moment. */
import { describe, expect, it } from 'vitest';
import {
  MOST_FACTORS,
  type Factor,
  type FactorUse,
  type Passkey,
  type Totp,
} from '../../../src/store/factor-records.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { HOUR_MS } from './fixtures.ts';

const AT = 1_800_000_000_000;
const BY = 'user:usr_1';
const hashOf = (byte: number) => new Uint8Array(32).fill(byte);
const token = (byte: number) => ({ hash: hashOf(byte), untilMs: AT + HOUR_MS });
const of = (id: string) => ({ id, personId: 'usr_1', name: 'Mine', createdAtMs: AT, usedAtMs: undefined });
const totp = (id = 'fac_1'): Totp => ({ ...of(id), kind: 'totp', sealedSecret: hashOf(9), lastStep: 100 });
const passkey = (byte: number, counter = 0): Passkey => ({
  ...of(`fac_${byte}`),
  ...{ kind: 'passkey', credentialId: hashOf(byte), publicKey: hashOf(8), counter },
});

async function withCarol(store: OpenedStore): Promise<OpenedStore['people']> {
  const carol = { id: 'usr_1', email: 'carol@example.org', name: 'Carol', grants: [], createdAtMs: AT };
  await store.people.addPerson(carol, BY);
  return store.people;
}

export function describeFactors(engine: Engine): void {
  describe('second factors', () => {
    const bench = benchFor(engine);

    it('are kept as they were added, counted with the person, renamed and removed', async () => {
      const people = await withCarol(await bench().open());
      expect(await people.factorsOf('usr_1')).toEqual([]);
      const added: readonly Factor[] = [totp(), passkey(2, 7)];
      for (const [index, factor] of added.entries())
        await people.addFactor(factor, index === 0 ? [hashOf(1), hashOf(2)] : [], token(index), BY);
      expect(await people.factorsOf('usr_1')).toEqual(added);
      expect(await people.passkeyBy(hashOf(2))).toEqual(added[1]);
      expect(await people.passkeyBy(hashOf(3))).toBeUndefined();
      const carol = { factors: { totp: true, passkeys: 1, recoveryCodes: 2 } };
      expect(await people.findPerson('usr_1')).toMatchObject(carol);
      expect(await people.listPeople()).toMatchObject([carol]);
      await people.renameFactor('usr_1', 'fac_2', 'Key', AT, BY);
      expect((await people.factorsOf('usr_1'))[1]?.name).toBe('Key');
      const gone = { code: 'not-found' };
      await expect(people.renameFactor('usr_1', 'fac_9', 'Key', AT, BY)).rejects.toMatchObject(gone);
      await people.removeFactor('usr_1', 'fac_1', AT, BY);
      expect((await people.findPerson('usr_1'))?.factors.recoveryCodes).toBe(2);
      await people.removeFactor('usr_1', 'fac_2', AT, BY);
      await expect(people.removeFactor('usr_1', 'fac_2', AT, BY)).rejects.toMatchObject(gone);
      expect(await people.findPerson('usr_1')).toMatchObject({
        factors: { totp: false, passkeys: 0, recoveryCodes: 0 },
      });
    });

    it('are nobody else’s to change', async () => {
      const people = await withCarol(await bench().open());
      const dan = { id: 'usr_2', email: 'dan@example.org', name: 'Dan', grants: [], createdAtMs: AT };
      await people.addPerson(dan, BY);
      await people.addFactor(totp(), [hashOf(1)], token(1), BY);
      const gone = { code: 'not-found' };
      await expect(people.removeFactor('usr_2', 'fac_1', AT, BY)).rejects.toMatchObject(gone);
      await expect(people.renameFactor('usr_2', 'fac_1', 'x', AT, BY)).rejects.toMatchObject(gone);
      const theirs = { kind: 'recovery-code', personId: 'usr_2', codeHash: hashOf(1) } as const;
      expect(await people.useFactor(theirs, undefined, AT)).toBe(false);
    });

    it('are one TOTP, and so many in all; an enrolment is good once', async () => {
      const people = await withCarol(await bench().open());
      await people.addFactor(totp(), [], token(1), BY);
      const taken = { code: 'conflict' };
      await expect(people.addFactor(totp('fac_x'), [], token(2), BY)).rejects.toMatchObject(taken);
      await expect(people.addFactor(passkey(2), [], token(1), BY)).rejects.toMatchObject({
        code: 'not-found',
      });
      const over = { hash: hashOf(77), untilMs: AT };
      await expect(people.addFactor(passkey(2), [], over, BY)).rejects.toMatchObject({ code: 'not-found' });
      for (let byte = 2; byte <= MOST_FACTORS; byte++)
        await people.addFactor(passkey(byte), [], token(byte + 20), BY);
      await expect(people.addFactor(passkey(60), [], token(60), BY)).rejects.toMatchObject(taken);
      await people.removeFactor('usr_1', 'fac_3', AT, BY);
      const twice = { ...passkey(61), credentialId: hashOf(2) };
      await expect(people.addFactor(twice, [], token(61), BY)).rejects.toMatchObject(taken);
      // What failed has used up nothing.
      await people.addFactor(passkey(61), [], token(61), BY);
    });

    it('count each time step, counter, recovery code and token once', async () => {
      const people = await withCarol(await bench().open());
      await people.addFactor(totp(), [hashOf(1), hashOf(2)], token(1), BY);
      await people.addFactor(passkey(2, 7), [], token(2), BY);
      await people.addFactor(passkey(3, 0), [], token(3), BY);
      const use = (one: FactorUse, used?: number) =>
        people.useFactor(one, used === undefined ? undefined : token(used), AT + 5);
      const step = (number: number) => ({ kind: 'totp', factorId: 'fac_1', step: number }) as const;
      expect(await use(step(100))).toBe(false);
      const both = await Promise.all([use(step(101)), use(step(101))]);
      expect(both.sort()).toEqual([false, true]);
      expect(await use(step(101))).toBe(false);
      expect(await use(step(99))).toBe(false);
      const counted = (factorId: string, counter: number) =>
        ({ kind: 'passkey', factorId, counter }) as const;
      expect(await use(counted('fac_2', 7))).toBe(false);
      expect(await use(counted('fac_2', 0))).toBe(false);
      expect(await use(counted('fac_2', 8))).toBe(true);
      expect(await use(counted('fac_3', 0))).toBe(true);
      const code = { kind: 'recovery-code', personId: 'usr_1', codeHash: hashOf(1) } as const;
      expect([await use(code), await use(code)]).toEqual([true, false]);
      expect((await people.findPerson('usr_1'))?.factors.recoveryCodes).toBe(1);
      expect((await people.factorsOf('usr_1'))[0]).toMatchObject({ lastStep: 101, usedAtMs: AT + 5 });
      // A token that was used takes the code with it into nothing.
      expect(await use(step(102), 40)).toBe(true);
      await expect(use(step(103), 40)).rejects.toMatchObject({ code: 'not-found' });
      expect(await use(step(103), 41)).toBe(true);
    });

    it('are all gone when an operator resets them; new recovery codes replace the others', async () => {
      const people = await withCarol(await bench().open());
      await people.addFactor(totp(), [hashOf(1)], token(1), BY);
      await people.replaceRecoveryCodes('usr_1', [hashOf(2), hashOf(3)], AT, BY);
      const old = { kind: 'recovery-code', personId: 'usr_1', codeHash: hashOf(1) } as const;
      expect(await people.useFactor(old, undefined, AT)).toBe(false);
      await people.changePerson('usr_1', { resetsFactors: true }, AT, BY);
      expect(await people.factorsOf('usr_1')).toEqual([]);
      expect((await people.findPerson('usr_1'))?.factors.recoveryCodes).toBe(0);
    });

    it('go with the person: whoever is added anew by the same address, or enrols the same passkey, has nothing of it', async () => {
      const store = await bench().open();
      const people = await withCarol(store);
      await people.addFactor(totp(), [hashOf(1)], token(1), BY);
      await people.addFactor(passkey(2, 7), [], token(2), BY);
      const identity = { issuer: 'https://id.example', subject: '42' };
      await people.linkIdentity('usr_1', identity, AT, BY);
      await people.removePerson('usr_1', AT, BY);
      expect(await people.passkeyBy(passkey(2, 7).credentialId)).toBeUndefined();
      expect(await people.personByIdentity(identity)).toBeUndefined();
      expect(await people.useFactor({ kind: 'totp', factorId: 'fac_1', step: 900 }, undefined, AT)).toBe(
        false,
      );
      await withCarol(store);
      expect(await people.findPerson('usr_1')).toMatchObject({
        factors: { totp: false, passkeys: 0, recoveryCodes: 0 },
      });
      expect(await people.factorsOf('usr_1')).toEqual([]);
      expect(await people.identityOf('usr_1')).toBeUndefined();
      await people.addFactor(passkey(2, 7), [], token(3), BY);
    });

    it('and sessions: a new password ends the others, a confirmation is of one', async () => {
      const people = await withCarol(await bench().open());
      for (const number of [1, 2, 3])
        await people.openSession(
          {
            ...{ id: `ses_${number}`, personId: 'usr_1', tokenHash: hashOf(number), createdAtMs: AT },
            ...{ expiresAtMs: AT + HOUR_MS, address: '192.0.2.7', userAgent: undefined },
          },
          BY,
        );
      await people.confirmSession('ses_2', AT + 9);
      const confirmed = (await people.sessionsOf('usr_1')).map(({ id, confirmedAtMs }) => [
        id,
        confirmedAtMs,
      ]);
      expect(confirmed.sort()).toEqual([
        ['ses_1', AT],
        ['ses_2', AT + 9],
        ['ses_3', AT],
      ]);
      await people.setPassword('usr_1', 'new', 'ses_2', AT, BY);
      expect(await people.passwordOf('carol@example.org')).toMatchObject({ password: 'new' });
      expect((await people.sessionsOf('usr_1')).map(({ id }) => id)).toEqual(['ses_2']);
      await people.endSessions('usr_1', 'ses_2', AT, BY);
      expect(await people.sessionsOf('usr_1')).toHaveLength(1);
      await people.endSessions('usr_1', undefined, AT, BY);
      expect(await people.sessionsOf('usr_1')).toEqual([]);
    });
  });
}
