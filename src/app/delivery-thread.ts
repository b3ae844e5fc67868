/**
 * The delivery thread: scheduler, signatures and MX connections, away from the event loop that serves clients. This half
 * starts the worker and watches it; delivery-worker.ts runs inside. They exchange the messages `ready`, `reload`,
 * `sessions`, `figures`, `stop` and `stopped`. A worker that ends by itself is a failure of the process: its deliveries stay claimed
 * and are released at the next start.
 */
import { Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import type { SessionsReport } from '../control/protocol.ts';
import type { DeliveryThreadFigures } from '../http/metrics/relay-figures.ts';
import { systemClock, withTimeout } from '../platform/clock.ts';
import { figuresOf, type FiguresAnswer, type FiguresQuestion } from '../platform/figures-port.ts';
import type { MasterKeys } from '../platform/secret-box.ts';
import { WORKER_HEAP } from '../platform/heaps.ts';
import { workerUrl } from '../platform/worker-url.ts';
import type { HostPort } from '../platform/network/host-port.ts';

/** What the worker starts from; crosses by structured clone. */
export interface DeliveryWorkerData {
  readonly config: Config;
  readonly logFormat: 'json' | 'text';
  readonly masterKeys: MasterKeys;
  readonly storePort: MessagePort;
  /** Of a node among others, see store/standing-board.ts. */
  readonly board: SharedArrayBuffer | undefined;
  /** The relay's own listeners; mail is never delivered there. */
  readonly ownAddresses: readonly HostPort[];
}

export type ToDeliveryWorker =
  | { readonly kind: 'stop'; readonly graceMs: number }
  /** All of it and the files it names have been found good. */
  | { readonly kind: 'reload'; readonly config: Config }
  | { readonly kind: 'sessions'; readonly question: number; readonly destination: string }
  | FiguresQuestion;
export type FromDeliveryWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'sessions'; readonly question: number; readonly report: SessionsReport }
  | FiguresAnswer<DeliveryThreadFigures>;

export interface DeliveryThread {
  /** Applies changed settings while running: `config` is in force from now on. */
  reload(config: Config): void;
  /** What goes on for a destination, bounded. Never settles while the thread is stuck. */
  sessionsOf(destination: string): Promise<SessionsReport>;
  /** Asked of the thread; never settles while it is stuck. */
  figures(): Promise<DeliveryThreadFigures>;
  /** Resolves when its attempts have ended or were aborted, and known outcomes are written. May be called again. */
  stop(graceMs: number): Promise<void>;
}

/** Attempts are broken off at the grace time; writing what is known may take this long after. */
const AFTER_GRACE_MS = 10_000;
const MOST_QUESTIONS = 100;

/** Resolves when the worker takes mail; rejects when it can't start. */
export async function startDeliveryThread(
  options: DeliveryWorkerData & { readonly onFailure: (error: Error) => void },
): Promise<DeliveryThread> {
  const { onFailure, ...data } = options;
  const worker = new Worker(workerUrl(import.meta.url, './delivery-worker'), {
    name: 'delivery',
    resourceLimits: WORKER_HEAP,
    workerData: data satisfies DeliveryWorkerData,
    transferList: [data.storePort],
  });
  const ready = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  let stopping = false;
  let questions = 0;
  const asked = new Map<number, (report: SessionsReport) => void>();
  const fail = (error: Error) => {
    ready.reject(error);
    if (!stopping) onFailure(error);
  };
  worker.on('message', (message: FromDeliveryWorker) => {
    if (message.kind === 'ready') ready.resolve(undefined);
    if (message.kind === 'stopped') ended.resolve(undefined);
    if (message.kind === 'sessions') {
      asked.get(message.question)?.(message.report);
      asked.delete(message.question);
    }
    if (message.kind === 'failed') fail(new Error(`delivery: ${message.message}`));
  });
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => {
    fail(new Error(`the delivery thread ended with code ${code}`));
    ended.resolve(undefined);
  });
  await ready.promise;

  return {
    figures: figuresOf<DeliveryThreadFigures>(worker),
    sessionsOf(destination) {
      const question = ++questions;
      // Those of a thread that was stuck: nobody waits any more.
      if (asked.size >= MOST_QUESTIONS) asked.clear();
      return new Promise((resolve) => {
        asked.set(question, resolve);
        worker.postMessage({ kind: 'sessions', question, destination } satisfies ToDeliveryWorker);
      });
    },
    reload(config) {
      worker.postMessage({ kind: 'reload', config } satisfies ToDeliveryWorker);
    },
    async stop(graceMs) {
      if (!stopping) {
        stopping = true;
        worker.postMessage({ kind: 'stop', graceMs } satisfies ToDeliveryWorker);
      }
      try {
        await withTimeout(systemClock, graceMs + AFTER_GRACE_MS, 'stopping delivery', ended.promise);
      } finally {
        await worker.terminate();
      }
    },
  };
}
