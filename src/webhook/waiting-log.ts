/**
 * What waits in one webhook's delivery log: events to be tried again, and those behind them. Knows which of them are in hand
 * and which lanes (messages) wait for something, written down or about to be, so that nothing is sent twice at a time and
 * nothing overtakes. Nothing but looks is heard of while a question to the store is open: its owner sees to that.
 */
import type { EventReader } from '../store/queue-admin.ts';
import type { WebhookDelivery, WebhookOutcome, WebhookReader } from '../store/webhooks.ts';
import { laneOf, type Task } from './lanes.ts';

/** Retries taken in hand at once. */
const PAGE = 50;

export type WaitingReader = Pick<
  WebhookReader,
  'dueWebhookDeliveries' | 'nextWebhookAttemptAtMs' | 'webhookWaitsFor'
> &
  Pick<EventReader, 'readEvents'>;

export interface Loaded {
  readonly tasks: readonly Task[];
  /** Their events are not kept any more. */
  readonly missing: readonly WebhookDelivery[];
}

const NOTHING: Loaded = { tasks: [], missing: [] };

export class WaitingLog {
  readonly #webhookId: string;
  readonly #reader: WaitingReader;
  /** Lanes of retries in hand, by sequence, until what came of them is durable. */
  readonly #inHand = new Map<number, string>();
  /** Lanes with something that will wait once it is written, and how much. */
  readonly #unwritten = new Map<string, number>();
  #mayBeDue = true;
  #hasAny = true;

  constructor(webhookId: string, reader: WaitingReader) {
    this.#webhookId = webhookId;
    this.#reader = reader;
  }

  /** False: the log has nothing that waits. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  /** There may be something due: time went by, or the log was changed. */
  look(): void {
    this.#mayBeDue = true;
  }

  /** Another process may have added to the log. */
  lookAgain(): void {
    this.#mayBeDue = true;
    this.#hasAny = true;
  }

  /** An event of this lane is about to be written that will wait. */
  willBlock(lane: string): boolean {
    return this.#unwritten.has(lane);
  }

  /** An event of this lane waits in the store. */
  async blocks(lane: string): Promise<boolean> {
    return this.#hasAny && (await this.#reader.webhookWaitsFor(this.#webhookId, lane));
  }

  /** One that waits is about to be written. */
  adds(lane: string): void {
    this.#unwritten.set(lane, (this.#unwritten.get(lane) ?? 0) + 1);
    this.#hasAny = true;
  }

  /** It is written. */
  written(outcome: WebhookOutcome): void {
    const { result, sequence, wasRecorded } = outcome;
    this.#inHand.delete(sequence);
    if (result === 'retry' || result === 'waits') {
      const lane = laneOf(outcome);
      const count = (this.#unwritten.get(lane) ?? 0) - 1;
      if (count > 0) this.#unwritten.set(lane, count);
      else this.#unwritten.delete(lane);
    }
    // What waits behind it may have a time now.
    if (wasRecorded || result === 'waits') this.#mayBeDue = true;
  }

  /** What is due, now in hand. `isBusy`: an event of this lane is under way that is not in the log. */
  async take(nowMs: number, isBusy: (lane: string) => boolean): Promise<Loaded> {
    if (!this.#mayBeDue || !this.#hasAny) return NOTHING;
    const limit = PAGE + this.#inHand.size;
    // What is heard of while the store is asked stands.
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
      this.lookAgain();
      throw error;
    }
    const tasks: Task[] = [];
    const missing: WebhookDelivery[] = [];
    const lanes = new Set(this.#inHand.values());
    for (const row of rows) {
      const lane = laneOf(row);
      if (lanes.has(lane) || this.#inHand.has(row.sequence) || isBusy(lane)) continue;
      lanes.add(lane);
      const task = await this.#taskOf(row);
      if (task === undefined) missing.push(row);
      else tasks.push(task);
    }
    for (const { event } of tasks) this.#inHand.set(event.sequence, laneOf(event));
    for (const row of missing) this.#inHand.set(row.sequence, laneOf(row));
    return { tasks, missing };
  }

  /** When the next one is due, which may lie behind when it is in hand; `undefined`: none has a time. */
  nextAtMs(): Promise<number | undefined> {
    return this.#reader.nextWebhookAttemptAtMs(this.#webhookId);
  }

  async #taskOf({ sequence, attempts, firstAttemptAtMs }: WebhookDelivery): Promise<Task | undefined> {
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
