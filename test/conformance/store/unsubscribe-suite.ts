/** Recipients who unsubscribe by a link, and take it back: suppression and event together, once, in their own stream only. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import type { Unsubscription } from '../../../src/store/unsubscribes.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  allEvents,
  defaultAccountId,
  HOUR_MS,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
} from './fixtures.ts';

const AT = 1_700_000_000_000;
const PSEUDONYM = 'erased-1@erased.invalid';

export function describeUnsubscribes(engine: Engine): void {
  describe('unsubscribing', () => {
    const bench = benchFor(engine);

    async function mailed(store: OpenedStore): Promise<NewMessage> {
      const listener = recordingListener();
      store.spool.openFeed(ROOMY, listener);
      const recipients = ['Alice@example.com', 'bob@example.com'];
      const message = await newMessage(store, { recipients, stream: 'broadcast', tags: ['spring'] });
      await store.spool.accept(message);
      await settleAll(store.spool, listener.claims);
      return message;
    }

    async function alice(store: OpenedStore, parts: Partial<Unsubscription> = {}): Promise<Unsubscription> {
      return {
        accountId: await defaultAccountId(store),
        stream: 'broadcast',
        address: 'alice@example.com',
        hashes: ['hash:new:alice', 'hash:old:alice'],
        messageId: 'msg_gone',
        recipientNumber: 1,
        by: 'one-click',
        atMs: AT,
        ...parts,
      };
    }

    const unsubscribedEvents = async (store: OpenedStore) =>
      (await store.events.readEvents({ ...allEvents(), types: ['unsubscribed'] })).events;

    const statesOf = async (store: OpenedStore, of: Unsubscription) =>
      Object.fromEntries(
        ((await store.unsubscribes.subscriptions(of, of.messageId, AT + 1))?.streams ?? []).map(
          ({ stream, state }) => [stream, state],
        ),
      );

    it('suppresses for the stream alone, with an event that names the message', async () => {
      const store = await bench().open();
      const { facts } = await mailed(store);
      const of = await alice(store, { messageId: facts.id });
      expect(await store.unsubscribes.unsubscribe(of)).toBe('unsubscribed');
      expect(await unsubscribedEvents(store)).toMatchObject([
        {
          messageId: facts.id,
          recipient: 'Alice@example.com',
          stream: 'broadcast',
          tags: ['spring'],
          atMs: AT,
          data: { by: 'one-click' },
        },
      ]);
      const found = (stream: string, address = of.address) =>
        store.suppressions.suppressionFor(of.accountId, stream, address, AT);
      const [event] = await unsubscribedEvents(store);
      expect(await found('broadcast')).toMatchObject({
        reason: 'unsubscribe',
        scope: 'broadcast',
        createdBy: 'recipient',
        expiresAtMs: undefined,
        event: event?.sequence,
      });
      expect(await found('transactional')).toBeUndefined();
      expect(await found('broadcast', 'bob@example.com')).toBeUndefined();
    });

    it('counts it in the statistics', async () => {
      const store = await bench().open();
      const { facts } = await mailed(store);
      await store.unsubscribes.unsubscribe(
        await alice(store, { messageId: facts.id, atMs: systemClock.now() }),
      );
      const nowMs = systemClock.now();
      const { total } = await store.statistics.statistics({
        ...{ accountIds: [], span: 'day', fromMs: nowMs - 48 * HOUR_MS, toMs: nowMs + 48 * HOUR_MS },
        ...{ of: undefined, group: undefined, limit: 1 },
      });
      expect(total.counts.unsubscribed).toBe(1);
    });

    it('changes nothing the second time, by whatever way', async () => {
      const store = await bench().open();
      const { facts } = await mailed(store);
      const of = await alice(store, { messageId: facts.id });
      await store.unsubscribes.unsubscribe(of);
      const again = ['one-click', 'page', 'mail'] as const;
      for (const by of again)
        expect(await store.unsubscribes.unsubscribe({ ...of, by, atMs: AT + 5 })).toBe('already');
      expect(await unsubscribedEvents(store)).toHaveLength(1);
    });

    it('is written once when many do it at the same time', async () => {
      const store = await bench().open();
      const { facts } = await mailed(store);
      const of = await alice(store, { messageId: facts.id });
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.unsubscribes.unsubscribe(of)));
      expect(answers.filter((answer) => answer === 'unsubscribed')).toHaveLength(1);
      expect(await unsubscribedEvents(store)).toHaveLength(1);
    });

    it('works for a message that is not kept any more: the event names none', async () => {
      const store = await bench().open();
      const of = await alice(store, { by: 'page' });
      expect(await store.unsubscribes.unsubscribe(of)).toBe('unsubscribed');
      const [event] = await unsubscribedEvents(store);
      expect(event).toMatchObject({
        recipient: 'alice@example.com',
        stream: 'broadcast',
        data: { by: 'page' },
      });
      expect(event?.messageId).toBeUndefined();
      expect(event?.deliveryId).toBeUndefined();
    });

    it('believes no number of another recipient, and no message of another account', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_2', name: 'other', createdAtMs: 0 }, 'test');
      const { facts } = await mailed(store);
      const bob = await alice(store, { messageId: facts.id, recipientNumber: 2 });
      await store.unsubscribes.unsubscribe(bob);
      const other = await alice(store, { messageId: facts.id, accountId: 'acc_2' });
      await store.unsubscribes.unsubscribe(other);
      expect((await unsubscribedEvents(store)).map(({ messageId }) => messageId)).toEqual([
        undefined,
        undefined,
      ]);
      expect((await store.unsubscribes.subscriptions(other, facts.id, AT))?.domain).toBeUndefined();
      expect((await store.unsubscribes.subscriptions(bob, facts.id, AT))?.domain).toBe('example.org');
    });

    it('ends where there is no account any more', async () => {
      const store = await bench().open();
      expect(await store.unsubscribes.unsubscribe(await alice(store, { accountId: 'acc_gone' }))).toBe(
        'gone',
      );
      await store.directory.addAccount({ id: 'acc_2', name: 'other', createdAtMs: 0 }, 'test');
      await store.removal.beginRemoval('acc_2', 'nothing', AT, 'test');
      const removing = await alice(store, { accountId: 'acc_2' });
      expect(await store.unsubscribes.unsubscribe(removing)).toBe('gone');
      expect(await store.unsubscribes.subscriptions(removing, 'msg_gone', AT)).toBeUndefined();
      expect(await unsubscribedEvents(store)).toEqual([]);
    });

    it('shows the broadcast streams of the account, and the stream of the message', async () => {
      const store = await bench().open();
      const of = await alice(store);
      const stream = { accountId: of.accountId, createdAtMs: AT };
      await store.directory.addStream({ ...stream, name: 'news', kind: 'broadcast' }, 'test');
      await store.directory.addStream({ ...stream, name: 'receipts', kind: 'transactional' }, 'test');
      await store.unsubscribes.unsubscribe({ ...of, stream: 'news' });
      expect(await statesOf(store, of)).toEqual({ broadcast: 'subscribed', news: 'unsubscribed' });
      expect(await statesOf(store, { ...of, stream: 'receipts' })).toEqual({
        ...{ broadcast: 'subscribed', news: 'unsubscribed', receipts: 'subscribed' },
      });
      expect(await statesOf(store, { ...of, address: 'bob@example.com' })).toEqual({
        ...{ broadcast: 'subscribed', news: 'subscribed' },
      });
    });

    it('counts where the stream was removed: for its mail that waits, and for a stream of the same name', async () => {
      const store = await bench().open();
      const of = await alice(store, { stream: 'news' });
      const stream = { accountId: of.accountId, createdAtMs: AT, name: 'news', kind: 'broadcast' } as const;
      await store.directory.addStream({ ...stream, title: 'Our news' }, 'test');
      await store.directory.removeStream(of.accountId, 'news', AT, 'test');
      expect(await statesOf(store, of)).toEqual({ broadcast: 'subscribed', news: 'subscribed' });
      expect(await store.unsubscribes.unsubscribe(of)).toBe('unsubscribed');
      expect(await store.unsubscribes.unsubscribe(of)).toBe('already');
      expect(await statesOf(store, of)).toEqual({ broadcast: 'subscribed', news: 'unsubscribed' });
      const found = await store.suppressions.suppressionFor(of.accountId, 'news', of.address, AT);
      expect(found?.reason).toBe('unsubscribe');
      expect(await unsubscribedEvents(store)).toHaveLength(1);
      await store.directory.addStream(stream, 'test');
      expect(await statesOf(store, of)).toEqual({ broadcast: 'subscribed', news: 'unsubscribed' });
    });

    it('of the whole account is nothing that a link takes back', async () => {
      const store = await bench().open();
      const of = await alice(store);
      const { accountId, address } = of;
      const imported = { accountId, scope: '', address, reason: 'unsubscribe', evidence: '' } as const;
      await store.suppressions.addSuppression(
        { ...imported, createdAtMs: AT, createdBy: 'test', expiresAtMs: undefined },
        'test',
      );
      expect(await statesOf(store, of)).toEqual({ broadcast: 'blocked' });
      expect(await store.unsubscribes.resubscribe(of, 0, AT)).toBe(0);
      expect(await store.unsubscribes.resubscribe({ ...of, stream: '' }, 0, AT)).toBe(0);
      const found = await store.suppressions.suppressionFor(accountId, 'broadcast', address, AT);
      expect(found?.reason).toBe('unsubscribe');
    });

    it('is taken back, with a line in the audit log, and can be repeated after', async () => {
      const store = await bench().open();
      const of = await alice(store);
      await store.unsubscribes.unsubscribe(of);
      expect(await store.unsubscribes.resubscribe(of, AT, AT + 1)).toBe(1);
      expect(await store.unsubscribes.resubscribe(of, AT, AT + 1)).toBe(0);
      expect(await statesOf(store, of)).toEqual({ broadcast: 'subscribed' });
      const lines = await store.audit.auditLines({}, 10);
      expect(lines[0]).toMatchObject({ actor: 'recipient', action: 'suppression remove' });
      expect(await store.unsubscribes.unsubscribe({ ...of, atMs: AT + 2 })).toBe('unsubscribed');
      expect(await unsubscribedEvents(store)).toHaveLength(2);
    });

    it('is not taken back once it is older, nor elsewhere', async () => {
      const store = await bench().open();
      const of = await alice(store);
      await store.unsubscribes.unsubscribe(of);
      expect(await store.unsubscribes.resubscribe(of, AT + 1, AT + 2)).toBe(0);
      expect(await store.unsubscribes.resubscribe({ ...of, stream: 'transactional' }, 0, AT)).toBe(0);
      expect(await store.unsubscribes.resubscribe({ ...of, address: 'bob@example.com' }, 0, AT)).toBe(0);
      expect(await store.unsubscribes.resubscribe({ ...of, accountId: 'acc_gone' }, 0, AT)).toBe(0);
      expect(await statesOf(store, of)).toEqual({ broadcast: 'unsubscribed' });
    });

    it('takes back no suppression of another reason', async () => {
      const store = await bench().open();
      const of = await alice(store);
      const { accountId, address } = of;
      const reasons: readonly (readonly [string, NewSuppression['reason']])[] = [
        ['broadcast', 'manual'],
        ['', 'complaint'],
      ];
      for (const [scope, reason] of reasons) {
        const made = { accountId, scope, address, reason, evidence: '', createdAtMs: AT, createdBy: 'test' };
        await store.suppressions.addSuppression({ ...made, expiresAtMs: undefined }, 'test');
      }
      expect(await statesOf(store, of)).toEqual({ broadcast: 'blocked' });
      await store.unsubscribes.unsubscribe(of);
      expect(await store.unsubscribes.resubscribe({ ...of, stream: '' }, 0, AT)).toBe(0);
      await store.unsubscribes.resubscribe(of, 0, AT);
      expect(await statesOf(store, of)).toEqual({ broadcast: 'blocked' });
      const found = await store.suppressions.suppressionFor(accountId, 'transactional', address, AT);
      expect(found?.reason).toBe('complaint');
    });

    it('is recorded over a suppression that would end by itself', async () => {
      const store = await bench().open();
      const of = await alice(store);
      const { accountId, address } = of;
      const soon = {
        accountId,
        scope: 'broadcast',
        address,
        reason: 'manual',
        evidence: '',
        createdBy: 'test',
      } as const;
      await store.suppressions.addSuppression({ ...soon, createdAtMs: AT, expiresAtMs: AT + 9 }, 'test');
      expect(await store.unsubscribes.unsubscribe(of)).toBe('unsubscribed');
      const found = await store.suppressions.suppressionFor(accountId, 'broadcast', address, AT + 10);
      expect(found?.reason).toBe('unsubscribe');
    });

    describe('of somebody who was erased', () => {
      async function erased(store: OpenedStore, of: Unsubscription, hash = 'hash:old:alice'): Promise<void> {
        const { accountId, address } = of;
        const id = 'era_1';
        const as = { pseudonym: PSEUDONYM, hash, knownAs: 'x' };
        await store.erasure.beginErasure({ id, accountId, address, ...as }, AT, 'test');
        while ((await store.erasure.eraseSome(id, AT, 'test')).kind !== 'done');
      }

      const everything = async (store: OpenedStore, of: Unsubscription) =>
        JSON.stringify([
          await store.suppressions.listSuppressions(of.accountId, undefined, 99),
          await store.audit.auditLines({}, 99),
          (await store.events.readEvents(allEvents())).events,
        ]);

      it('is known by the hash, and repeated nothing is written', async () => {
        const store = await bench().open();
        const { facts } = await mailed(store);
        const of = await alice(store, { messageId: facts.id });
        await store.unsubscribes.unsubscribe(of);
        await erased(store, of);
        const before = await everything(store, of);
        expect(await statesOf(store, of)).toEqual({ broadcast: 'unsubscribed' });
        expect(await store.unsubscribes.unsubscribe({ ...of, atMs: AT + 1 })).toBe('already');
        expect(await everything(store, of)).toBe(before);
      });

      it('is taken back, and other reasons stay', async () => {
        const store = await bench().open();
        const { facts } = await mailed(store);
        const of = await alice(store, { messageId: facts.id });
        await store.unsubscribes.unsubscribe(of);
        const other = { accountId: of.accountId, scope: 'broadcast', address: of.address, evidence: '' };
        await store.suppressions.addSuppression(
          { ...other, reason: 'manual', createdAtMs: AT, createdBy: 'test', expiresAtMs: undefined },
          'test',
        );
        await erased(store, of);
        expect(await statesOf(store, of)).toEqual({ broadcast: 'blocked' });
        expect(await store.unsubscribes.resubscribe(of, AT + 1, AT + 2)).toBe(0);
        expect(await store.unsubscribes.resubscribe(of, AT, AT + 2)).toBe(1);
        expect(await statesOf(store, of)).toEqual({ broadcast: 'blocked' });
        expect(await store.suppressions.listSuppressions(of.accountId, undefined, 9)).toMatchObject([
          { address: 'hash:old:alice', reason: 'manual' },
        ]);
        expect(await everything(store, of)).not.toMatch(/alice@/i);
      });

      it('is kept under the hash that the person has, and the event has the pseudonym', async () => {
        const store = await bench().open();
        const { facts } = await mailed(store);
        const of = await alice(store, { messageId: facts.id });
        const made = { accountId: of.accountId, scope: '', address: of.address, evidence: '' };
        await store.suppressions.addSuppression(
          { ...made, reason: 'complaint', createdAtMs: AT, createdBy: 'test', expiresAtMs: undefined },
          'test',
        );
        await erased(store, of);
        expect(await store.unsubscribes.unsubscribe(of)).toBe('unsubscribed');
        // Without the message as well.
        const another = { ...of, stream: 'transactional', messageId: 'msg_gone' };
        expect(await store.unsubscribes.unsubscribe(another)).toBe('unsubscribed');
        expect(await store.suppressions.listSuppressions(of.accountId, undefined, 9)).toMatchObject([
          { address: 'hash:old:alice', scope: '', reason: 'complaint' },
          { address: 'hash:old:alice', scope: 'broadcast', reason: 'unsubscribe' },
          { address: 'hash:old:alice', scope: 'transactional', reason: 'unsubscribe' },
        ]);
        expect(await unsubscribedEvents(store)).toMatchObject([
          { messageId: facts.id, recipient: PSEUDONYM },
          { recipient: 'hash:old:alice' },
        ]);
        expect(await everything(store, of)).not.toMatch(/alice@/i);
      });

      it('is kept under the present key where nothing of the person was suppressed', async () => {
        const store = await bench().open();
        const { facts } = await mailed(store);
        const of = await alice(store, { messageId: facts.id });
        await erased(store, of);
        expect(await statesOf(store, of)).toEqual({ broadcast: 'subscribed' });
        expect(await store.unsubscribes.unsubscribe(of)).toBe('unsubscribed');
        expect(await store.unsubscribes.unsubscribe(of)).toBe('already');
        expect(await store.suppressions.listSuppressions(of.accountId, undefined, 9)).toMatchObject([
          { address: 'hash:new:alice', scope: 'broadcast', reason: 'unsubscribe' },
        ]);
        expect(await unsubscribedEvents(store)).toMatchObject([{ recipient: PSEUDONYM }]);
        expect(await store.unsubscribes.resubscribe(of, AT, AT + 1)).toBe(1);
        expect(await everything(store, of)).not.toMatch(/alice@/i);
        const bob = { ...of, address: 'bob@example.com', hashes: ['hash:new:bob'], recipientNumber: 2 };
        await store.unsubscribes.unsubscribe(bob);
        expect(await store.suppressions.listSuppressions(of.accountId, undefined, 9)).toMatchObject([
          { address: 'bob@example.com' },
        ]);
      });
    });

    it('a broadcast message keeps that its recipients get links', async () => {
      const store = await bench().open();
      const message = await newMessage(store, { stream: 'broadcast', oneClick: true });
      await store.spool.accept(message);
      expect((await store.queue.messageById(message.facts.id))?.facts.oneClick).toBe(true);
      const other = await newMessage(store, {});
      await store.spool.accept(other);
      expect((await store.queue.messageById(other.facts.id))?.facts.oneClick).toBeUndefined();
    });
  });
}
