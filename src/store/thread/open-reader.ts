/**
 * Opens a store for reading, on either engine. A server's database is connected to at the first query, and again at the next
 * one when that failed: the reader survives an unavailable server.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { StoreReader } from '../open-store.ts';
import type { PostgresPlace, StorePlace } from '../place.ts';
import { openSqliteReader } from '../sqlite/reader.ts';
import type { StoreReads } from '../store.ts';
import { VERBS } from '../store-verbs.ts';

export interface ReaderOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Throws StoreError as openSqliteReader does. Reads of a server may also reject with `not-found`, `incompatible`, `busy`. */
export function openReader(place: StorePlace, options: ReaderOptions): StoreReader {
  if (place.kind === 'sqlite') return openSqliteReader(place.dataDir);
  return lateReader(() => openOnPostgres(place, options));
}

async function openOnPostgres(place: PostgresPlace, options: ReaderOptions): Promise<StoreReader> {
  // Loaded only where it is used.
  const { openPostgresReader } = await import('../postgres/reader.ts');
  const { checkDatabase } = await import('../postgres/migrations/migrate-database.ts');
  await checkDatabase(place.url);
  return openPostgresReader({ ...place, ...options });
}

/** Opens at the first query. */
function lateReader(open: () => Promise<StoreReader>): StoreReader {
  let opening: Promise<StoreReader> | undefined;
  const opened = () =>
    (opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    }));
  return {
    ...lateReads(opened),
    changed: async () => await (await opened()).changed(),
    async close() {
      // A failed connection needs no closing.
      const reader = await opening?.catch(() => undefined);
      await reader?.close();
    },
  };
}

type Verb = (...args: readonly unknown[]) => Promise<unknown>;

function lateReads(opened: () => Promise<StoreReads>): StoreReads {
  const verbs = Object.values(VERBS)
    .flatMap((role) => Object.entries(role))
    .filter(([, kind]) => kind === 'read')
    .map(([verb]) => {
      const ask: Verb = async (...args) => {
        const reads = (await opened()) as unknown as Readonly<Record<string, Verb>>;
        return await reads[verb]?.(...args);
      };
      return [verb, ask];
    });
  return Object.fromEntries(verbs) as StoreReads;
}
