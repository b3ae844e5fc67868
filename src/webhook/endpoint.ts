/**
 * The delivery of events to one webhook: reads the event log from the webhook's cursor, sends the events it
 * subscribed to, and records the outcomes. It guarantees:
 *
 * - Order: for each message (and for the account's own events) at most one event is in flight, and the next one waits
 * until the earlier one has ended, through all its retries.
 * - At least once: the cursor moves in the operation that writes the outcomes of the events before it.
 * - Bounds on concurrent requests and on events in memory; the rest stays in the event log.
 * - One change at a time: requests that end during a read of the store are handled after it.
 *
 * It has a single timer, for the next thing that is due, and contains no HTTP and no SQL.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { StoredEvent } from '../store/views.ts';
import type { Webhook, WebhookOutcome, WebhookReader, WebhookRecord } from '../store/webhooks.ts';
import {
  CONCURRENCY,
  RETRIES_BESIDE_NEW,
  WINDOW,
  MOST_RETRIES,
  IDLE_CURSOR_STEP,
  LEAST_WAIT_MS,
  HELD_UP_WAIT_MS,
  UNREADABLE_WAIT_MS,
} from './endpoint-limits.ts';
import { EventTail } from './event-tail.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { OrderedQueues, orderingKey, type QueuedEvent } from './ordered-queues.ts';
import type { OutcomeWriter, OutcomeSource } from './outcome-writer.ts';
import { attemptOf, attemptOutcome, logOutcome, missingEventOutcome, waitingOutcome } from './outcomes.ts';
import { Receiver } from './receiver.ts';
import { judge, type Answer } from './response.ts';
import { UnwrittenOutcomes } from './unwritten-outcomes.ts';
import { PendingDeliveries, type PendingDeliveryReader } from './pending-deliveries.ts';

export type EndpointReader = PendingDeliveryReader & Pick<WebhookReader, 'countWebhookRetries'>;

export interface EndpointOptions {
  readonly reader: EndpointReader;
  readonly outcomes: Pick<OutcomeWriter, 'add'>;
  /** Sends an event with the webhook's present settings. Never rejects. */
  readonly send: (webhook: Webhook, event: StoredEvent) => Promise<Answer>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class Endpoint implements OutcomeSource {
  readonly #options: EndpointOptions;
  readonly #receiver: Receiver;
  readonly #pending: PendingDeliveries;
  readonly #queues = new OrderedQueues();
  #webhook: Webhook;
  readonly #tail: EventTail;
  #due: QueuedEvent[] = [];
  readonly #unwritten = new UnwrittenOutcomes();
  #inFlight = 0;
  #retriesInFlight = 0;
  #timer: Timer | undefined;
  readonly #pumping = new OneAtATime(() => this.#tryToPump());
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(webhook: Webhook, options: EndpointOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.#tail = new EventTail(webhook.cursor);
    this.#receiver = new Receiver(webhook.url, webhook.failingSinceMs);
    this.#pending = new PendingDeliveries(webhook.id, options.reader);
  }

  get webhook(): Webhook {
    return this.#webhook;
  }

  /** A new URL, event list or secret applies from the next request. */
  update(webhook: Webhook): void {
    this.#webhook = webhook;
    this.#receiver.moveTo(webhook.url);
  }

  /** Something was committed: there may be events and replays. */
  notice(): void {
    this.#tail.mayHaveMore = true;
    this.#pending.mayHaveChanged();
    this.pump();
  }

  /** Starts the requests that may start now. */
  pump(): void {
    this.#pumping.ask();
  }

  /** Starts nothing more; resolves when nothing is in flight. Unsent events are read again from the cursor. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#pumping.rest();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  /** Never rejects. */
  async #tryToPump(): Promise<void> {
    try {
      await this.#pumpOnce();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.error('webhook cannot be read for', { webhook: this.#webhook.id, reason });
      this.#tail.mayHaveMore = true;
      this.#pending.mayHaveChanged();
      this.#wakeIn(UNREADABLE_WAIT_MS);
    }
  }

  async #pumpOnce(): Promise<void> {
    if (!this.#goesOn()) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#inFlight < CONCURRENCY && this.#now() >= this.#receiver.quietUntilMs) {
      const queued = await this.#next();
      if (queued === undefined || !this.#goesOn()) break;
      void this.#run(queued);
    }
    if (this.#tail.idleLag >= IDLE_CURSOR_STEP) this.#options.outcomes.add(this, 1);
    await this.#arm();
  }

  #goesOn(): boolean {
    return !this.#stopped && this.#receiver.ends === undefined;
  }

  takeRecord(): WebhookRecord | undefined {
    const cursor = this.#tail.cursorBehind(this.#unwritten.waiting);
    if (this.#unwritten.isEmpty && this.#tail.isWritten(cursor)) return undefined;
    const outcomes = this.#unwritten.take();
    const { failingSinceMs, deliveredAtMs, ends } = this.#receiver;
    const recovered = this.#receiver.takeRecovered();
    const atMs = this.#now();
    const webhookId = this.#webhook.id;
    return { webhookId, cursor, outcomes, failingSinceMs, deliveredAtMs, recovered, ends, atMs };
  }

  written({ cursor, outcomes, recovered }: WebhookRecord): void {
    this.#pumping.whenAtRest(() => {
      this.#tail.written(cursor, outcomes);
      for (const outcome of outcomes) this.#pending.written(outcome);
      if (recovered) this.#pending.mayBeDue();
    });
    this.pump();
  }

  notWritten(record: WebhookRecord): void {
    this.#unwritten.requeue(record.outcomes);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  /** The next event to send; it is taken from its queue. */
  async #next(): Promise<QueuedEvent | undefined> {
    if (this.#due.length === 0) await this.#loadDue();
    if (this.#retriesInFlight < RETRIES_BESIDE_NEW) return this.#due.shift() ?? (await this.#nextNew());
    return (await this.#nextNew()) ?? this.#due.shift();
  }

  async #loadDue(): Promise<void> {
    const { events, missing } = await this.#pending.take(this.#now(), (key) => this.#queues.has(key));
    this.#due = [...events];
    for (const row of missing) this.#put(missingEventOutcome(row, this.#now()));
  }

  async #nextNew(): Promise<QueuedEvent | undefined> {
    const { isDown, probeAtMs } = this.#receiver;
    const nowMs = this.#now();
    if (isDown && nowMs < probeAtMs) return undefined;
    // An empty page is followed by another turn of the event loop.
    while (!this.#queues.isReady && this.#tail.mayHaveMore && (await this.#hasRoom()))
      if (!(await this.#read())) break;
    const queued = this.#queues.take();
    if (queued !== undefined && isDown) this.#receiver.probe(nowMs);
    return queued;
  }

  async #hasRoom(): Promise<boolean> {
    if (this.#tail.openCount >= WINDOW) return false;
    if (!this.#receiver.isFailing || !this.#pending.hasAny) return true;
    return (await this.#options.reader.countWebhookRetries(this.#webhook.id, MOST_RETRIES)) < MOST_RETRIES;
  }

  /** Reads one page of the event log. False: the page had no matching event. */
  async #read(): Promise<boolean> {
    this.#tail.mayHaveMore = false;
    const page = await this.#options.reader.readEvents(this.#tail.nextPage(this.#webhook));
    const fresh: [event: StoredEvent, waits: boolean][] = [];
    for (const event of page.events)
      if (!(await this.#pending.isRecorded(event.sequence)))
        fresh.push([event, await this.#pending.blocks(orderingKey(event))]);
    // No await from here on: the cursor never passes an event that is not open.
    this.#tail.read(page.next, page.more);
    for (const [{ sequence }] of fresh) this.#tail.open(sequence);
    for (const [event, waits] of fresh) this.#enqueue(event, waits);
    return page.events.length > 0;
  }

  #enqueue(event: StoredEvent, waits: boolean): void {
    const key = orderingKey(event);
    if (!this.#queues.has(key) && (waits || this.#pending.willBlock(key))) this.#wait(event);
    else this.#queues.add({ event, attempts: 0, firstAttemptAtMs: undefined, wasRecorded: false });
  }

  /** Records the event as waiting, without an attempt; the delivery log decides when it is due. */
  #wait(event: StoredEvent): void {
    this.#pending.expect(orderingKey(event));
    this.#put(waitingOutcome(event));
  }

  async #run(queued: QueuedEvent): Promise<void> {
    const { clock, send } = this.#options;
    const retry = queued.wasRecorded ? 1 : 0;
    const startedMs = clock.monotonic();
    const atMs = clock.now();
    const { url } = this.#webhook;
    this.#inFlight++;
    this.#retriesInFlight += retry;
    const answer = await send(this.#webhook, queued.event);
    const durationMs = clock.monotonic() - startedMs;
    this.#pumping.whenAtRest(() => {
      this.#inFlight--;
      this.#retriesInFlight -= retry;
      // A request that our own shutdown cut off does not count as an attempt.
      if (!this.#stopped || answer.kind === 'answered')
        this.#finish(queued, url, answer, { atMs, durationMs });
      if (this.#stopped && this.#inFlight === 0) this.#onIdle?.();
    });
    this.pump();
  }

  #finish(
    queued: QueuedEvent,
    url: string,
    answer: Answer,
    times: { readonly atMs: number; readonly durationMs: number },
  ): void {
    const nowMs = this.#now();
    const verdict = judge(answer, nowMs);
    const attempt = attemptOf(answer, verdict, times);
    const attempts = queued.attempts + 1;
    const firstAttemptAtMs = queued.firstAttemptAtMs ?? times.atMs;
    const random = this.#options.random.float();
    const next = this.#receiver.recordAttempt({ verdict, url, attempts, firstAttemptAtMs, nowMs, random });
    const outcome = attemptOutcome(queued, verdict, attempt, next);
    const key = orderingKey(queued.event);
    const isRetried = outcome.result === 'retry';
    if (isRetried) this.#pending.expect(key);
    this.#put(outcome);
    logOutcome(this.#options.log, this.#webhook.id, outcome);
    if (queued.wasRecorded) return;
    if (isRetried) for (const later of this.#queues.block(key)) this.#wait(later.event);
    else this.#queues.end(key);
  }

  #put(outcome: WebhookOutcome): void {
    this.#unwritten.add(outcome);
    this.#options.outcomes.add(this, 1);
  }

  /** Sets the timer for the next thing that is due. */
  async #arm(): Promise<void> {
    if (this.#stopped || this.#inFlight >= CONCURRENCY) return;
    const nowMs = this.#now();
    const { isDown, probeAtMs, quietUntilMs } = this.#receiver;
    const times: number[] = [];
    const hasMore = this.#tail.mayHaveMore;
    if (isDown && (this.#queues.isReady || hasMore)) times.push(probeAtMs);
    if (!isDown && hasMore && (await this.#hasRoom())) times.push(nowMs);
    if (this.#pending.hasAny) {
      const next = await this.#pending.nextAtMs();
      // A row that is due and was not taken is in flight or waits for one that is; that one's end calls pump() again.
      if (next !== undefined) times.push(next > nowMs ? next : nowMs + HELD_UP_WAIT_MS);
    }
    if (times.length === 0) return;
    const atMs = Math.max(Math.min(...times), quietUntilMs);
    this.#wakeIn(Math.max(LEAST_WAIT_MS, atMs - nowMs));
  }

  #wakeIn(waitMs: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(waitMs, () => {
      this.#pending.mayBeDue();
      this.pump();
    });
  }
}
