/** What an erasure did, as `relayctl erase --json` and `DELETE /v1/recipients/:address` answer. The keys are part of the contract. */
import { ERASED_KINDS, type ErasedCounts } from '../store/erasure.ts';

/** What no relay reaches, for whoever answers the person. */
export const NOT_REACHED = [
  'backups of the database: they end by their own retention, or are erased after they are restored',
  'lines of the log that were written already: rotate them away, and see log.redact',
  'what webhooks were told before: ask their receivers',
  'mail at its recipients',
  'WAL archives, replicas and dead rows of a PostgreSQL server: see docs/postgresql.md',
] as const;

export function erasedCountsJson(counts: ErasedCounts): Record<string, number> {
  return Object.fromEntries(ERASED_KINDS.map((kind) => [kind, counts[kind]]));
}

export function erasureJson(erased: {
  readonly account: string;
  readonly pseudonym: string;
  readonly finished: boolean;
  readonly waitsFor: number;
  readonly counts: ErasedCounts;
  readonly leavesRests: boolean;
  readonly left: readonly { readonly what: string; readonly name: string; readonly remedy: string }[];
}) {
  return {
    account: erased.account,
    finished: erased.finished,
    waits_for: erased.waitsFor,
    pseudonym: erased.pseudonym,
    erased: erasedCountsJson(erased.counts),
    leaves_rests: erased.leavesRests,
    left: erased.left,
  };
}
