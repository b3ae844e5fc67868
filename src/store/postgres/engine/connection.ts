/**
 * One connection for work beside the engine: the schema, a check, a copy. Statements may take as long as they take; a server
 * that does not answer at all is noticed by keepalive. Nothing that is thrown here repeats the URL.
 */
import pg from 'pg';
import type { Client, ClientBase } from 'pg';
import { storeError } from './postgres-error.ts';
import { TYPES } from './session.ts';

const CONNECT_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/** StoreError `busy`, `failed`. */
export async function connect(url: string): Promise<Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'postern',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
    types: TYPES,
  });
  // A connection that breaks while nothing is asked of it: the next question says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw storeError(error);
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
