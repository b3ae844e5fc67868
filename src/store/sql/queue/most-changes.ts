/**
 * How many deliveries a bulk change may change: each once, so that one which another command undoes at the same time ends. Twice what
 * is open when it begins, with what is accepted on other nodes meanwhile.
 */
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

/** `destination` `undefined`: of all. */
export function* mostChanges(destination: string | undefined): Steps<number> {
  const row = destination === undefined ? yield* one(OF_ALL, {}) : yield* one(OF_ONE, { destination });
  return 2 * (row?.open ?? 0) + ACCEPTED_MEANWHILE;
}
