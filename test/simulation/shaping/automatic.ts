/**
 * The limits that a simulated relay sets itself, composed as src/delivery/shaping/open-limits.ts does it, but at once, and
 * looked at less often: two looks a second would be most of what happens in a world of days.
 */
import { LimitWatch } from '../../../src/delivery/shaping/limit-watch.ts';
import { LimitsInForce, type LimitsInForceOptions } from '../../../src/delivery/shaping/limits-in-force.ts';
import { Suspended, type SuspendedOptions } from '../../../src/delivery/shaping/suspended.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { OwnedPromises } from '../../../src/platform/lifecycle.ts';

export interface AutomaticOptions extends Omit<LimitsInForceOptions, 'background' | 'reader' | 'clock'> {
  readonly reader: LimitsInForceOptions['reader'] & SuspendedOptions['reader'];
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}

/** Looks that a real relay would have taken for one of these. */
const LESS_OFTEN = 60;
const LESS_OFTEN_LIMITED = 10;

export function startAutomatic({ reader, clock, log, onBug, ...rest }: AutomaticOptions) {
  const background = new OwnedPromises(onBug);
  const automaticLimits = new LimitsInForce({ ...rest, reader, clock, log, background });
  const suspended = new Suspended({ reader, log });
  const seldom: Pick<Clock, 'after'> = {
    after: (delayMs, callback) =>
      clock.after(delayMs * (automaticLimits.any ? LESS_OFTEN_LIMITED : LESS_OFTEN), callback),
  };
  const watch = new LimitWatch({ limits: automaticLimits, suspended, clock: seldom, background });
  background.run(watch.start());
  return { automaticLimits, suspended, stop: () => watch.stop() };
}
