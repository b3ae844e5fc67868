/**
 * Live events as server-sent events (HTML Living Standard §9.2). One poll of the log for all streams a few times a
 * second; each stream then reads from its own cursor, so a slow reader holds nothing in memory: it gets more after it
 * has taken what was written, and is closed when it stalls. Streams are bounded in number, end with their key, and
 * send their position periodically, so that Last-Event-ID resumes there.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { eventJson } from '../api-json/event-json.ts';
import { eventIdOf } from '../store/public-ids.ts';
import type { EventFilter, EventReader } from '../store/queue-admin.ts';
import type { Credential } from '../store/directory-records.ts';
import { visibleJson } from '../platform/visible-text.ts';
import { tooManyRequests, unavailable } from './api-error.ts';

export interface EventStreamsOptions {
  readonly reader: Pick<EventReader, 'readEvents' | 'lastEventSequence'>;
  /** False once the key may not be used for it from there any more. Rejects with what the store rejects with. */
  readonly stillValid: (follower: Follower) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds; for tests. */
  readonly keepAliveMs?: number | undefined;
  readonly slowReaderMs?: number | undefined;
}

/** The stream's filter on the log. */
export type StreamFilter = Omit<EventFilter, 'after' | 'limit'>;

/** The reader of a stream. */
export interface Follower {
  readonly credential: Credential;
  /** The client's address. */
  readonly client: string;
}

interface Stream extends Follower {
  readonly response: ServerResponse;
  readonly filter: StreamFilter;
  cursor: number;
  /** Start of the present stall. */
  blockedSinceMs: number | undefined;
  lastWriteMs: number;
  /** The log is being read for it: what would be read again is read afterwards. */
  reading: 'not' | 'once' | 'again';
}

