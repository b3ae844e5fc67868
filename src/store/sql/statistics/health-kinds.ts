/** Kinds of rows of the table `health_hour`, for writers and readers. */
import type { HealthKind } from '../../health.ts';

export const KIND_NUMBERS: Readonly<Record<HealthKind, number>> = {
  account: 1,
  domain: 2,
  stream: 3,
  destination: 4,
};
