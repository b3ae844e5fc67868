/** A store that webhooks cannot be read from: looked at less often, and said once. */
import { expect, test } from 'vitest';
import type { Log } from '../../../src/platform/log.ts';
import { startDispatcher, type DispatcherOptions } from '../../../src/webhook/dispatcher.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('is asked every five seconds at last, and each change is one line', async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const add = (event: string) => void lines.push(event);
  const log: Log = { debug: add, info: add, warn: add, error: add, enabled: () => true };
  let away = true;
  let asked = 0;
  const reader = {
    changed() {
      asked++;
      return away ? Promise.reject(new Error('away')) : Promise.resolve(true);
    },
    webhooksVersion: () => Promise.resolve(1),
    listWebhooks: () => Promise.resolve([]),
  };
  const dispatcher = startDispatcher({
    ...({ reader, writer: {}, box: {}, sender: {} } as unknown as DispatcherOptions),
    ...{ clock, random: seededRandom(1), log },
  });
  await clock.advance(3_600_000);
  expect(asked).toBeGreaterThan(700);
  expect(asked).toBeLessThan(740);
  away = false;
  await clock.advance(5_000);
  expect(lines).toEqual(['webhooks cannot be read', 'webhooks are read again']);
  const before = asked;
  await clock.advance(10_000);
  expect(asked - before).toBe(50);
  await dispatcher.stop(0);
});
