/**
 * A process that changes a store as relayctl does, as fast as it can, until it is killed: for the tests of the audit log. It says
 * a line for each change that is durable.
 */
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { StorePlace } from '../../../src/store/place.ts';
import { openWriter } from '../../../src/store/thread/open-writer.ts';

const [place = '', accountId = '', name = ''] = process.argv.slice(2);
const store = await openWriter(JSON.parse(place) as StorePlace, {
  ...{ clock: systemClock, random: systemRandom, log: silentLog, reserveBytes: 0, exclusive: false },
});
const actor = `relayctl:${name}`;
const why = { reason: 'manual', evidence: '', expiresAtMs: undefined, createdBy: name } as const;
const change = async (number: number): Promise<void> => {
  const createdAtMs = systemClock.now();
  const address = `${name}-${number}@example.com`;
  if (number % 5 === 0)
    await store.queue.hold({ accountId, id: undefined, destination: `d${number}` }, createdAtMs, actor);
  else await store.suppressions.addSuppression({ accountId, scope: '', address, createdAtMs, ...why }, actor);
  process.stdout.write(`${number}\n`);
};
const worker = async (first: number): Promise<never> => {
  for (let number = first; ; number += 4) await change(number);
};
await Promise.all([0, 1, 2, 3].map(worker));
