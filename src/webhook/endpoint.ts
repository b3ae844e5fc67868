/**
 * One webhook at work: reads the event log from its cursor, sends what it is asked for, and writes down what came of it.
 * It promises:
 *
 * - Order: of one message (and of what is about the account) at most one event is under way, and a later one waits for the
 *   earlier one's end, through all its tries.
 * - At least once: the cursor moves in the same operation that writes what became of the events before it.
 * - Bounds: so many requests at a time, so many events in memory; the rest stays in the event log.
 * - One thing at a time: what ends while the store is asked is taken note of when it has answered.
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
/** After the store could not be read. */
const UNREADABLE_WAIT_MS = 1_000;

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
  /** Up to it something may be in the delivery log already; `undefined`: not asked yet. */
  #recordedTo: number | undefined;
  #due: Task[] = [];
  #outcomes: WebhookOutcome[] = [];
  #inFlight = 0;
  #retriesInFlight = 0;
  #unwritten = false;
  #timer: Timer | undefined;
  /** Until the pump has come to rest. */
  #pumping: Promise<void> | undefined;
  #pumpAgain = false;
  /** What has ended since the pump began. */
  #ended: (() => void)[] = [];
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(webhook: Webhook, options: EndpointOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.#tail = new EventTail(webhook.cursor);
    this.#receiver = new Receiver(webhook.url, webhook.failingSinceMs);
    this.#log = new WaitingLog(webhook.id, options.reader);
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
    this.#pumpAgain = true;
    this.#pumping ??= this.#pumpAll();
  }

  /** Begins nothing more; resolves when nothing is under way. What was not begun is read again from the cursor. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#pumping;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  /** Never rejects. */
  async #pumpAll(): Promise<void> {
    while (this.#pumpAgain) {
      this.#pumpAgain = false;
      this.#takeEnded();
      try {
        await this.#pumpOnce();
      } catch (error) {
        this.#options.log.error('webhook cannot be read for', {
          webhook: this.#webhook.id,
          reason: error instanceof Error ? error.message : String(error),
        });
        this.#tail.mayHaveMore = true;
        this.#log.lookAgain();
        this.#wakeIn(UNREADABLE_WAIT_MS);
      }
    }
    this.#pumping = undefined;
    this.#takeEnded();
  }

  async #pumpOnce(): Promise<void> {
    if (!this.#goesOn()) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#inFlight < CONCURRENCY && this.#now() >= this.#receiver.quietUntilMs) {
      const task = await this.#next();
      if (task === undefined) break;
      if (this.#stopped) return;
      void this.#run(task);
    }
    if (this.#tail.idleLag >= IDLE_CURSOR_STEP) this.#options.book.add(this, 1);
    await this.#arm();
  }

  #goesOn(): boolean {
    return !this.#stopped && this.#receiver.ends === undefined;
  }

  /** `change` is made at once, unless the store is being asked: then when it has answered. */
  #whenAtRest(change: () => void): void {
    this.#ended.push(change);
    if (this.#pumping === undefined) this.#takeEnded();
  }

  #takeEnded(): void {
    for (const change of this.#ended.splice(0)) change();
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
    this.#whenAtRest(() => {
      this.#tail.written(cursor, outcomes);
      for (const outcome of outcomes) this.#log.written(outcome);
      if (recovered) this.#log.look();
    });
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
  async #next(): Promise<Task | undefined> {
    if (this.#due.length === 0) await this.#loadDue();
    if (this.#retriesInFlight < RETRIES_BESIDE_NEW) return this.#due.shift() ?? (await this.#nextNew());
    return (await this.#nextNew()) ?? this.#due.shift();
  }

  async #loadDue(): Promise<void> {
    const { tasks, missing: gone } = await this.#log.take(this.#now(), (lane) => this.#lanes.has(lane));
    this.#due = [...tasks];
    for (const row of gone) this.#put(missing(row, this.#now()));
  }

  async #nextNew(): Promise<Task | undefined> {
    const { isDown, probeAtMs } = this.#receiver;
    const nowMs = this.#now();
    if (isDown && nowMs < probeAtMs) return undefined;
    // A page without anything is followed by another turn of the event loop.
    while (!this.#lanes.isReady && this.#tail.mayHaveMore && (await this.#hasRoom()))
      if (!(await this.#read())) break;
    const task = this.#lanes.take();
    if (task !== undefined && isDown) this.#receiver.probe(nowMs);
    return task;
  }

  async #hasRoom(): Promise<boolean> {
    if (this.#tail.openCount >= WINDOW) return false;
    if (!this.#receiver.isFailing || !this.#log.hasAny) return true;
    return (await this.#options.reader.countWebhookRetries(this.#webhook.id, MOST_RETRIES)) < MOST_RETRIES;
  }

  /** A page of the event log; false when there was nothing for us in it. */
  async #read(): Promise<boolean> {
    const { accountId, events: types } = this.#webhook;
    this.#tail.mayHaveMore = false;
    const page = await this.#options.reader.readEvents({
      accountId,
      types,
      messageId: undefined,
      recipient: undefined,
      after: this.#tail.readTo,
      limit: READ_PAGE,
    });
    const fresh: [event: StoredEvent, waits: boolean][] = [];
    for (const event of page.events)
      if (!(await this.#isRecorded(event))) fresh.push([event, await this.#log.blocks(laneOf(event))]);
    // From here on without a wait: the cursor never passes what is not open.
    this.#tail.read(page.next, page.more);
    for (const [{ sequence }] of fresh) this.#tail.open(sequence);
    for (const [event, waits] of fresh) this.#enqueue(event, waits);
    return page.events.length > 0;
  }

  async #isRecorded({ sequence }: StoredEvent): Promise<boolean> {
    const { reader } = this.#options;
    const { id } = this.#webhook;
    if (this.#recordedTo === undefined) {
      const newest = { webhookId: id, state: undefined, before: undefined, limit: 1 };
      this.#recordedTo = (await reader.webhookDeliveries(newest))[0]?.sequence ?? 0;
    }
    return sequence <= this.#recordedTo && (await reader.isWebhookRecorded(id, sequence));
  }

  #enqueue(event: StoredEvent, waits: boolean): void {
    const lane = laneOf(event);
    if (!this.#lanes.has(lane) && (waits || this.#log.willBlock(lane))) this.#wait(event);
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
    const durationMs = clock.monotonic() - startedMs;
    this.#whenAtRest(() => {
      this.#inFlight--;
      this.#retriesInFlight -= retry;
      // Cut off by our own end: as if it had not been begun.
      if (!this.#stopped || answer.kind === 'answered') this.#finish(task, url, answer, { atMs, durationMs });
      if (this.#stopped && this.#inFlight === 0) this.#onIdle?.();
    });
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
  async #arm(): Promise<void> {
    if (this.#stopped || this.#inFlight >= CONCURRENCY) return;
    const nowMs = this.#now();
    const { isDown, probeAtMs, quietUntilMs } = this.#receiver;
    const times: number[] = [];
    const hasMore = this.#tail.mayHaveMore;
    if (isDown && (this.#lanes.isReady || hasMore)) times.push(probeAtMs);
    if (!isDown && hasMore && (await this.#hasRoom())) times.push(nowMs);
    if (this.#log.hasAny) {
      const next = await this.#log.nextAtMs();
      // What is due and was not taken is in hand, or waits for one that is: its end brings us back anyway.
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
      this.#log.look();
      this.pump();
    });
  }
}
