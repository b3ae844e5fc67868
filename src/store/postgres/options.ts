/** How the PostgreSQL engine is opened, by the relay and by tools beside it. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { StoreError } from '../errors.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with what `pg` takes behind a question mark. */
  readonly url: string;
  /** `auto`: named until the server, or a pooler before it, refuses them. */
  readonly preparedStatements: 'auto' | boolean;
  /** Which row of `node` this process is. */
  readonly nodeName: string;
  /** False: a tool beside the nodes, which is none, claims nothing and ends no life. Default true. */
  readonly exclusive?: boolean;
  /** The program's, as `relayctl node list` shows it. */
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called once when the store was given up: the process should end. A database that is away is no such failure. */
  readonly onFailure?: (error: StoreError) => void;
  /** Where this node's standing is kept (standing-board.ts), for other threads to read. Default: for this one alone. */
  readonly board?: SharedArrayBuffer | undefined;
  /** Time that all threads of the node count alike. Default: `processTimeMs`. */
  readonly processTime?: (() => number) | undefined;
  /** What a connection is made of. Default: a socket. */
  readonly stream?: (() => Duplex) | undefined;
}

/** A reader needs no name: it is no node. */
export type ReaderOptions = Pick<
  PostgresOptions,
  'url' | 'preparedStatements' | 'clock' | 'random' | 'log' | 'stream'
>;
