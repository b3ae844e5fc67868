/**
 * One connection for work beside the engine: the schema, a check, a copy. Statements have no time limit; a server that does
 * not respond at all is detected by keepalive. No error contains the URL.
 */
import pg from 'pg';
import type { Client, ClientBase } from 'pg';
import { StoreError } from '../../errors.ts';
import { storeError } from './postgres-error.ts';
import { TYPES } from './session.ts';

const CONNECT_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/** StoreError `busy`, `failed`. */
export async function connect(url: string): Promise<Client> {
  const client = clientOf(url);
  // A connection that breaks while idle: the next query reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw storeError(error);
  }
}

function clientOf(url: string): Client {
  try {
    return new pg.Client({
      connectionString: url,
      application_name: 'postern',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_MS,
      types: TYPES,
    });
  } catch (error) {
    // A certificate or key file; the driver reads it here.
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('failed', `store.url names what cannot be read: ${reason}`, {
      cause: error,
      remedy: 'look at sslrootcert, sslcert and sslkey in store.url, and who may read those files',
    });
  }
}

/** Closed when `use` has ended. Rejects with StoreError. */
export async function withConnection<T>(url: string, use: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await connect(url);
  try {
    return await use(client);
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
