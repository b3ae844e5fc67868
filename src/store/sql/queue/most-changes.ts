/**
 * How many deliveries a bulk change may change: each once, so that one which another command undoes at the same time ends. Twice what
 * is open when it begins, with what is accepted on other nodes meanwhile.
 */
import { statement } from '../statement.ts';
import { one, type Steps } from '../steps.ts';

const ACCEPTED_MEANWHILE = 10_000;

const ALL = '*';
const OPEN = statement<{ destination: string }, { open: number | null }>(
  ({ destinations }) => `SELECT sum(scheduled + queued + deferred + held) AS open FROM ${destinations} counted
   WHERE :destination = '${ALL}' OR name = :destination`,
);

/** `destination` `undefined`: of all. */
export function* mostChanges(destination: string | undefined): Steps<number> {
  const row = yield* one(OPEN, { destination: destination ?? ALL });
  return 2 * (row?.open ?? 0) + ACCEPTED_MEANWHILE;
}
