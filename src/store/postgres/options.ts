/** How the PostgreSQL engine is opened, by the relay and by tools beside it. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { StoreError } from '../errors.ts';
import type { AddressHashes } from '../hashed-addresses.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with parameters of `pg` after a question mark. */
  readonly url: string;
  /** `auto`: named until the server, or a pooler before it, refuses names. */
  readonly preparedStatements: 'auto' | boolean;
  /** The row of `node` that this process uses. */
  readonly nodeName: string;
  /** False: a tool beside the nodes, which is no node, claims nothing and ends no life. Default true. */
  readonly exclusive?: boolean;
  /** The program's version, shown by `relayctl node list`. */
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called once when the store was given up: the process should end. An unavailable database is no such failure. */
  readonly onFailure?: (error: StoreError) => void;
  /** The board for this node's standing (standing-board.ts), for other threads to read. Default: a private one. */
  readonly board?: SharedArrayBuffer | undefined;
  /** Process time, the same for all threads of the node. Default: `processTimeMs`. */
  readonly processTime?: (() => number) | undefined;
  /** See SqliteStoreOptions. */
  readonly addressHashes?: AddressHashes | undefined;
  /** The stream of a connection. Default: a socket. */
  readonly stream?: (() => Duplex) | undefined;
}

/** A reader needs no name: it is no node. */
export type ReaderOptions = Pick<
  PostgresOptions,
  'url' | 'preparedStatements' | 'clock' | 'random' | 'log' | 'stream'
>;
