/** The feed: accepted messages handed to the worker by the commit that accepts them, within bounds. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { eventually } from '../../support/eventually.ts';
import type { Engine } from './engine.ts';
import { benchFor } from './engine.ts';
import {
  acceptMany,
  claimAll,
  deliveriesOf,
  HOUR_MS,
  MINUTE_MS,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
} from './fixtures.ts';

export function describeFeed(engine: Engine): void {
  describe('feed', () => {
    const bench = benchFor(engine);

    test('an accepted message is handed over, claimed, with its content', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed(ROOMY, feed);
      const recipients = ['a@example.com', 'b@example.com', 'c@example.net'];
      await store.spool.accept(await newMessage(store, { recipients, content: 'Subject: y\r\n\r\nhi\r\n' }));
      await eventually(() => feed.claims.length === 2);
      expect(deliveriesOf(feed.claims).map(({ recipient }) => recipient)).toEqual(recipients);
      for (const { content } of feed.claims)
        expect(Buffer.from(content!).toString()).toBe('Subject: y\r\n\r\nhi\r\n');
      expect((await claimAll(store.spool)).claims).toEqual([]);
      expect(await settleAll(store.spool, feed.claims)).toEqual({ written: 3 });
      expect(feed.backlogs).toEqual([]);
    });

    test('past the limit of a destination mail waits, and the worker hears of it', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed({ ...ROOMY, maxDeliveriesPerDestination: 5 }, feed);
      await acceptMany(store, 8);
      await acceptMany(store, 2, { recipients: ['a@example.net'] });
      await eventually(() => feed.claims.length === 7 && feed.backlogs.length > 0);
      expect(feed.claims.filter(({ destination }) => destination === 'example.com')).toHaveLength(5);
      expect(feed.backlogs.every((atMs) => atMs <= systemClock.now())).toBe(true);
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(3);
    });

    test('a message with more recipients than fit is handed over in part', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed({ ...ROOMY, maxDeliveriesPerDestination: 5 }, feed);
      const recipients = Array.from({ length: 12 }, (_, index) => `user${index}@example.com`);
      await store.spool.accept(await newMessage(store, { recipients }));
      await eventually(() => feed.claims.length === 1 && feed.backlogs.length === 1);
      const rest = deliveriesOf((await claimAll(store.spool)).claims);
      const all = [...deliveriesOf(feed.claims), ...rest].map(({ recipient }) => recipient);
      expect(all).toEqual(recipients);
      expect(rest).toHaveLength(7);
    });

    test('while something waits for a destination, new mail queues behind it', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store));
      const feed = recordingListener();
      store.spool.openFeed(ROOMY, feed);
      await store.spool.accept(await newMessage(store));
      await eventually(() => feed.backlogs.length === 1);
      expect(feed.claims).toEqual([]);
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(2);
      await store.spool.accept(await newMessage(store));
      await eventually(() => feed.claims.length === 1);
    });

    test('slow destinations cannot fill the feed so that another gets nothing', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed({ ...ROOMY, maxDeliveries: 20, maxDeliveriesPerDestination: 10 }, feed);
      await acceptMany(store, 20, { recipients: ['a@slow1.example'] });
      await acceptMany(store, 20, { recipients: ['a@slow2.example'] });
      await acceptMany(store, 1, { recipients: ['a@quick.example'] });
      await eventually(() => feed.claims.length === 21);
      // And yet there is an end to it.
      for (let index = 0; index < 50; index++)
        await acceptMany(store, 1, { recipients: [`a@d${index}.example`] });
      expect(feed.claims.length).toBeLessThanOrEqual(40);
    });

    test('content beyond the limit is handed over without its octets, until some is settled', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed({ ...ROOMY, maxContentBytes: 1000 }, feed);
      const content = `Subject: x\r\n\r\n${'x'.repeat(600)}\r\n`;
      await store.spool.accept(
        await newMessage(store, { content, recipients: ['a@example.com', 'b@example.net'] }),
      );
      await store.spool.accept(await newMessage(store, { content }));
      await eventually(() => feed.claims.length === 3);
      expect(feed.claims.map((claim) => claim.content?.length)).toEqual([
        content.length,
        content.length,
        undefined,
      ]);
      const [claim] = feed.claims.slice(2);
      expect(Buffer.from(await store.content.readChunk(claim!.contentId, 0)).toString()).toBe(content);
      await settleAll(store.spool, feed.claims);
      await store.spool.accept(await newMessage(store, { content }));
      await eventually(() => feed.claims.length === 4);
      expect(feed.claims[3]!.content).toHaveLength(content.length);
    });

    test('room is counted by what is settled', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed({ ...ROOMY, maxDeliveriesPerDestination: 2 }, feed);
      for (let round = 1; round <= 5; round++) {
        await acceptMany(store, 2);
        await eventually(() => feed.claims.length === 2 * round);
        await settleAll(store.spool, feed.claims.slice(-2));
      }
      expect(feed.backlogs).toEqual([]);
    });

    test('mail for later, for a blocked, a suspended or an excluded destination is not handed over', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed(ROOMY, feed);
      const laterMs = systemClock.now() + 5 * MINUTE_MS;
      const block = { destination: 'blocked.example', untilMs: laterMs + 1, failures: 1, lastError: '' };
      await store.spool.blockDestinations([block]);
      await store.queue.suspendDestination('suspended.example', true, 1, 'test');
      await claimAll(store.spool, { excludedDestinations: ['excluded.example'] });
      await store.spool.accept(await newMessage(store, { sendAtMs: laterMs }));
      await store.spool.accept(await newMessage(store, { recipients: ['a@blocked.example'] }));
      await store.spool.accept(await newMessage(store, { recipients: ['a@suspended.example'] }));
      await eventually(() => feed.backlogs.length === 1);
      expect(feed.backlogs).toEqual([laterMs]);
      await store.spool.accept(await newMessage(store, { recipients: ['a@excluded.example'] }));
      await eventually(() => feed.backlogs.length === 2);
      expect(feed.claims).toEqual([]);
      await store.queue.suspendDestination('suspended.example', false, 1, 'test');
      expect((await claimAll(store.spool)).claims.map(({ destination }) => destination).sort()).toEqual([
        'excluded.example',
        'suspended.example',
      ]);
    });

    test('the worker is told of a backlog once, not for every message', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      await store.spool.accept(await newMessage(store));
      store.spool.openFeed(ROOMY, feed);
      for (let index = 0; index < 20; index++) await store.spool.accept(await newMessage(store));
      expect(feed.backlogs).toHaveLength(1);
      await claimAll(store.spool, { limit: 1 });
      await store.spool.accept(await newMessage(store));
      // The claim's answer said that more is due.
      expect(feed.backlogs).toHaveLength(1);
    });

    test('a deferral is announced for its time, a notice is handed over', async () => {
      const store = await bench().open();
      const feed = recordingListener();
      store.spool.openFeed(ROOMY, feed);
      await acceptMany(store, 2);
      await eventually(() => feed.claims.length === 2);
      const [first, second] = feed.claims.splice(0);
      const againAtMs = systemClock.now() + HOUR_MS;
      await settleAll(store.spool, [first!], { state: 'deferred', nextAttemptAtMs: againAtMs });
      await eventually(() => feed.backlogs.length === 1);
      expect(feed.backlogs).toEqual([againAtMs]);
      const [bounced] = deliveriesOf([second!]);
      const dsn = await newMessage(store, {
        via: 'dsn',
        reversePath: '',
        recipients: ['sender@example.org'],
      });
      const { deliveryId, fence } = bounced!;
      await store.spool.settle({
        nowMs: systemClock.now(),
        settlements: [
          {
            deliveryId,
            fence,
            state: 'bounced',
            nextAttemptAtMs: undefined,
            attempts: [],
            event: undefined,
            suppression: undefined,
            countsAsAttempt: true,
          },
        ],
        dsns: [dsn],
      });
      await eventually(() => feed.claims.length === 1);
      expect(feed.claims[0]!.facts.via).toBe('dsn');
    });
  });
}
