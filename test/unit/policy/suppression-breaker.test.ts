import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  OPEN_MS,
  type BreakerDecision,
  type BreakerState,
} from '../../../src/policy/suppression-breaker.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A destination that is told answers in time. */
class Destination {
  state: BreakerState | undefined;
  nowMs = 1_000_000;
  opened = 0;

  /** `count` answers, evenly over `overMs`, of which every `everyth` says unknown (0: none). */
  answers(count: number, overMs: number, everyth: number): BreakerDecision {
    let decision: BreakerDecision | undefined;
    for (let number = 1; number <= count; number++) {
      this.nowMs += overMs / count;
      const unknown = everyth > 0 && number % everyth === 0;
      decision = afterAnswer(this.state, { unknown, nowMs: this.nowMs });
      this.state = decision.state;
      if (decision.opened) this.opened++;
    }
    if (decision === undefined) throw new Error('no answer');
    return decision;
  }
}

describe('the breaker', () => {
  it('opens when a large provider suddenly knows nobody', () => {
    const provider = new Destination();
    expect(provider.answers(10_000, 20 * HOUR, 100)).toMatchObject({ open: false });
    // Some hundred good answers are still recent when it begins.
    const outage = provider.answers(400, 5 * MINUTE, 1);
    expect(outage).toMatchObject({ open: true });
    expect(provider.opened).toBe(1);
  });

  it('opens at the twentieth unknown address of a destination without a past', () => {
    const unheardOf = new Destination();
    expect(unheardOf.answers(19, MINUTE, 1)).toMatchObject({ open: false });
    expect(unheardOf.answers(1, 1000, 1)).toMatchObject({ open: true, opened: true });
  });

  it.each([
    ['a few unknown addresses', 15, 10 * MINUTE, 1],
    ['a list of which a third is dead', 3000, HOUR, 3],
    ['an ordinary list', 3000, HOUR, 50],
    ['unknown addresses that trickle in', 48, 48 * HOUR, 1],
  ])('stays closed for %s', (_name, count, overMs, everyth) => {
    const destination = new Destination();
    destination.answers(count, overMs, everyth);
    expect(destination.opened).toBe(0);
  });

  it('stays closed where most addresses are unknown on other days too', () => {
    const destination = new Destination();
    destination.answers(1000, 24 * HOUR, 2);
    const opened = destination.opened;
    destination.answers(200, HOUR, 1);
    expect(destination.opened).toBe(opened);
  });

  it('outlasts an outage of many hours, and believes what has become usual', () => {
    const provider = new Destination();
    provider.answers(24_000, 24 * HOUR, 0);
    for (let hour = 0; hour < 10; hour++)
      expect(provider.answers(1000, HOUR, 1), `hour ${hour}`).toMatchObject({ open: true });
    provider.answers(96_000, 96 * HOUR, 1);
    expect(provider.answers(1000, HOUR, 1)).toMatchObject({ open: false });
  });

  it('closes after an hour, and opens again while it goes on', () => {
    const provider = new Destination();
    provider.answers(10_000, 20 * HOUR, 0);
    provider.answers(2000, HOUR, 1);
    expect(provider.opened).toBe(1);
    provider.answers(2000, HOUR, 1);
    expect(provider.opened).toBe(2);
    provider.nowMs += OPEN_MS;
    expect(provider.answers(500, HOUR, 0)).toMatchObject({ open: false });
    expect(provider.answers(1, 1000, 1)).toMatchObject({ open: false, opened: false });
  });
});