const LOOK_EVERY_MS = 200;
const EVENTS_AT_ONCE = 200;
/** Streams that catch up with old events take turns of this length at this interval, so that mail does not wait. */
const CATCH_UP_EVERY_MS = 20;
const CATCH_UP_FOR_MS = 5;
const KEEP_ALIVE_MS = 15_000;
const SLOW_READER_MS = 30_000;
/** Reconnection delay of clients, in milliseconds. */
const RETRY_MS = 2_000;
export const MAX_STREAMS = 200;
export const MAX_STREAMS_PER_KEY = 10;

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Set<Stream>();
  /** Streams with unread events behind their cursor, in the order of their turns. */
  readonly #behind = new Set<Stream>();
  #catchUpTimer: Timer | undefined;
  #catchingUp = false;
  #timer: Timer | undefined;
  #looking = false;
  #stopped = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Throws ApiError 429 or 503 at the limits. */
  admit({ id }: Credential): void {
    if (this.#stopped || this.#streams.size >= MAX_STREAMS)
      throw unavailable('the relay has no room for another event stream', 30);
    const own = [...this.#streams].filter(({ credential }) => credential.id === id).length;
    if (own >= MAX_STREAMS_PER_KEY)
      throw tooManyRequests(`this API key has ${own} event streams open, as many as it may`, 30);
  }

  /** Takes over `response`, whose head was written. `after`: the sequence to continue from. */
  open(response: ServerResponse, follower: Follower, filter: StreamFilter, after: number): void {
    // Its client went while the position was looked up: 'close' does not come again.
    if (response.destroyed) return;
    const nowMs = this.#options.clock.monotonic();
    const stream: Stream = {
      ...follower,
      response,
      filter,
      cursor: after,
      blockedSinceMs: undefined,
      lastWriteMs: nowMs,
      reading: 'not',
    };
    this.#streams.add(stream);
    response.on('close', () => this.#forget(stream));
    response.on('error', () => this.#forget(stream));
    response.on('drain', () => {
      stream.blockedSinceMs = undefined;
      void this.#pump(stream);
    });
    this.#write(stream, `retry: ${RETRY_MS}\n: from ${eventIdOf(after)} on\n\n`);
    void this.#pump(stream);
    this.#arm();
  }

  /** Ends all streams; clients reconnect. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#catchUpTimer?.cancel();
    this.#behind.clear();
    for (const stream of this.#streams) stream.response.end();
    this.#streams.clear();
  }

  #arm(): void {
    if (this.#looking) return;
    this.#timer ??= this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#timer = undefined;
      if (!this.#stopped) void this.#lookAndArm();
    });
  }

  async #lookAndArm(): Promise<void> {
    this.#looking = true;
    await this.#look();
    this.#looking = false;
    if (this.#streams.size > 0) this.#arm();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { reader, clock, log } = this.#options;
    let last: number;
    try {
      last = await reader.lastEventSequence();
    } catch (error) {
      log.error('events cannot be read', { reason: String(error) });
      return;
    }
    const nowMs = clock.monotonic();
    for (const stream of this.#streams) {
      if (!(await this.#mayGoOn(stream, nowMs))) continue;
      if (this.#behind.has(stream)) continue;
      if (last > stream.cursor) void this.#pump(stream);
      else if (nowMs - stream.lastWriteMs >= (this.#options.keepAliveMs ?? KEEP_ALIVE_MS))
        this.#keepAlive(stream);
    }
  }

  async #mayGoOn(stream: Stream, nowMs: number): Promise<boolean> {
    const { blockedSinceMs, credential } = stream;
    if (
      blockedSinceMs !== undefined &&
      nowMs - blockedSinceMs >= (this.#options.slowReaderMs ?? SLOW_READER_MS)
    ) {
      this.#options.log.info('event stream cut: its client does not read', { credential: credential.id });
      stream.response.destroy();
      this.#forget(stream);
      return false;
    }
    let valid: boolean;
    try {
      valid = await this.#options.stillValid(stream);
    } catch {
      // A store that cannot be read revokes nothing.
      valid = true;
    }
    if (!this.#streams.has(stream)) return false;
    if (valid) return true;
    stream.response.end('event: closed\ndata: {"reason":"the API key is no longer valid"}\n\n');
    this.#forget(stream);
    return false;
  }

  /** Never rejects. */
  async #pump(stream: Stream): Promise<void> {
    if (stream.reading !== 'not') {
      stream.reading = 'again';
      return;
    }
    do {
      stream.reading = 'once';
      await this.#readOn(stream);
    } while ((stream.reading as Stream['reading']) === 'again');
    stream.reading = 'not';
  }

  async #readOn(stream: Stream): Promise<void> {
    if (stream.blockedSinceMs !== undefined || !this.#streams.has(stream)) return;
    const { reader, log } = this.#options;
    try {
      const page = await reader.readEvents({ ...stream.filter, after: stream.cursor, limit: EVENTS_AT_ONCE });
      if (!this.#streams.has(stream)) return;
      const text = page.events
        .map(
          (event) =>
            `id: ${eventIdOf(event.sequence)}\nevent: ${event.type}\ndata: ${visibleJson(eventJson(event))}\n\n`,
        )
        .join('');
      stream.cursor = page.next;
      if (text !== '') this.#write(stream, text);
      if (page.more) this.#waitForTurn(stream);
    } catch (error) {
      log.error('events cannot be read', { reason: String(error) });
    }
  }

  #waitForTurn(stream: Stream): void {
    this.#behind.add(stream);
    if (this.#catchingUp) return;
    this.#catchUpTimer ??= this.#options.clock.after(CATCH_UP_EVERY_MS, () => {
      this.#catchUpTimer = undefined;
      void this.#catchUp();
    });
  }

  async #catchUp(): Promise<void> {
    const { clock } = this.#options;
    const endMs = clock.monotonic() + CATCH_UP_FOR_MS;
    this.#catchingUp = true;
    // A stream that is still behind goes to the end of the queue.
    for (const next of [...this.#behind]) {
      this.#behind.delete(next);
      await this.#pump(next);
      if (clock.monotonic() >= endMs) break;
    }
    this.#catchingUp = false;
    const [first] = this.#behind;
    if (first !== undefined) this.#waitForTurn(first);
  }

  /** Advances the client's Last-Event-ID when no event matched: an id without data is not an event. */
  #keepAlive(stream: Stream): void {
    this.#write(stream, `: keep-alive\nid: ${eventIdOf(stream.cursor)}\n\n`);
  }

  #write(stream: Stream, text: string): void {
    const nowMs = this.#options.clock.monotonic();
    stream.lastWriteMs = nowMs;
    if (!stream.response.write(text)) stream.blockedSinceMs ??= nowMs;
  }

  #forget(stream: Stream): void {
    this.#streams.delete(stream);
    this.#behind.delete(stream);
  }
}
