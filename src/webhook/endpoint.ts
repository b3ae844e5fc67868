/**
 * One webhook at work: reads the event log from its cursor, sends what it is asked for, and writes down what came of it.
 * It promises:
 *
 * - Order: of one message (and of what is about the account) at most one event is under way, and a later one waits for the
 *   earlier one's end, through all its tries.
 * - At least once: the cursor moves in the same operation that writes what became of the events before it.
 * - Bounds: so many requests at a time, so many events in memory; the rest stays in the event log.
 *
 * It has no timer of its own but one for the next thing to do, and knows neither HTTP nor SQL.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { StoredEvent } from '../store/views.ts';
import type { Webhook, WebhookOutcome, WebhookReader, WebhookRecord } from '../store/webhooks.ts';
import { EventTail } from './event-tail.ts';
import { Lanes, laneOf, type Task } from './lanes.ts';
import type { OutcomeBook, Recording } from './outcome-book.ts';
import { attemptOf, logOutcome, missing, tried, waiting } from './outcomes.ts';
import { Receiver } from './receiver.ts';
import type { Answer } from './response.ts';
import { judge } from './response.ts';
import { WaitingLog, type WaitingReader } from './waiting-log.ts';

/** Requests to one receiver at a time. */
export const CONCURRENCY = 8;
/** Of those, retries while there is something new. */
const RETRIES_BESIDE_NEW = CONCURRENCY / 2;
/** Events in memory that are not written down as done. */
const WINDOW = 400;
const READ_PAGE = 100;
/** With so many events waiting for another try nothing new is begun while the receiver fails. */
const MOST_RETRIES = 2_000;
/** The cursor of one that is asked for nothing is written down this seldom. */
const IDLE_CURSOR_STEP = 2_000;
const LEAST_WAIT_MS = 20;
const HELD_UP_WAIT_MS = 500;

export type EndpointReader = WaitingReader &
  Pick<WebhookReader, 'countWebhookRetries' | 'isWebhookRecorded' | 'webhookDeliveries'>;

export interface EndpointOptions {
  readonly reader: EndpointReader;
  readonly book: Pick<OutcomeBook, 'add'>;
  /** Sends an event to the webhook as it is now. Never rejects. */
  readonly send: (webhook: Webhook, event: StoredEvent) => Promise<Answer>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class Endpoint implements Recording {
  readonly #options: EndpointOptions;
  readonly #receiver: Receiver;
  readonly #log: WaitingLog;
  readonly #lanes = new Lanes();
  #webhook: Webhook;
  readonly #tail: EventTail;
  /** Up to it something may be in the delivery log already. */
  readonly #recordedTo: number;
  #due: Task[] = [];
  #outcomes: WebhookOutcome[] = [];
  #inFlight = 0;
  #retriesInFlight = 0;
  #unwritten = false;
  #timer: Timer | undefined;
  #pumping = false;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(webhook: Webhook, options: EndpointOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.#tail = new EventTail(webhook.cursor);
    this.#receiver = new Receiver(webhook.url, webhook.failingSinceMs);
    this.#log = new WaitingLog(webhook.id, options.reader);
    const newest = { webhookId: webhook.id, state: undefined, before: undefined, limit: 1 };
    this.#recordedTo = options.reader.webhookDeliveries(newest)[0]?.sequence ?? 0;
  }

  get webhook(): Webhook {
    return this.#webhook;
  }

  /** Another address, other events, another secret: they count from the next request on. */
  update(webhook: Webhook): void {
    this.#webhook = webhook;
    this.#receiver.moveTo(webhook.url);
  }

  /** Something was committed: there may be events, and replays. */
  notice(): void {
    this.#tail.mayHaveMore = true;
    this.#log.lookAgain();
    this.pump();
  }

