/** Where the configuration says that the store is. */
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { databasePath, nameOfUrl, type StorePlace } from '../store/place.ts';
import { programVersion } from './version.ts';

/** Of both programs: where they are asked to work. */
export function storePlace({ dataDir, store, node }: Config): StorePlace {
  const { url, preparedStatements } = store;
  if (url === 'sqlite:') return { kind: 'sqlite', dataDir };
  return {
    kind: 'postgres',
    dataDir,
    url,
    preparedStatements,
    nodeName: node.name,
    version: programVersion(),
  };
}

/** The database; `undefined`: a server has it. */
export function databaseFile({ dataDir, store }: Pick<Config, 'dataDir' | 'store'>): string | undefined {
  return store.url === 'sqlite:' ? databasePath(dataDir) : undefined;
}

/** In messages: `the store in /var/lib/postern`. Without a password. */
export function storeWords({ dataDir, store }: Pick<Config, 'dataDir' | 'store'>): string {
  return store.url === 'sqlite:' ? `the store in ${dataDir}` : `the store at ${nameOfUrl(store.url)}`;
}

/** A store on SQLite that was used here before, and may hold mail that waits; `undefined`: there is none, or it is in use. */
export function unusedStoreWarning({
  dataDir,
  store,
}: Pick<Config, 'dataDir' | 'store'>): string | undefined {
  const file = databasePath(dataDir);
  if (store.url === 'sqlite:' || !existsSync(file)) return undefined;
  return (
    `${file} is not used while store.url names PostgreSQL, and mail in it is not delivered: ` +
    'relayctl db copy moves it, with store.url = "sqlite:"; move the file away when nothing of it is needed'
  );
}
