/**
 * How many deliveries a bulk change may change: each once, so that one which another command undoes at the same time ends. Twice what
 * is open when it begins, with what is accepted on other nodes meanwhile.
 */
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { DeliverySelection } from '../../queue-admin.ts';
import { statement, type NoValues } from '../statement.ts';
import { one, type Steps } from '../steps.ts';

const ACCEPTED_MEANWHILE = 10_000;

interface OpenRow {
  readonly open: number | null;
}

const SUM = 'SELECT sum(scheduled + queued + deferred + held) AS open';
const OF_ALL = statement<NoValues, OpenRow>(({ destinations }) => `${SUM} FROM ${destinations} counted`);
const OF_ONE = statement<{ destination: string }, OpenRow>(
  ({ destinations }) => `${SUM} FROM ${destinations} counted WHERE name = :destination`,
);

/** Of one message nothing is counted: it has so many at most. */
export function* mostChanges({ id, destination }: DeliverySelection): Steps<number> {
  if (id !== undefined) return 2 * DELIVERIES_PER_MESSAGE;
  const row = destination === undefined ? yield* one(OF_ALL, {}) : yield* one(OF_ONE, { destination });
  return 2 * (row?.open ?? 0) + ACCEPTED_MEANWHILE;
}
