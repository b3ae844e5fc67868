/**
 * The database of a data folder as one side of a copy to another engine. From begin to end it is locked: by relayd's lock,
 * and by one write transaction, so that no tool changes it either. For a source that transaction is rolled back: the rows
 * that are read have claims released, as at relayd's next start, while the file stays as it was.
 */
import type { Database } from 'better-sqlite3';
import { StoreError } from '../../errors.ts';
import type { CopiedCounters, CopyTarget } from '../../copy/copy-store.ts';
import type { CopiedTable } from '../../copy/copied-table.ts';
import { COPIED_TABLES, FILLED_BY_USE } from '../../sql/copies/copied-tables.ts';
import type { CopiedRow } from '../../copy/row-digest.ts';
import { databasePath } from '../../place.ts';
import { openWriter, prepareFolder } from '../engine/connection.ts';
import { lockDataFolder, type DataFolderLock } from '../engine/lock.ts';
import { storeError } from '../engine/sqlite-error.ts';

/** A tool's short transaction ends within this time. */
const BUSY_MS = 5_000;

/** Messages that still have content; remains of uploads and removals are not copied. */
const CONTENT = `(SELECT c.id, c.data FROM content_chunk c WHERE EXISTS
  (SELECT 1 FROM message m WHERE m.id = c.id / 16384 AND m.content_gone = 0))`;

/** For reading or writing. StoreError `locked` (relayd runs on it), `busy`, `not-found`, `incompatible`, `failed`. */
export function openFolderAsSource(dataDir: string, nowMs: number): CopyTarget {
  return open(dataDir, (db) => {
    const at = Math.round(nowMs);
    db.prepare(
      `UPDATE destination SET next_due_at = min(coalesce(next_due_at, ?), ?)
       WHERE id IN (SELECT destination_id FROM delivery WHERE claim_epoch IS NOT NULL)`,
    ).run(at, at);
    db.prepare('UPDATE delivery SET due_at = ?, claim_epoch = NULL WHERE claim_epoch IS NOT NULL').run(at);
  });
}

/** As {@link openFolderAsSource}; created if missing. StoreError `conflict`: it is not empty. */
export function openFolderAsTarget(dataDir: string): CopyTarget {
  return open(dataDir, (db) => {
    for (const table of FILLED_BY_USE)
      if (db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined)
        throw new StoreError(
          'conflict',
          `${databasePath(dataDir)} is in use, there is something in its table ${table}: name another folder, or move that file away`,
        );
    for (const { name } of COPIED_TABLES.toReversed()) db.exec(`DELETE FROM ${name}`);
  });
}

function open(dataDir: string, begin: (db: Database) => void): CopyTarget {
  prepareFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  let db: Database | undefined;
  try {
    db = openWriter(dataDir, BUSY_MS);
    db.exec('BEGIN IMMEDIATE');
    begin(db);
    return new FolderSide(dataDir, db, lock);
  } catch (error) {
    db?.close();
    lock.release();
    throw storeError(error, databasePath(dataDir));
  }
}

class FolderSide implements CopyTarget {
  readonly name: string;
  readonly #db: Database;
  readonly #lock: DataFolderLock;

  constructor(dataDir: string, db: Database, lock: DataFolderLock) {
    this.name = databasePath(dataDir);
    this.#db = db;
    this.#lock = lock;
  }

  async *pages({ name, columns, keyLength, page }: CopiedTable): AsyncGenerator<readonly CopiedRow[]> {
    const key = columns.slice(0, keyLength);
    const marks = key.map(() => '?').join(', ');
    const from = name === 'content_chunk' ? CONTENT : name;
    const order = `ORDER BY ${key.join(', ')} LIMIT ${page}`;
    const first = this.#db.prepare<[], CopiedRow>(`SELECT ${columns.join(', ')} FROM ${from} ${order}`).raw();
    const next = this.#db
      .prepare<(string | number | Uint8Array | null)[], CopiedRow>(
        `SELECT ${columns.join(', ')} FROM ${from} WHERE (${key.join(', ')}) > (${marks}) ${order}`,
      )
      .raw();
    let rows = this.#named(() => first.all());
    while (rows.length > 0) {
      yield rows;
      const last = rows.at(-1)?.slice(0, keyLength) ?? [];
      rows = await Promise.resolve(this.#named(() => next.all(...last)));
    }
  }

  fitting(row: CopiedRow): CopiedRow {
    return row;
  }

  insert({ name, columns }: CopiedTable, rows: readonly CopiedRow[]): Promise<void> {
    return this.#answer(() => {
      const marks = columns.map(() => '?').join(', ');
      const insert = this.#db.prepare<(string | number | Uint8Array | null)[]>(
        `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${marks})`,
      );
      for (const row of rows) insert.run(...row);
    });
  }

  counters(): Promise<CopiedCounters> {
    return this.#answer(() => {
      const select = this.#db.prepare<[], CopiedCounters>(
        'SELECT directory_version AS directoryVersion, next_event AS nextEvent FROM counter',
      );
      return select.get() ?? { directoryVersion: 1, nextEvent: 1 };
    });
  }

  count({ directoryVersion, nextEvent }: CopiedCounters): Promise<void> {
    return this.#answer(() => {
      this.#db
        .prepare(
          `UPDATE counter SET directory_version = max(directory_version, ?) + 1, next_event = max(next_event, ?),
             next_message = max(next_message, (SELECT coalesce(max(id), 0) + 1 FROM message))`,
        )
        .run(directoryVersion, nextEvent);
    });
  }

  keep(): Promise<void> {
    return this.#answer(() => {
      this.#db.exec('COMMIT');
    });
  }

  close(): Promise<void> {
    // Closing the connection rolls back what was not kept.
    this.#db.close();
    this.#lock.release();
    return Promise.resolve();
  }

  #answer<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => resolve(this.#named(work)));
  }

  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.name);
    }
  }
}
