/** The writer of the store, and the room that it has. */
import type { CommitFigures } from '../../store/commit-figures.ts';
import { histogram, metric, type Sample } from './exposition.ts';
import type { StorageFigures } from './relay-figures.ts';

/** `commits`: `undefined` until the thread of the store has answered once. */
export function commitMetrics(commits: CommitFigures | undefined): readonly string[] {
  if (commits === undefined) return [];
  const { seconds, operations, failed, waiting } = commits;
  return [
    histogram('postern_store_commit_seconds', 'From the begin of a transaction until it is durable', [
      [{}, seconds],
    ]),
    histogram('postern_store_commit_operations', 'Operations that shared a commit', [[{}, operations]]),
    metric('postern_store_commits_failed_total', 'counter', 'Transactions that were rolled back', [
      [{}, failed],
    ]),
    metric('postern_store_operations_waiting', 'gauge', 'Operations that wait for a commit', [[{}, waiting]]),
  ];
}

export function storageMetrics(storage: StorageFigures): readonly string[] {
  const { freeBytes, reserveBytes, databaseBytes, walBytes } = storage;
  return [
    metric('postern_disk_free_bytes', 'gauge', 'Free on the file system of data_dir', known(freeBytes)),
    metric('postern_disk_reserve_bytes', 'gauge', 'Below this much free, no mail is accepted', [
      [{}, reserveBytes],
    ]),
    metric('postern_database_bytes', 'gauge', 'Size of the files of the database', [
      ...known(databaseBytes, { file: 'main' }),
      ...known(walBytes, { file: 'wal' }),
    ]),
  ];
}

function known(value: number | undefined, labels = {}): readonly Sample[] {
  return value === undefined ? [] : [[labels, value]];
}
