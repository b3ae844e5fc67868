/** How long a destination waits for a limit as a whole. */
import { expect, test } from 'vitest';
import { ActiveDestination } from '../../../../src/delivery/destination/active-destination.ts';
import type { QueueEntry } from '../../../../src/delivery/destination/queue-entry.ts';
import type { RateLimit } from '../../../../src/delivery/shaping/rate-limit.ts';
import { LongWaits, type HoldingSite } from '../../../../src/delivery/shaping/long-waits.ts';
import type { DestinationBlock } from '../../../../src/store/delivery-records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const HOUR_MS = 3_600_000;

test('it is looked at again in a second while some of it is claimed for its end, then within ten minutes', async () => {
  const clock = new VirtualClock();
  const blocks: DestinationBlock[] = [];
  const unused = { by: () => undefined };
  const longWaits = new LongWaits({
    ...{ clock, alarm: unused, outbox: { block: (block) => blocks.push(block) } },
    settler: { release: () => undefined },
  });
  const destination = new ActiveDestination('d.test', 50);
  const entry = { destination } as unknown as QueueEntry;
  const limit = { ofSender: false, words: 'rule a: 5 messages a day' } as RateLimit;
  const site: HoldingSite = {
    ...{ leavesPlainly: true, place: { hosts: [], provider: undefined, source: undefined } },
    shape: { turnOf: () => ({ ms: HOUR_MS, lookMs: HOUR_MS, limit }), putOff: () => undefined },
  };
  const waits = () => longWaits.hold([entry], { ms: HOUR_MS, lookMs: HOUR_MS, limit }, site);
  for (let count = 0; count < 2; count++) {
    destination.claimForEnd();
    expect(waits()).toBe(1_000);
    expect(blocks.at(-1)?.untilMs).toBe(clock.now() + 1_000);
    await clock.advance(1_000);
  }
  expect(waits()).toBe(10 * 60_000);
  expect(blocks.map(({ waitsFor }) => waitsFor)).toEqual(Array(3).fill(limit.words));
});
