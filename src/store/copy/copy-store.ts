/**
 * A store copied to another engine: table by table, counted, and compared value by value before anything of it is kept. What is
 * written is one transaction of the target: it is there whole, or not at all, and the same command begins anew. Nothing of the
 * source changes; no relayd works on either side meanwhile, and both sides see to that.
 */
import { StoreError } from '../errors.ts';
import { COPIED_TABLES, type CopiedTable } from './copied-tables.ts';
import { RowDigest, type CopiedRow } from './row-digest.ts';

/** What the engines count beside their tables. */
export interface CopiedCounters {
  readonly directoryVersion: number;
  /** The number of the next event. */
  readonly nextEvent: number;
}

/** Rejections are StoreError. */
export interface CopySource {
  /** For people, without a password. */
  readonly name: string;
  /** In the order of the key, as the other engine takes them. */
  pages(table: CopiedTable): AsyncIterable<readonly CopiedRow[]>;
  counters(): Promise<CopiedCounters>;
  /** Leaves everything as it was found, unless it was kept. May be called again. */
  close(): Promise<void>;
}

export interface CopyTarget extends CopySource {
  /** A row as this engine can hold it. */
  fitting(row: CopiedRow): CopiedRow;
  insert(table: CopiedTable, rows: readonly CopiedRow[]): Promise<void>;
  /** What the engine counts beside the rows, from those that are there. */
  count(counters: CopiedCounters): Promise<void>;
  /** Durable when it resolves. */
  keep(): Promise<void>;
}

export interface CopyStoreOptions {
  readonly onTable: (table: string, rows: number) => void;
  /** Compare value by value, which reads all of the copy again; else rows are counted. */
  readonly compare: boolean;
  readonly interrupted: AbortSignal;
}

/** Rows by table. StoreError `closed`: interrupted; `failed`: the copy is not the same; else as the sides say. */
export async function copyStore(
  source: CopySource,
  target: CopyTarget,
  { onTable, compare, interrupted }: CopyStoreOptions,
): Promise<ReadonlyMap<string, number>> {
  const read = new Map<string, RowDigest>();
  for (const table of COPIED_TABLES) {
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
  for (const table of COPIED_TABLES) {
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
