/**
 * Events of one webhook that wait in the delivery log: retries, and the events behind them. Tracks which of them are
 * in flight and which messages have pending events, written or about to be, so that no event is sent twice at a time
 * or out of order. During a read of the store only `mayBeDue` and `mayHaveChanged` may be called; the owner ensures
 * that.
 */
import type { EventReader } from '../store/queue-admin.ts';
import type { WebhookDelivery, WebhookOutcome, WebhookReader } from '../store/webhooks.ts';
import { orderingKey, type QueuedEvent } from './ordered-queues.ts';

/** Retries taken at once. */
const PAGE = 50;

export type PendingDeliveryReader = Pick<
  WebhookReader,
  | 'dueWebhookDeliveries'
  | 'nextWebhookAttemptAtMs'
  | 'webhookWaitsFor'
  | 'isWebhookRecorded'
  | 'webhookDeliveries'
> &
  Pick<EventReader, 'readEvents'>;

export interface DueDeliveries {
  readonly events: readonly QueuedEvent[];
  /** Rows whose event retention has removed. */
  readonly missing: readonly WebhookDelivery[];
}

const NOTHING: DueDeliveries = { events: [], missing: [] };

export class PendingDeliveries {
  readonly #webhookId: string;
  readonly #reader: PendingDeliveryReader;
  /** Ordering keys of retries in flight, by sequence, until their outcomes are durable. */
  readonly #underWay = new Map<number, string>();
  /** Ordering keys with unwritten rows, and their number. */
  readonly #unwritten = new Map<string, number>();
  /** Events up to this sequence may be in the delivery log already; `undefined`: not read yet. */
  #recordedTo: number | undefined;
  #mayBeDue = true;
  #hasAny = true;

  constructor(webhookId: string, reader: PendingDeliveryReader) {
    this.#webhookId = webhookId;
    this.#reader = reader;
  }

  /** False: the delivery log has no pending rows. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  /** Rows may be due: time has passed or the log has changed. */
  mayBeDue(): void {
    this.#mayBeDue = true;
  }

  /** Another process may have added rows. */
  mayHaveChanged(): void {
    this.#mayBeDue = true;
    this.#hasAny = true;
  }

  /** A row with this key that will wait is about to be written. */
  willBlock(key: string): boolean {
    return this.#unwritten.has(key);
  }

  /** A row with this key waits in the store. */
  async blocks(key: string): Promise<boolean> {
    return this.#hasAny && (await this.#reader.webhookWaitsFor(this.#webhookId, key));
  }

  /** The outcome of the event is in the delivery log. */
  async isRecorded(sequence: number): Promise<boolean> {
    const webhookId = this.#webhookId;
    if (this.#recordedTo === undefined) {
      const newest = { webhookId, state: undefined, before: undefined, limit: 1 };
      this.#recordedTo = (await this.#reader.webhookDeliveries(newest))[0]?.sequence ?? 0;
    }
    return sequence <= this.#recordedTo && (await this.#reader.isWebhookRecorded(webhookId, sequence));
  }

  /** A pending row with this key is about to be written. */
  expect(key: string): void {
    this.#unwritten.set(key, (this.#unwritten.get(key) ?? 0) + 1);
    this.#hasAny = true;
  }

  /** The row is written. */
  written(outcome: WebhookOutcome): void {
    const { result, sequence, wasRecorded } = outcome;
    this.#underWay.delete(sequence);
    if (result === 'retry' || result === 'waits') {
      const key = orderingKey(outcome);
      const count = (this.#unwritten.get(key) ?? 0) - 1;
      if (count > 0) this.#unwritten.set(key, count);
      else this.#unwritten.delete(key);
    }
    // The next event of the message may be due now.
    if (wasRecorded || result === 'waits') this.#mayBeDue = true;
  }

  /** Takes the rows that are due. `isBusy`: an event with this key is in flight from memory. */
  async take(nowMs: number, isBusy: (key: string) => boolean): Promise<DueDeliveries> {
    if (!this.#mayBeDue || !this.#hasAny) return NOTHING;
    const limit = PAGE + this.#underWay.size;
    // Cleared before the read, so that a call during it is kept.
    this.#mayBeDue = false;
    let rows: readonly WebhookDelivery[];
    try {
      rows = await this.#reader.dueWebhookDeliveries(this.#webhookId, nowMs, limit);
      if (rows.length === limit) this.#mayBeDue = true;
      if (rows.length === 0 && this.#unwritten.size === 0) {
        this.#hasAny = false;
        if ((await this.nextAtMs()) !== undefined) this.#hasAny = true;
      }
    } catch (error) {
      this.mayHaveChanged();
      throw error;
    }
    const events: QueuedEvent[] = [];
    const missing: WebhookDelivery[] = [];
    const keys = new Set(this.#underWay.values());
    for (const row of rows) {
      const key = orderingKey(row);
      if (keys.has(key) || this.#underWay.has(row.sequence) || isBusy(key)) continue;
      keys.add(key);
      const queued = await this.#queuedEventOf(row);
      if (queued === undefined) missing.push(row);
      else events.push(queued);
    }
    for (const { event } of events) this.#underWay.set(event.sequence, orderingKey(event));
    for (const row of missing) this.#underWay.set(row.sequence, orderingKey(row));
    return { events, missing };
  }

  /** When the next row is due, in the past if it is in flight; `undefined`: no row has a time. */
  nextAtMs(): Promise<number | undefined> {
    return this.#reader.nextWebhookAttemptAtMs(this.#webhookId);
  }

  async #queuedEventOf({
    sequence,
    attempts,
    firstAttemptAtMs,
  }: WebhookDelivery): Promise<QueuedEvent | undefined> {
    const { events } = await this.#reader.readEvents({
      accountId: undefined,
      messageId: undefined,
      recipient: undefined,
      types: [],
      after: sequence - 1,
      limit: 1,
    });
    const [event] = events;
    if (event?.sequence !== sequence) return undefined;
    return { event, attempts, firstAttemptAtMs, wasRecorded: true };
  }
}
