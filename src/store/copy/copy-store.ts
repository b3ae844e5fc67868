/**
 * Copies a store to another engine: table by table, counted, and compared value by value before anything is kept. The target
 * is written in one transaction: after a failure it is empty, and the same command can be repeated. The source does not
 * change. No relayd runs on either side; both sides make sure of that.
 */
import { StoreError } from '../errors.ts';
import type { CopiedTable } from './copied-table.ts';
import { RowDigest, type CopiedRow } from './row-digest.ts';

/** Counters that the engines keep beside their tables. */
export interface CopiedCounters {
  readonly directoryVersion: number;
  /** The number of the next event. */
  readonly nextEvent: number;
}

/** Rejections are StoreError. */
export interface CopySource {
  /** For people, without a password. */
  readonly name: string;
  /** In the order of the key, in the form of the other engine. */
  pages(table: CopiedTable): AsyncIterable<readonly CopiedRow[]>;
  counters(): Promise<CopiedCounters>;
  /** Restores the previous state, unless the copy was kept. May be called again. */
  close(): Promise<void>;
}

export interface CopyTarget extends CopySource {
  /** A row in the form of this engine. */
  fitting(row: CopiedRow): CopiedRow;
  insert(table: CopiedTable, rows: readonly CopiedRow[]): Promise<void>;
  /** Sets the counters beside the rows from the rows that are there. */
  count(counters: CopiedCounters): Promise<void>;
  /** Durable when it resolves. */
  keep(): Promise<void>;
}

export interface CopyStoreOptions {
  readonly onTable: (table: string, rows: number) => void;
  /** Compares value by value, which reads the whole copy again; otherwise rows are counted. */
  readonly compare: boolean;
  readonly interrupted: AbortSignal;
}

/** Rows by table. StoreError `closed`: interrupted; `failed`: the copy differs; others as the sides document. */
export async function copyStore(
  source: CopySource,
  target: CopyTarget,
  tables: readonly CopiedTable[],
  { onTable, compare, interrupted }: CopyStoreOptions,
): Promise<ReadonlyMap<string, number>> {
  const read = new Map<string, RowDigest>();
  for (const table of tables) {
    const digest = new RowDigest();
    let written = Promise.resolve();
    for await (const page of source.pages(table)) {
      refuseInterrupted(interrupted);
      const rows = page.map((row) => target.fitting(row));
      digest.addAll(rows, compare);
      await written;
      // The next page is read meanwhile.
      written = target.insert(table, rows);
      written.catch(() => undefined);
      onTable(table.name, digest.rows);
    }
    await written;
    read.set(table.name, digest);
  }
  await target.count(await source.counters());
  for (const table of tables) {
    const digest = new RowDigest();
    for await (const rows of target.pages(table)) {
      refuseInterrupted(interrupted);
      digest.addAll(rows, compare);
    }
    refuseDifference(table.name, read.get(table.name), digest);
  }
  await target.keep();
  return new Map([...read].map(([name, { rows }]) => [name, rows]));
}

function refuseInterrupted(interrupted: AbortSignal): void {
  if (interrupted.aborted) throw new StoreError('closed', 'interrupted: nothing was copied');
}

function refuseDifference(table: string, read: RowDigest | undefined, written: RowDigest): void {
  if (read?.rows === written.rows && read.text === written.text) return;
  const what =
    read?.rows === written.rows ? `${written.rows} rows with other values` : `${written.rows} rows`;
  throw new StoreError(
    'failed',
    `the copy of the table ${table} is not the same: of ${read?.rows ?? 0} rows it has ${what}; nothing was kept`,
  );
}
