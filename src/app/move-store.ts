/** The store brought to a newer schema, or to another engine, for relayctl. */
import type { CopiedStore, DatabaseFiles, MigratedStore } from '../cli/program/database-files.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../platform/clock.ts';
import { StoreError } from '../store/errors.ts';
import { copyStore, type CopySource, type CopyTarget } from '../store/copy/copy-store.ts';
import { databasePath, nameOfUrl } from '../store/place.ts';
import { COPIED_TABLES } from '../store/sql/copies/copied-tables.ts';
import { openFolderAsSource, openFolderAsTarget } from '../store/sqlite/copies/copy-side.ts';
import { migrateFolder } from '../store/sqlite/copies/migrate-folder.ts';
import { handToOwner, refuseUnsafeFolder } from './data-folder.ts';

export async function migrateStore(config: Config, url: string | undefined): Promise<MigratedStore> {
  refuseUnsafeFolder(config.dataDir);
  if (config.store.url === 'sqlite:' && url === undefined) {
    const migrated = migrateFolder(config.dataDir);
    handToOwner(config.dataDir);
    return { store: databasePath(config.dataDir), ...migrated };
  }
  return await migrateServer(url ?? config.store.url);
}

async function migrateServer(url: string): Promise<MigratedStore> {
  // Loaded by those alone who use it.
  const { migrateDatabase } = await import('../store/postgres/migrations/migrate-database.ts');
  return { store: nameOfUrl(url), ...(await migrateDatabase(url, systemClock)) };
}

/** One side is a folder, the other a server. */
export async function copyToOtherEngine(
  config: Config,
  to: string,
  options: Parameters<DatabaseFiles['copy']>[2],
): Promise<CopiedStore> {
  refuseUnsafeFolder(config.dataDir);
  const fromServer = config.store.url !== 'sqlite:';
  if (fromServer === to.startsWith('postgres'))
    throw new StoreError(
      'conflict',
      `the store is on ${fromServer ? 'PostgreSQL' : 'SQLite'} already, and is copied to the other engine alone` +
        (fromServer ? ': pg_dump copies from server to server' : ': relayctl db backup copies the file'),
    );
  const folder = to.slice('sqlite:'.length) || config.dataDir;
  if (fromServer) refuseUnsafeFolder(folder);
  await using cleanup = new AsyncDisposableStack();
  const opened = <Side extends CopySource>(side: Side): Side => {
    cleanup.defer(() => side.close());
    return side;
  };
  const source: CopySource = opened(
    fromServer
      ? await serverSide(config.store.url, 'source')
      : openFolderAsSource(config.dataDir, systemClock.now()),
  );
  const target: CopyTarget = opened(fromServer ? openFolderAsTarget(folder) : await serverSide(to, 'target'));
  const rows = await copyStore(source, target, COPIED_TABLES, options);
  if (fromServer) handToOwner(folder);
  return { from: source.name, to: target.name, rows };
}

async function serverSide(url: string, side: 'source' | 'target'): Promise<CopyTarget> {
  await migrateServer(url);
  const { openServerAsSource, openServerAsTarget } = await import('../store/postgres/copies/copy-side.ts');
  return side === 'source' ? await openServerAsSource(url) : await openServerAsTarget(url);
}
