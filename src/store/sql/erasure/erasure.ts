/** The beginning of an erasure, and what is known of one that runs (store/erasure.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import {
  ERASED_KINDS,
  type ErasedCounts,
  type ErasedKind,
  type Erasure,
  type ErasureReader,
  type NewErasure,
} from '../../erasure.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { changeDirectory, raiseDirectoryVersion } from '../directory/change.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import type { Place } from './room.ts';

/** How far it came. */
export interface Progress {
  /** The number of the room that is walked; after the last one there are only messages that are waited for. */
  readonly room: number;
  readonly after: Place | undefined;
  /** Keys of messages that were under way when the walk came by. */
  readonly waiting: readonly number[];
  readonly counts: ErasedCounts;
}

export interface ErasureRow {
  readonly id: number;
  readonly public_id: string;
  readonly account_id: number;
  readonly account: string;
  readonly address: string;
  readonly pseudonym: string;
  readonly hash: string;
  readonly known_as: string;
  readonly progress: string;
  readonly since: number;
}

const SELECT = `SELECT e.id, e.public_id, e.account_id, a.public_id AS account, e.address, e.pseudonym, e.hash, e.known_as,
  e.progress, e.since FROM erasure e JOIN account a ON a.id = e.account_id`;
const ALL = statement<NoValues, ErasureRow>(`${SELECT} ORDER BY e.id`);
const BY_ID = statement<{ id: string }, ErasureRow>(`${SELECT} WHERE e.public_id = :id`);
const BY_ADDRESS = statement<{ account: number; address: string }, ErasureRow>(
  `${SELECT} WHERE e.account_id = :account AND e.address = :address`,
);
const INSERT = statement<{
  id: string;
  account: number;
  address: string;
  pseudonym: string;
  hash: string;
  knownAs: string;
  progress: string;
  at: number;
}>(
  `INSERT INTO erasure (public_id, account_id, address, pseudonym, hash, known_as, progress, since)
   VALUES (:id, :account, :address, :pseudonym, :hash, :knownAs, :progress, :at)`,
);
const PUT_PROGRESS = statement<{ id: number; progress: string }>(
  'UPDATE erasure SET progress = :progress WHERE id = :id',
);
/** One process at a time takes a step, on every engine. */
const LOCK = statement<{ id: string }>('UPDATE erasure SET since = since WHERE public_id = :id');
const REMOVE = statement<{ id: number }>('DELETE FROM erasure WHERE id = :id');

/** A hash that is there already, of an earlier erasure, stays. */
const DROP_HASHED = statement<{ account: number; address: string; hash: string }>(
  `DELETE FROM suppression WHERE account_id = :account AND address = :address AND (scope, reason) IN
   (SELECT scope, reason FROM suppression WHERE account_id = :account AND address = :hash)`,
);
const HASH = statement<{ account: number; address: string; hash: string }>(
  `UPDATE suppression SET address = :hash, evidence = '', event = NULL
   WHERE account_id = :account AND address = :address`,
);

export const erasureReads: StepsOf<ErasureReader> = {
  *erasures() {
    return (yield* all(ALL, {})).map(erasureOf);
  },
};

export function* beginErasure(erasure: NewErasure, atMs: number, actor: string): Steps<Erasure> {
  const account = yield* accountKeyOf(erasure.accountId);
  const { address, hash } = erasure;
  const running = yield* one(BY_ADDRESS, { account, address });
  if (running !== undefined) return erasureOf(yield* hashedAnew(running));
  return yield* changeDirectory(
    { atMs, actor, action: 'erase', subject: hash, account: erasure.accountId },
    (function* () {
      const suppressions = yield* hashSuppressions({ account_id: account, address, hash });
      const counts = { ...noCounts(), suppressions };
      const progress: Progress = { room: 0, after: undefined, waiting: [], counts };
      const { id, pseudonym, knownAs } = erasure;
      const at = Math.round(atMs);
      const values = { id, account, address, pseudonym, hash, knownAs, at };
      yield* run(INSERT, { ...values, progress: JSON.stringify(progress) });
      return { ...erasure, sinceMs: at, counts };
    })(),
  );
}

/** With the suppressions that have been added since it began as hashes too. */
export function* hashedAnew(row: ErasureRow): Steps<ErasureRow> {
  const suppressions = yield* hashSuppressions(row);
  if (suppressions === 0) return row;
  yield* raiseDirectoryVersion();
  const before = progressOf(row);
  const progress = { ...before, counts: sumOf(before.counts, { suppressions }) };
  yield* noteProgress(row, progress);
  return { ...row, progress: JSON.stringify(progress) };
}

function* hashSuppressions({
  account_id: account,
  address,
  hash,
}: Pick<ErasureRow, 'account_id' | 'address' | 'hash'>): Steps<number> {
  yield* run(DROP_HASHED, { account, address, hash });
  return yield* run(HASH, { account, address, hash });
}

/** Nobody else takes a step of it until the end of the transaction. */
export function* runningErasure(id: string): Steps<ErasureRow | undefined> {
  yield* run(LOCK, { id });
  return yield* one(BY_ID, { id });
}

export function* noteProgress({ id }: Pick<ErasureRow, 'id'>, progress: Progress): Steps<void> {
  yield* run(PUT_PROGRESS, { id, progress: JSON.stringify(progress) });
}

/** False: somebody else was first. */
export function* forgetErasure({ id }: Pick<ErasureRow, 'id'>): Steps<boolean> {
  return (yield* run(REMOVE, { id })) > 0;
}

export function progressOf({ progress }: Pick<ErasureRow, 'progress'>): Progress {
  return JSON.parse(progress) as Progress;
}

export function noCounts(): ErasedCounts {
  return Object.fromEntries(ERASED_KINDS.map((kind) => [kind, 0])) as Record<ErasedKind, number>;
}

export function sumOf(one: ErasedCounts, other: Partial<ErasedCounts>): ErasedCounts {
  const sums = ERASED_KINDS.map((kind) => [kind, one[kind] + (other[kind] ?? 0)]);
  return Object.fromEntries(sums) as Record<ErasedKind, number>;
}

function erasureOf(row: ErasureRow): Erasure {
  return {
    id: row.public_id,
    accountId: row.account,
    address: row.address,
    pseudonym: row.pseudonym,
    hash: row.hash,
    knownAs: row.known_as,
    sinceMs: row.since,
    counts: progressOf(row).counts,
  };
}

export const erasureTables: readonly CopiedTable[] = [
  copiedTable('erasure', 'id', 'public_id account_id address pseudonym hash known_as progress since', {
    filledByUse: true,
  }),
];
