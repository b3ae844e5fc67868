/**
 * Opens a store for writing, on either engine. Of two relayd on one data folder the second is refused on both engines,
 * because socket, status and certificates are in it.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { StoreError } from '../errors.ts';
import type { AddressHashes } from '../hashed-addresses.ts';
import type { StoreWriter } from '../open-store.ts';
import type { PostgresPlace, StorePlace } from '../place.ts';
import { prepareFolder } from '../sqlite/engine/connection.ts';
import { lockDataFolder } from '../sqlite/engine/lock.ts';
import { openSqliteStore, SETTLE_WITHIN_MS } from '../sqlite/open.ts';

export interface WriterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** See SqliteStoreOptions. */
  readonly reserveBytes?: number;
  /** True: relayd, which claims and delivers. False: a tool beside it. */
  readonly exclusive: boolean;
  /** Called once when the store was given up: the process should end. */
  readonly onFailure?: (error: StoreError) => void;
  /** For a node among others, see standing-board.ts. */
  readonly board?: SharedArrayBuffer | undefined;
  /** See SqliteStoreOptions. */
  readonly addressHashes?: AddressHashes | undefined;
}

/** StoreError `locked` (another relayd on this data folder), `incompatible`, `failed`, `busy`. */
export async function openWriter(place: StorePlace, options: WriterOptions): Promise<StoreWriter> {
  if (place.kind === 'postgres') return await openOnPostgres(place, options);
  return openSqliteStore({ dataDir: place.dataDir, ...options, settleWithinMs: SETTLE_WITHIN_MS });
}

async function openOnPostgres(place: PostgresPlace, options: WriterOptions): Promise<StoreWriter> {
  const { exclusive } = options;
  prepareFolder(place.dataDir);
  const lock = exclusive ? lockDataFolder(place.dataDir) : undefined;
  try {
    // Loaded only where it is used.
    const { openPostgresStore } = await import('../postgres/open.ts');
    const { migrateDatabase } = await import('../postgres/migrations/migrate-database.ts');
    await migrateDatabase(place.url, options.clock);
    const store = await openPostgresStore({ ...place, ...options });
    return {
      ...store,
      async close() {
        await store.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}
