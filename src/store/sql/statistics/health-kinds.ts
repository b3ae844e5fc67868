/** How rows of the table `health_hour` are told apart, for those who write them and those who read them. */
import type { HealthKind } from '../../health.ts';

export const KIND_NUMBERS: Readonly<Record<HealthKind, number>> = {
  account: 1,
  domain: 2,
  stream: 3,
  destination: 4,
};
