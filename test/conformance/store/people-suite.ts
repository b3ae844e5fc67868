/** People who use the dashboard: what they may do, invitations that are good once, sessions that end. */
import { describe, expect, it } from 'vitest';
import { MOST_SESSIONS, type NewGrant, type NewSession } from '../../../src/store/people-records.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { defaultAccountId, HOUR_MS } from './fixtures.ts';

const AT = 1_800_000_000_000;
const BY = 'relayctl:alice';
const EVERYWHERE: NewGrant = { accountId: undefined, role: 'read-only', readsContent: false };

const hashOf = (byte: number) => new Uint8Array(32).fill(byte);

function addCarol(store: OpenedStore, ...grants: readonly NewGrant[]): Promise<void> {
  const carol = { id: 'usr_1', email: 'carol@example.org', name: 'Carol' };
  return store.people.addPerson({ ...carol, grants, createdAtMs: AT }, BY);
}

function session(number: number, parts: Partial<NewSession> = {}): NewSession {
  return {
    ...{ id: `ses_${number}`, personId: 'usr_1', tokenHash: hashOf(number), createdAtMs: AT + number },
    ...{ expiresAtMs: AT + HOUR_MS, address: '192.0.2.7', userAgent: 'Firefox', ...parts },
  };
}

export function describePeople(engine: Engine): void {
  describe('people', () => {
    const bench = benchFor(engine);

    it('are found by id and address, with what they may do where', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      await addCarol(store, EVERYWHERE, { accountId, role: 'admin', readsContent: true });
      const carol = {
        ...{ id: 'usr_1', email: 'carol@example.org', name: 'Carol', createdAtMs: AT },
        grants: [
          { ...EVERYWHERE, accountName: undefined },
          { accountId, accountName: 'default', role: 'admin', readsContent: true },
        ],
        ...{
          hasPassword: false,
          invitedUntilMs: undefined,
          suspendedAtMs: undefined,
          lastSignInMs: undefined,
          factors: { totp: false, passkeys: 0, recoveryCodes: 0 },
        },
      };
      expect(await store.people.listPeople()).toEqual([carol]);
      expect(await store.people.findPerson('usr_1')).toEqual(carol);
      expect(await store.people.findPerson('carol@example.org')).toEqual(carol);
      expect(await store.people.findPerson('usr_2')).toBeUndefined();
      await expect(addCarol(store)).rejects.toMatchObject({ code: 'conflict' });
      const nowhere = { accountId: 'acc_none', role: 'admin', readsContent: false } as const;
      await expect(store.people.changePerson('usr_1', { grants: [nowhere] }, AT, BY)).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await store.people.findPerson('usr_1')).toEqual(carol);
    });

    it('lose what they might do in an account that is removed', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_shop', name: 'shop', createdAtMs: AT }, BY);
      await addCarol(store, { accountId: 'acc_shop', role: 'operator', readsContent: false });
      await store.removal.beginRemoval('acc_shop', 'nothing', AT, BY);
      expect((await store.people.findPerson('usr_1'))?.grants).toEqual([]);
    });

    it('take an invitation once, until its time, and have no sessions afterwards', async () => {
      const store = await bench().open();
      await addCarol(store, EVERYWHERE);
      const { people } = store;
      await people.invitePerson('usr_1', { tokenHash: hashOf(1), untilMs: AT + HOUR_MS }, AT, BY);
      await people.invitePerson('usr_1', { tokenHash: hashOf(2), untilMs: AT + HOUR_MS }, AT, BY);
      expect(await people.invitationByHash(hashOf(1))).toBeUndefined();
      expect(await people.invitationByHash(hashOf(2))).toEqual({ personId: 'usr_1', untilMs: AT + HOUR_MS });
      const gone = { code: 'not-found' };
      await expect(people.takeInvitation(hashOf(1), 'secret', AT, BY)).rejects.toMatchObject(gone);
      await expect(people.takeInvitation(hashOf(2), 'secret', AT + HOUR_MS, BY)).rejects.toMatchObject(gone);
      expect(await people.passwordOf('carol@example.org')).toBeUndefined();
      await people.openSession(session(9), BY);
      const both = await Promise.allSettled(
        ['one', 'two'].map((password) => people.takeInvitation(hashOf(2), password, AT, BY)),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const taken = both[0]?.status === 'fulfilled' ? 'one' : 'two';
      expect(await people.passwordOf('carol@example.org')).toEqual({ personId: 'usr_1', password: taken });
      expect(await people.invitationByHash(hashOf(2))).toBeUndefined();
      expect(await people.sessionByHash(hashOf(9))).toBeUndefined();
      expect(await people.findPerson('usr_1')).toMatchObject({
        hasPassword: true,
        invitedUntilMs: undefined,
      });
    });

    it('have sessions that are found by their hash, noted, and ended', async () => {
      const store = await bench().open();
      await addCarol(store, EVERYWHERE);
      const { people } = store;
      await people.openSession(session(1), BY);
      await people.noteSessionUse('ses_1', AT + 5_000);
      await people.noteSessionUse('ses_1', AT + 4_000);
      const found = await people.sessionByHash(hashOf(1));
      expect(found?.session).toEqual({
        ...{ id: 'ses_1', personId: 'usr_1', createdAtMs: AT + 1, seenAtMs: AT + 5_000 },
        ...{ expiresAtMs: AT + HOUR_MS, address: '192.0.2.7', userAgent: 'Firefox' },
        confirmedAtMs: AT + 1,
      });
      expect(found?.person).toMatchObject({ id: 'usr_1', lastSignInMs: AT + 1 });
      await people.endSession('ses_1', AT, BY);
      await people.endSession('ses_1', AT, BY);
      await people.noteSessionUse('ses_1', AT);
      expect(await people.sessionByHash(hashOf(1))).toBeUndefined();
      const ends = await store.audit.auditLines({ action: 'user sign out' }, 10);
      expect(ends).toHaveLength(1);
    });

    it('have a bounded number of sessions, and no expired ones', async () => {
      const store = await bench().open();
      await addCarol(store, EVERYWHERE);
      const { people } = store;
      await people.openSession(session(200, { createdAtMs: AT - HOUR_MS, expiresAtMs: AT }), BY);
      for (let number = 0; number <= MOST_SESSIONS; number++) await people.openSession(session(number), BY);
      const ids = (await people.sessionsOf('usr_1')).map(({ id }) => id);
      expect(ids).toEqual(
        Array.from({ length: MOST_SESSIONS }, (_, index) => `ses_${MOST_SESSIONS - index}`),
      );
      expect(await people.sessionByHash(hashOf(0))).toBeUndefined();
      expect(await people.sessionByHash(hashOf(200))).toBeUndefined();
    });

    it('have no session by a password that is another one by now, and by the present one do', async () => {
      const store = await bench().open();
      await addCarol(store, EVERYWHERE);
      const { people } = store;
      const gone = { code: 'not-found' };
      await expect(people.openSession(session(1, { password: 'old' }), BY)).rejects.toMatchObject(gone);
      // Of somebody without a password: by a provider.
      await people.openSession(session(2), BY);
      await people.setPassword('usr_1', 'old', undefined, AT, BY);
      await people.openSession(session(3, { password: 'old' }), BY);
      await people.setPassword('usr_1', 'new', undefined, AT, BY);
      await expect(people.openSession(session(4, { password: 'old' }), BY)).rejects.toMatchObject(gone);
      expect(await people.sessionsOf('usr_1')).toEqual([]);
      await people.openSession(session(5, { password: 'new' }), BY);
      await people.openSession(session(6), BY);
      expect((await people.sessionsOf('usr_1')).map(({ id }) => id)).toEqual(['ses_6', 'ses_5']);
    });

    it('who are suspended or removed have no session, no invitation, and get none', async () => {
      const store = await bench().open();
      await addCarol(store, EVERYWHERE);
      const { people } = store;
      await people.invitePerson('usr_1', { tokenHash: hashOf(1), untilMs: AT + HOUR_MS }, AT, BY);
      await people.openSession(session(2), BY);
      await people.changePerson('usr_1', { isSuspended: true }, AT, BY);
      expect(await people.sessionByHash(hashOf(2))).toBeUndefined();
      expect(await people.invitationByHash(hashOf(1))).toBeUndefined();
      await expect(people.openSession(session(3), BY)).rejects.toMatchObject({ code: 'not-found' });
      const invitation = { tokenHash: hashOf(4), untilMs: AT + HOUR_MS };
      await expect(people.invitePerson('usr_1', invitation, AT, BY)).rejects.toMatchObject({
        code: 'conflict',
      });
      await people.changePerson('usr_1', { isSuspended: false, name: 'C.', grants: [] }, AT, BY);
      expect(await people.findPerson('usr_1')).toMatchObject({
        name: 'C.',
        grants: [],
        suspendedAtMs: undefined,
      });
      await people.openSession(session(5), BY);
      await people.removePerson('usr_1', AT, BY);
      expect(await people.sessionByHash(hashOf(5))).toBeUndefined();
      expect(await people.listPeople()).toEqual([]);
      await expect(people.removePerson('usr_1', AT, BY)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('have one identity at a provider, which is of nobody else, and is taken away with every session', async () => {
      const store = await bench().open();
      await addCarol(store, EVERYWHERE);
      const { people } = store;
      const dan = { id: 'usr_2', email: 'dan@example.org', name: 'Dan', grants: [], createdAtMs: AT };
      await people.addPerson(dan, BY);
      const identity = { issuer: 'https://id.example', subject: 'Ab' };
      const conflict = { code: 'conflict' };
      await expect(people.unlinkIdentity('usr_1', AT, BY)).rejects.toMatchObject(conflict);
      await expect(people.linkIdentity('usr_9', identity, AT, BY)).rejects.toMatchObject({
        code: 'not-found',
      });
      const both = await Promise.allSettled(
        ['usr_1', 'usr_2'].map((id) => people.linkIdentity(id, identity, AT, BY)),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const owner = both[0]?.status === 'fulfilled' ? 'usr_1' : 'usr_2';
      expect(await people.identityOf(owner)).toEqual({ ...identity, linkedAtMs: AT });
      expect(await people.personByIdentity(identity)).toMatchObject({ id: owner });
      for (const other of [
        { ...identity, subject: 'ab' },
        { ...identity, issuer: 'https://id.example/' },
      ]) {
        expect(await people.personByIdentity(other)).toBeUndefined();
        await expect(people.linkIdentity(owner, other, AT, BY)).rejects.toMatchObject(conflict);
      }
      await people.openSession(session(1, { personId: owner }), BY);
      await people.unlinkIdentity(owner, AT, BY);
      expect(await people.sessionByHash(hashOf(1))).toBeUndefined();
      expect(await people.identityOf(owner)).toBeUndefined();
      await people.linkIdentity('usr_1', identity, AT, BY);
      await people.removePerson('usr_1', AT, BY);
      expect(await people.personByIdentity(identity)).toBeUndefined();
      await people.linkIdentity('usr_2', identity, AT, BY);
      expect(await people.personByIdentity(identity)).toMatchObject({ id: 'usr_2' });
    });
  });
}
