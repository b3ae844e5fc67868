/**
 * The figures of a running relay for /metrics, gathered at the scrape. Threads have a second to answer; otherwise their
 * last figures are used.
 */
import { stat } from 'node:fs/promises';
import type { DeliveryThreadFigures, RelayFigures, StorageFigures } from '../http/metrics/relay-figures.ts';
import type { Clock } from '../platform/clock.ts';
import { lastAnswerOf } from '../platform/last-answer.ts';
import { SmtpFigures } from '../smtp/server/smtp-figures.ts';
import { databasePath } from '../store/sqlite/engine/connection.ts';
import type { StoreThread } from '../store/thread/thread.ts';
import type { DeliveryThread } from './delivery-thread.ts';
import { lookAtDisk } from './look-at-disk.ts';

export interface FigureSourceOptions {
  readonly config: { readonly dataDir: string; readonly inbound: { readonly listen: readonly unknown[] } };
  readonly store: Pick<StoreThread, 'figures'>;
  readonly clock: Clock;
}

const WAIT_MS = 1_000;

export class FigureSource {
  /** The services count their sessions here. */
  readonly submission = new SmtpFigures();
  readonly inbound = new SmtpFigures();
  readonly #options: FigureSourceOptions;
  readonly #askStore: () => Promise<RelayFigures['store']>;
  readonly #askDelivery: () => Promise<RelayFigures['delivery']>;
  #delivery: Pick<DeliveryThread, 'figures'> | undefined;

  constructor(options: FigureSourceOptions) {
    const { store, clock } = options;
    this.#options = options;
    this.#askStore = lastAnswerOf({ clock, waitMs: WAIT_MS, ask: () => store.figures() });
    this.#askDelivery = lastAnswerOf<DeliveryThreadFigures>({
      clock,
      waitMs: WAIT_MS,
      ask: () => this.#delivery?.figures() ?? Promise.reject(new Error('delivery has not started')),
    });
  }

  /** Delivery starts after HTTP. */
  deliveryRuns(thread: Pick<DeliveryThread, 'figures'>): void {
    this.#delivery = thread;
  }

  async figures(): Promise<RelayFigures> {
    const { config } = this.#options;
    const [store, delivery, storage] = await Promise.all([
      this.#askStore(),
      this.#askDelivery(),
      lookAtStorage(config.dataDir),
    ]);
    const submission = this.submission.figures();
    const smtp =
      config.inbound.listen.length === 0 ? { submission } : { submission, inbound: this.inbound.figures() };
    return { smtp, store, delivery, storage };
  }
}

async function lookAtStorage(dataDir: string): Promise<StorageFigures> {
  const file = databasePath(dataDir);
  const [disk, databaseBytes, walBytes] = await Promise.all([
    lookAtDisk(dataDir),
    sizeOf(file),
    sizeOf(`${file}-wal`),
  ]);
  return { freeBytes: disk.freeBytes, reserveBytes: disk.reserveBytes, databaseBytes, walBytes };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch {
    return undefined;
  }
}
