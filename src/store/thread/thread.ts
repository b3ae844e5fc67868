/**
 * The store in a thread of its own: this process writes through it only, so that neither a session nor a delivery ever waits
 * for a disk. Others use it over ports, see connect-store.ts.
 */
import type { MessagePort, Transferable } from 'node:worker_threads';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { LogLevel } from '../../platform/log.ts';
import type { Redacted } from '../../platform/log-redaction.ts';
import { figuresOf, type FiguresAnswer, type FiguresQuestion } from '../../platform/figures-port.ts';
import { WORKER_HEAP } from '../../platform/heaps.ts';
import type { StoreThreadFigures } from '../commit-figures.ts';
import { StoreError } from '../errors.ts';
import type { StorePlace } from '../place.ts';
import type { PortError } from './port-protocol.ts';
import { fromPortError } from './port-protocol.ts';

export { connectStore } from './connect-store.ts';
export type { StoreConnection } from './connect-store.ts';

/** Those that may change. */
export interface LogSettings {
  readonly level: LogLevel;
  /** Nothing without `masterKey`. */
  readonly redact?: readonly Redacted[];
}

export interface StoreThreadData {
  readonly place: StorePlace;
  /** See SqliteStoreOptions. */
  readonly reserveBytes?: number;
  readonly exclusive: boolean;
  /** For a node among others, see standing-board.ts. */
  readonly board?: SharedArrayBuffer | undefined;
  /** For mail to addresses that were erased and are suppressed, and for what the log is not to show. */
  readonly masterKeys?: { readonly present: Uint8Array; readonly previous: readonly Uint8Array[] };
  /** The thread writes its log to standard output itself. */
  readonly log: LogSettings & { readonly format: 'json' | 'text' };
}

export interface StoreThreadOptions extends Omit<StoreThreadData, 'exclusive'> {
  /** False: a tool beside the relay, see SqliteStoreOptions. Default true. */
  readonly exclusive?: boolean;
  /** Called once when the store was given up or its thread died: the process should end. */
  readonly onFailure: (error: StoreError) => void;
}

export interface StoreThread {
  /** A port for {@link connectStore}, here or in a thread it is transferred to. */
  connect(): MessagePort;
  setLog(settings: LogSettings): void;
  /** Asked of the thread; never settles while the thread is stuck. */
  figures(): Promise<StoreThreadFigures>;
  /** Finishes waiting operations, closes the store, ends the thread. Idempotent. */
  stop(): Promise<void>;
}

export type ToThread =
  | { readonly kind: 'connect'; readonly port: MessagePort }
  | { readonly kind: 'log'; readonly settings: LogSettings }
  | FiguresQuestion
  | { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'ready' }
  /** The thread could not open it. */
  | { readonly kind: 'refused'; readonly error: PortError }
  | { readonly kind: 'failed'; readonly error: PortError }
  | FiguresAnswer<StoreThreadFigures>;

/** Resolves when the store is open. StoreError as open-writer.ts rejects with it. */
export async function startStoreThread({ onFailure, ...options }: StoreThreadOptions): Promise<StoreThread> {
  const data: StoreThreadData = { exclusive: true, ...options };
  // Tests run the sources directly; a build has JavaScript beside this file.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(new URL(`./thread-main${extension}`, import.meta.url), {
    name: 'store',
    resourceLimits: WORKER_HEAP,
    workerData: data,
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let stopping = false;
  let failure: StoreError | undefined;
  const fail = (error: StoreError) => {
    if (failure !== undefined || stopping) return;
    failure = error;
    onFailure(error);
  };
  await opened(worker);
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'failed') fail(fromPortError(message.error));
  });
  worker.on('error', (error) => fail(threadError(error)));
  worker.on('exit', () => fail(threadError(undefined)));
  return {
    connect() {
      const { port1, port2 } = new MessageChannel();
      post(worker, { kind: 'connect', port: port1 }, [port1]);
      return port2;
    },
    figures: figuresOf<StoreThreadFigures>(worker),
    setLog: (settings) => post(worker, { kind: 'log', settings }, []),
    async stop() {
      stopping = true;
      post(worker, { kind: 'stop' }, []);
      await exited;
    },
  };
}

function opened(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: StoreError | undefined) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      if (error === undefined) resolve();
      else reject(error);
    };
    worker.once('message', (message: FromThread) => {
      settle(message.kind === 'refused' ? fromPortError(message.error) : undefined);
    });
    worker.once('error', (error) => settle(threadError(error)));
  });
}

function post(worker: Worker, message: ToThread, transfer: readonly Transferable[]): void {
  worker.postMessage(message, transfer);
}

function threadError(cause: unknown): StoreError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new StoreError('failed', `the store thread ended${why}`, { cause });
}
