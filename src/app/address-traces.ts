/** Where an address still is, for relayctl: in every file of the data folder, or in every table of a server; and the file written anew. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { AddressTrace, DatabaseFiles, SoughtAddress } from '../cli/program/database-files.ts';
import type { Config } from '../config/config.ts';
import { findOctets } from '../platform/find-octets.ts';
import { mentionsOf, octetPatternsOf } from '../smtp/address-mentions.ts';
import { StoreError } from '../store/errors.ts';
import { compactFile } from '../store/sqlite/erasure/compact.ts';
import { pageOwners } from '../store/sqlite/erasure/page-owners.ts';
import { databasePath } from '../store/sqlite/engine/connection.ts';
import { refuseUnsafeFolder } from './data-folder.ts';
import { storePlace } from './store-place.ts';

/** Of one file; there is no more to learn from more. */
const MOST_OF_A_FILE = 100;
/** Tables of what operators and tenants decide. */
const CONFIGURATION = ['credential', 'template', 'template_version', 'webhook', 'domain'];

export const tracesOf: DatabaseFiles['traces'] = async (config, address) => {
  const place = storePlace(config);
  refuseUnsafeFolder(config.dataDir);
  const onServer = place.kind === 'sqlite' ? [] : await tracesOnServer(place.url, address);
  return [...onServer, ...(await tracesInFiles(config, address))];
};

export const compactDatabase: DatabaseFiles['compact'] = (config) => {
  const place = storePlace(config);
  refuseUnsafeFolder(config.dataDir);
  if (place.kind !== 'sqlite')
    return Promise.reject(
      new StoreError(
        'conflict',
        'the server has the database: VACUUM (FULL) is its own (docs/postgresql.md)',
      ),
    );
  return new Promise((resolve) => {
    resolve({ file: databasePath(config.dataDir), ...compactFile(config.dataDir) });
  });
};

async function tracesOnServer(url: string, { key }: SoughtAddress): Promise<readonly AddressTrace[]> {
  const { findInTables } = await import('../store/postgres/erasure/find-address.ts');
  const mentions = mentionsOf(key);
  const found = await findInTables(url, (value) =>
    typeof value === 'string' ? mentions.isIn(value) : mentions.isInOctets(value),
  );
  return found.map(({ table, column, rows }) => ({
    file: 'the server',
    offset: undefined,
    where: `${table}.${column} (${rows} rows)`,
    isConfiguration: CONFIGURATION.includes(table),
  }));
}

async function tracesInFiles(
  { dataDir }: Config,
  { key, typed }: SoughtAddress,
): Promise<readonly AddressTrace[]> {
  const patterns = octetPatternsOf(key, [typed]);
  const database = databasePath(dataDir);
  const traces: AddressTrace[] = [];
  for (const file of filesIn(dataDir)) {
    const offsets: number[] = [];
    for await (const offset of findOctets(file, patterns)) {
      offsets.push(offset);
      if (offsets.length >= MOST_OF_A_FILE) break;
    }
    if (offsets.length === 0) continue;
    const owners = file === database ? pageOwners(file, offsets) : [];
    offsets.forEach((offset, index) => {
      const where = file === database ? (owners[index] ?? 'an unused page') : kindOf(file, database);
      traces.push({ file, offset, where, isConfiguration: CONFIGURATION.includes(where) });
    });
  }
  return traces;
}

function kindOf(file: string, database: string): string {
  return file === `${database}-wal` ? 'the log of the database' : 'the file';
}

/** Regular ones, at any depth. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
