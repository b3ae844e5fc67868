/** Whether the delivery thread runs. */
import type { Check } from './check.ts';

export interface DeliveryFacts {
  readonly runs: boolean;
}

export const delivery: Check<DeliveryFacts> = {
  reason: 'delivery does not run',
  stopsMail: true,
  look: ({ runs }) =>
    runs
      ? { ok: true, detail: 'delivery runs' }
      : {
          ok: false,
          detail: 'the delivery thread does not run: mail is taken and stays in the queue',
          remedy: 'see the log of relayd, then start it again',
        },
};