  /** Sends what may be sent now. */
  pump(): void {
    if (this.#stopped || this.#pumping || this.#receiver.ends !== undefined) return;
    this.#pumping = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#inFlight < CONCURRENCY && this.#now() >= this.#receiver.quietUntilMs) {
      const task = this.#next();
      if (task === undefined) break;
      void this.#run(task);
    }
    this.#pumping = false;
    if (this.#tail.idleLag >= IDLE_CURSOR_STEP) this.#options.book.add(this, 1);
    this.#arm();
  }

  /** Begins nothing more; resolves when nothing is under way. What was not begun is read again from the cursor. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  takeRecord(): WebhookRecord | undefined {
    const outcomes = this.#outcomes;
    const cursor = this.#tail.cursorBehind(outcomes);
    if (outcomes.length === 0 && !this.#unwritten && this.#tail.isWritten(cursor)) return undefined;
    this.#outcomes = [];
    this.#unwritten = false;
    const { failingSinceMs, deliveredAtMs, ends } = this.#receiver;
    const recovered = this.#receiver.takeRecovered();
    const atMs = this.#now();
    const webhookId = this.#webhook.id;
    return { webhookId, cursor, outcomes, failingSinceMs, deliveredAtMs, recovered, ends, atMs };
  }

  written({ cursor, outcomes, recovered }: WebhookRecord): void {
    this.#tail.written(cursor, outcomes);
    for (const outcome of outcomes) this.#log.written(outcome);
    if (recovered) this.#log.look();
    this.pump();
  }

  notWritten(record: WebhookRecord): void {
    this.#outcomes = [...record.outcomes, ...this.#outcomes];
    this.#unwritten = true;
  }

  #now(): number {
    return this.#options.clock.now();
  }

  /** What to send next; it counts as taken. */
  #next(): Task | undefined {
    if (this.#due.length === 0) this.#loadDue();
    if (this.#retriesInFlight < RETRIES_BESIDE_NEW) return this.#due.shift() ?? this.#nextNew();
    return this.#nextNew() ?? this.#due.shift();
  }

  #loadDue(): void {
    const { tasks, missing: gone } = this.#log.take(this.#now(), (lane) => this.#lanes.has(lane));
    this.#due = [...tasks];
    for (const row of gone) this.#put(missing(row, this.#now()));
  }

  #nextNew(): Task | undefined {
    const { isDown, probeAtMs } = this.#receiver;
    const nowMs = this.#now();
    if (isDown && nowMs < probeAtMs) return undefined;
    // A page without anything is followed by another turn of the event loop.
    while (!this.#lanes.isReady && this.#tail.mayHaveMore && this.#hasRoom()) if (!this.#read()) break;
    const task = this.#lanes.take();
    if (task !== undefined && isDown) this.#receiver.probe(nowMs);
    return task;
  }

  #hasRoom(): boolean {
    if (this.#tail.openCount >= WINDOW) return false;
    if (!this.#receiver.isFailing || !this.#log.hasAny) return true;
    return this.#options.reader.countWebhookRetries(this.#webhook.id, MOST_RETRIES) < MOST_RETRIES;
  }

  /** A page of the event log; false when there was nothing for us in it. */
  #read(): boolean {
    const { accountId, events: types } = this.#webhook;
    const page = this.#options.reader.readEvents({
      accountId,
      types,
      messageId: undefined,
      recipient: undefined,
      after: this.#tail.readTo,
      limit: READ_PAGE,
    });
    this.#tail.read(page.next, page.more);
    for (const event of page.events) this.#enqueue(event);
    return page.events.length > 0;
  }

  #enqueue(event: StoredEvent): void {
    const { sequence } = event;
    if (sequence <= this.#recordedTo && this.#options.reader.isWebhookRecorded(this.#webhook.id, sequence))
      return;
    this.#tail.open(sequence);
    const lane = laneOf(event);
    if (!this.#lanes.has(lane) && this.#log.blocks(lane)) this.#wait(event);
    else this.#lanes.add({ event, attempts: 0, firstAttemptAtMs: undefined, wasRecorded: false });
  }

  /** Written down untried: the log says when it is its turn. */
  #wait(event: StoredEvent): void {
    this.#log.adds(laneOf(event));
    this.#put(waiting(event));
  }

  async #run(task: Task): Promise<void> {
    const { clock, send } = this.#options;
    const retry = task.wasRecorded ? 1 : 0;
    const startedMs = clock.monotonic();
    const atMs = clock.now();
    const { url } = this.#webhook;
    this.#inFlight++;
    this.#retriesInFlight += retry;
    const answer = await send(this.#webhook, task.event);
    this.#inFlight--;
    this.#retriesInFlight -= retry;
    // Cut off by our own end: as if it had not been begun.
    if (!this.#stopped || answer.kind === 'answered')
      this.#finish(task, url, answer, { atMs, durationMs: clock.monotonic() - startedMs });
    if (this.#stopped && this.#inFlight === 0) this.#onIdle?.();
    this.pump();
  }

  #finish(
    task: Task,
    url: string,
    answer: Answer,
    times: { readonly atMs: number; readonly durationMs: number },
  ): void {
    const nowMs = this.#now();
    const verdict = judge(answer, nowMs);
    const attempt = attemptOf(answer, verdict, times);
    const attempts = task.attempts + 1;
    const firstAttemptAtMs = task.firstAttemptAtMs ?? times.atMs;
    const random = this.#options.random.float();
    const next = this.#receiver.tried({ verdict, url, attempts, firstAttemptAtMs, nowMs, random });
    const outcome = tried(task, verdict, attempt, next);
    const lane = laneOf(task.event);
    const isRetried = outcome.result === 'retry';
    if (isRetried) this.#log.adds(lane);
    this.#put(outcome);
    logOutcome(this.#options.log, this.#webhook.id, outcome);
    if (task.wasRecorded) return;
    if (isRetried) for (const later of this.#lanes.block(lane)) this.#wait(later.event);
    else this.#lanes.end(lane);
  }

  #put(outcome: WebhookOutcome): void {
    this.#outcomes.push(outcome);
    this.#options.book.add(this, 1);
  }

  /** For the next thing that time brings about. */
  #arm(): void {
    if (this.#stopped || this.#inFlight >= CONCURRENCY) return;
    const nowMs = this.#now();
    const { isDown, probeAtMs, quietUntilMs } = this.#receiver;
    const times: number[] = [];
    const hasMore = this.#tail.mayHaveMore;
    if (isDown && (this.#lanes.isReady || hasMore)) times.push(probeAtMs);
    if (!isDown && hasMore && this.#hasRoom()) times.push(nowMs);
    if (this.#log.hasAny) {
      const next = this.#log.nextAtMs();
      // What is due and was not taken is in hand, or waits for one that is: its end brings us back anyway.
      if (next !== undefined) times.push(next > nowMs ? next : nowMs + HELD_UP_WAIT_MS);
    }
    if (times.length === 0) return;
    const atMs = Math.max(Math.min(...times), quietUntilMs);
    this.#timer = this.#options.clock.after(Math.max(LEAST_WAIT_MS, atMs - nowMs), () => {
      this.#log.look();
      this.pump();
    });
  }
}
