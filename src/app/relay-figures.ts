/**
 * The figures of a running relay for /metrics, gathered at the scrape. Threads have a second to answer; otherwise their
 * last figures are used.
 */
import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { DeliveryThreadFigures, RelayFigures, StorageFigures } from '../http/metrics/relay-figures.ts';
import type { Clock } from '../platform/clock.ts';
import { lastAnswerOf } from '../platform/last-answer.ts';
import { SmtpFigures } from '../smtp/server/smtp-figures.ts';
import type { StoreThread } from '../store/thread/thread.ts';
import type { DeliveryThread } from './delivery-thread.ts';
import { lookAtDisk } from './look-at-disk.ts';
import { databaseFile } from './store-place.ts';

export interface FigureSourceOptions {
  readonly config: Pick<Config, 'dataDir' | 'store'> & {
    readonly inbound: { readonly listen: readonly unknown[] };
  };
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
      lookAtStorage(config),
    ]);
    const submission = this.submission.figures();
    const smtp =
      config.inbound.listen.length === 0 ? { submission } : { submission, inbound: this.inbound.figures() };
    return { smtp, store, delivery, storage };
  }
}

/** Of a database that a server has, only the room for what is this node's own. */
async function lookAtStorage(config: FigureSourceOptions['config']): Promise<StorageFigures> {
  const file = databaseFile(config);
  const [disk, databaseBytes, walBytes] = await Promise.all([
    lookAtDisk(config.dataDir),
    sizeOf(file),
    sizeOf(file && `${file}-wal`),
  ]);
  const { freeBytes, reserveBytes } = disk;
  return { freeBytes, reserveBytes: file === undefined ? 0 : reserveBytes, databaseBytes, walBytes };
}

async function sizeOf(file: string | undefined): Promise<number | undefined> {
  if (file === undefined) return undefined;
  try {
    return (await stat(file)).size;
  } catch {
    return undefined;
  }
}
