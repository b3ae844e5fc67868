/** From when the simulation counts what the relay has to do in time: what an operator kept from it does not count. */
import { beforeEach, describe, expect, it } from 'vitest';
import { World as Relay } from '../unit/delivery/support/world.ts';
import type { ClaimedDelivery } from '../../src/store/delivery-records.ts';
import { Dice } from './dice.ts';
import { Ledger } from './ledger.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import { Life } from './life.ts';
import { HOUR_MS, MINUTE_MS } from './durations.ts';
import { makePlan } from './plan.ts';
import { LONGEST_PAUSE_MS, Progress } from './progress.ts';
import { SimulatedTime } from './simulated-time.ts';
import { Trace } from './trace.ts';

const plan = makePlan(1, 24);
const nobody = () => false;
const everybody = () => true;
let time: SimulatedTime;
let ledger: Ledger;
let progress: Progress;

beforeEach(() => {
  time = new SimulatedTime();
  const { limits, accounts } = plan;
  const trace = new Trace(time);
  ledger = new Ledger({ time, trace, limits, accounts: accounts.length, maxAgeMs: 4 * 24 * HOUR_MS });
  progress = new Progress(plan, ledger, { time, network: { trafficOf: () => undefined, open: 0 } });
  progress.calmSinceMs = 0;
});

function pass(durationMs: number): void {
  time.after(durationMs, () => undefined);
  time.happen();
}

describe('a delivery that is not settled long after its end', () => {
  beforeEach(async () => {
    await using relay = new Relay();
    const message = relay.message({ to: ['a@d.test'], facts: { expiresAtMs: time.nowMs() + HOUR_MS } });
    ledger.stored(ledger.sent(message, Buffer.from('')));
  });

  it('breaks a promise', () => {
    pass(10 * HOUR_MS);
    progress.check(undefined, nobody);
    expect(ledger.promises.broken).toMatch(/is open 540 minutes after its end/);
  });

  it('was held, and has its time from when it was released', () => {
    const [delivery] = [...ledger.open] as [LedgerDelivery];
    pass(10 * HOUR_MS);
    progress.check(undefined, everybody);
    pass(10 * MINUTE_MS);
    progress.check(undefined, nobody);
    expect(ledger.promises.broken).toBeUndefined();
    pass(10 * HOUR_MS);
    progress.check(undefined, nobody);
    expect(ledger.promises.broken).toContain(delivery.id);
  });
});

describe('a delivery of the quiet account to a host that is well', () => {
  const wellKnown = plan.domains.find(({ site }) => site.kind === 'steady')?.name ?? '';
  const accountId = plan.accounts.find(({ quiet }) => quiet)?.id ?? '';
  beforeEach(async () => {
    await using relay = new Relay();
    const facts = { accountId, acceptedAtMs: time.nowMs(), expiresAtMs: time.nowMs() + 24 * HOUR_MS };
    ledger.stored(ledger.sent(relay.message({ to: [`a@${wellKnown}`], facts }), Buffer.from('')));
  });

  it('breaks a promise when it waits', () => {
    pass(3 * MINUTE_MS);
    progress.check(undefined, nobody);
    expect(ledger.promises.broken).toMatch(/has waited 180 s/);
  });

  it('was accepted by a clock that was set back since, and has its time from when that comes again', () => {
    time.jump(-HOUR_MS);
    pass(HOUR_MS + MINUTE_MS);
    progress.check(undefined, nobody);
    expect(ledger.promises.broken).toBeUndefined();
    pass(2 * MINUTE_MS);
    progress.check(undefined, nobody);
    expect(ledger.promises.broken).toMatch(/has waited 180 s/);
  });
});

describe('a destination of which something is due for hours', () => {
  it('breaks a promise when nobody looks at it', () => {
    pass(2 * LONGEST_PAUSE_MS);
    progress.checkPauses(['d.test'], []);
    expect(ledger.promises.broken).toMatch(/due, and nobody looks/);
  });

  it('was suspended, and has its time from when it was resumed', () => {
    pass(2 * LONGEST_PAUSE_MS);
    progress.checkPauses([], ['d.test']);
    pass(10 * MINUTE_MS);
    progress.checkPauses(['d.test'], []);
    expect(ledger.promises.broken).toBeUndefined();
    pass(LONGEST_PAUSE_MS);
    progress.checkPauses(['d.test'], []);
    expect(ledger.promises.broken).toMatch(/due, and nobody looks/);
  });
});

describe('a delivery that is claimed again and again', () => {
  const claimOften = async (everyMs: number) => {
    await using relay = new Relay();
    ledger.stored(ledger.sent(relay.message({ to: ['a@d.test'] }), Buffer.from('')));
    const [delivery] = [...ledger.open] as [LedgerDelivery];
    const life = new Life(1, { time, dice: new Dice(1), onEnd: () => undefined });
    for (let fence = 1; fence <= 200; fence++) {
      ledger.hands.take(life, delivery, { deliveryId: 1, fence } as ClaimedDelivery, false);
      ledger.hands.release(delivery);
      pass(everyMs);
    }
  };

  it('breaks a promise when it goes back and forth', async () => {
    await claimOften(5);
    expect(ledger.promises.broken).toMatch(/claimed 121 times within a minute/);
  });

  it('may come back for hours', async () => {
    await claimOften(HOUR_MS / 60);
    expect(ledger.promises.broken).toBeUndefined();
  });
});
