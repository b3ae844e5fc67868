/** The effect of a settlement on health. */
import { isLocalClass } from '../../../policy/local-failures.ts';
import type { Settlement } from '../../delivery-records.ts';
import type { Fate } from '../statistics/health-tally.ts';

/**
 * How it counts for health; `undefined`: not at all. A failure of our own, or a route of ours, says nothing about sender or
 * destination.
 */
export function fateOf({ state, event }: Settlement): Fate | undefined {
  if (state === 'delivered') return 'delivered';
  if (event?.data['via'] === 'route') return undefined;
  if (isLocalClass(event?.data['last_class'])) return undefined;
  if (state === 'expired') return 'failed';
  if (state !== 'bounced') return undefined;
  return event?.data['hard'] === true ? 'hardBounced' : 'failed';
}
