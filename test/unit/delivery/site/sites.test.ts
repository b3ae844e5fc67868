import { expect, test } from 'vitest';
import { DEFAULT_DELIVERY_LIMITS } from '../../../../src/delivery/limits.ts';
import { DIRECT } from '../../../../src/delivery/route/egress.ts';
import { AccountNames } from '../../../../src/delivery/route/account-names.ts';
import { NO_AUTOMATIC_LIMITS } from '../../../../src/delivery/shaping/automatic-limits.ts';
import { NO_WINDOWS } from '../../../../src/delivery/shaping/leased-window.ts';
import { Shaping } from '../../../../src/delivery/shaping/shaping.ts';
import { OwnedPromises } from '../../../../src/platform/lifecycle.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { NO_SHAPING } from '../../../../src/policy/shaping/shaping-rules.ts';
import { Sites, type SitesOptions } from '../../../../src/delivery/site/sites.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { route } from '../support/world.ts';

const QUIET = 2_000;

/** Sites without a network: they are only looked up and forgotten here. */
function quietSites() {
  const options: Partial<SitesOptions> = {
    clock: new VirtualClock(),
    limits: DEFAULT_DELIVERY_LIMITS,
    shaping: new Shaping({
      ...{
        clock: new VirtualClock(),
        rules: () => NO_SHAPING,
        storedWaits: { lookAgain: () => undefined },
        automatic: NO_AUTOMATIC_LIMITS,
        writer: NO_WINDOWS,
      },
      ...{ limits: DEFAULT_DELIVERY_LIMITS, nodes: () => 1, log: silentLog },
      ...{
        background: new OwnedPromises(() => undefined),
        alarm: { by: () => undefined },
        names: new AccountNames(() => Promise.resolve([])),
      },
    }),
    budget: { forget: () => undefined } as never,
    providerOf: () => undefined,
  };
  const sites = new Sites(options as SitesOptions);
  const of = (number: number) => {
    const known = route(`mx${number}.test`, ['192.0.2.1']);
    if (known.kind !== 'hosts') throw new Error('a route to hosts');
    return sites.of(known, DIRECT, false, 'dest.test');
  };
  return { sites, of };
}

test('sites without work are forgotten, the longest without it first', () => {
  const { sites, of } = quietSites();
  for (let i = 0; i < QUIET; i++) of(i).tick();
  const [first, second] = [of(0), of(1)];
  first.tick();
  of(QUIET).tick();
  expect(sites.size).toBe(QUIET);
  expect(of(0)).toBe(first);
  expect(of(1)).not.toBe(second);
});

test('a site that mail was about to go to, and did not, is forgotten like the others', () => {
  const { sites, of } = quietSites();
  for (let i = 0; i < QUIET; i++) of(i).tick();
  // The mail was sent back, since the site is being left alone.
  for (let i = 0; i < QUIET; i++) of(i);
  for (let i = QUIET; i < 2 * QUIET; i++) of(i).tick();
  expect(sites.size).toBe(QUIET);
});
