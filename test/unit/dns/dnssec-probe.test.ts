/** The question whether a resolver validates, where no packet can be sent to it. */
import { expect, test } from 'vitest';
import { validatesDnssec } from '../../../src/dns/dnssec-probe.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('a server that cannot be reached at all is one that does not answer', async () => {
  const clock = new VirtualClock();
  // Broadcasts need a permission that the socket does not have: connecting fails like that to a network without a route.
  const servers = [{ host: '255.255.255.255', port: 53 }];
  expect(await validatesDnssec({ servers, clock, random: seededRandom(1) })).toBeUndefined();
  expect(clock.pendingTimers).toBe(0);
});
