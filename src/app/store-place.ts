/** Where the configuration says that the store is. */
import type { Config } from '../config/config.ts';
import type { StorePlace } from '../store/place.ts';
import { programVersion } from './version.ts';

/** Of both programs: where they are asked to work. */
export function storePlace({ dataDir, store, node }: Config): StorePlace {
  const { url, preparedStatements } = store;
  if (url === 'sqlite:') return { kind: 'sqlite', dataDir };
  return { kind: 'postgres', dataDir, url, preparedStatements, nodeName: node.name, version: programVersion() };
}
