/**
 * The location of a store, which implies its engine. Plain data that crosses threads. A URL may contain a password: show and
 * log {@link nameOfPlace} instead.
 */
import path from 'node:path';

/** The embedded engine: a file in the data folder. */
export interface SqlitePlace {
  readonly kind: 'sqlite';
  readonly dataDir: string;
}

/** A PostgreSQL database that several nodes may share. */
export interface PostgresPlace {
  readonly kind: 'postgres';
  /** Of this node alone: lock, socket, certificates. */
  readonly dataDir: string;
  /** A secret. */
  readonly url: string;
  /** `auto`: named ones, until the server refuses them. */
  readonly preparedStatements: 'auto' | boolean;
  /** The name under which this node is registered. */
  readonly nodeName: string;
  /** Of the program. */
  readonly version: string;
}

export type StorePlace = SqlitePlace | PostgresPlace;

/** The file of the embedded engine. */
export function databasePath(dataDir: string): string {
  return path.join(dataDir, 'postern.db');
}

/** The database for people: its file, or its address without a password. */
export function nameOfPlace(place: StorePlace): string {
  return place.kind === 'sqlite' ? databasePath(place.dataDir) : nameOfUrl(place.url);
}

/** A socket's folder is a parameter: `postgres://user@/database?host=/run/postgresql`. */
const NO_HOST = 'socket';

/** A `postgres://` URL without its password and its parameters, which may be secret. */
export function nameOfUrl(url: string): string {
  try {
    const { username, host, pathname } = new URL(url.replace('@/', `@${NO_HOST}/`));
    const user = username === '' ? '' : `${username}@`;
    return `postgres://${user}${host === NO_HOST ? '' : host}${pathname}`;
  } catch {
    return 'postgres://';
  }
}
