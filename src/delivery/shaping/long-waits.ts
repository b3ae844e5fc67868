/**
 * Entries that wait for a limit for long, on their way back to the store: untried, still `queued`, with the limit in words
 * and a time. Where nothing of a destination may go the destination waits as a whole, for ten minutes at most, or a second
 * while some of it is claimed for its end, then it is looked at again; else each delivery has a time of its own
 * (looks-ahead.ts). It comes back shortly before its turn (line.ts): about as much as may go then, and it has its place
 * meanwhile.
 */
import type { Clock } from '../../platform/clock.ts';
import { DESTINATION_BACKOFF_MAX_MS } from '../../policy/retry.ts';
import type { Alarm } from '../alarm.ts';
import type { WaitedForLimits } from '../claims/scheduler.ts';
import type { SettleOutbox } from '../claims/settle-outbox.ts';
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { LimitedPlace } from './automatic-limits.ts';
import { CallForward } from './call-forward.ts';
import { LEAD_MS } from './line.ts';
import { LooksAhead } from './looks-ahead.ts';
import type { SiteShaping } from './site-shaping.ts';
import type { Wait } from './turn.ts';

export interface LongWaitsOptions {
  readonly clock: Clock;
  readonly alarm: Pick<Alarm, 'by'>;
  readonly outbox: Pick<SettleOutbox, 'block'>;
  readonly settler: { release(entry: QueueEntry, dueAtMs?: number, waitsFor?: string): void };
}

/** The site where it waits. */
export interface HoldingSite {
  readonly leavesPlainly: boolean;
  readonly place: LimitedPlace;
  readonly shape: Pick<SiteShaping, 'turnOf' | 'putOff'>;
}

/** Who knows the ways of a destination. */
export interface WaysKnown {
  leavesOneWay(destination: ActiveDestination): boolean;
}

/** It does not come back at once. */
const LEAST_MS = 1_000;
const LONGEST_BLOCK_MS = DESTINATION_BACKOFF_MAX_MS;
/** Those that are remembered, to be called when limits change. */
const MOST_BLOCKED = 20_000;
/** What nobody claims after its wait is not remembered any longer. */
const REMEMBERED_MS = 10_000;
/** Between two looks at which waits have ended. */
const LOOK_MS = 500;

export class LongWaits implements WaitedForLimits {
  readonly #options: LongWaitsOptions;
  readonly #blocked = new Map<string, { readonly untilMs: number; readonly place: LimitedPlace }>();
  readonly #looks = new LooksAhead();
  readonly #callForward: CallForward;
  #ways: WaysKnown | undefined;
  /** Their wait ends before the next look, or has just ended. */
  #waited: readonly string[] = [];
  /** Monotonic. */
  #lookAtMs = -Infinity;

  constructor(options: LongWaitsOptions) {
    this.#options = options;
    this.#callForward = new CallForward(options);
  }

  asks(ways: WaysKnown): void {
    this.#ways = ways;
  }

  /** The wait of some of its mail is one of all of it. */
  holdsAll(destination: ActiveDestination, { limit }: Wait, { leavesPlainly }: HoldingSite): boolean {
    return limit?.ofSender === false && leavesPlainly && this.#ways?.leavesOneWay(destination) !== false;
  }

  /** `entries` wait at a site, all of one destination, the first of them for so long. Returns in how many ms it is back. */
  hold(entries: readonly QueueEntry[], wait: Wait, site: HoldingSite): number {
    const { clock, settler } = this.#options;
    const [first] = entries;
    if (first === undefined || wait.limit === undefined) return 0;
    const { destination } = first;
    const nowMs = clock.now();
    const startMs = clock.monotonic();
    if (this.holdsAll(destination, wait, site)) {
      const longestMs = destination.takeClaimedForEnd() ? LEAST_MS : LONGEST_BLOCK_MS;
      const inMs = Math.min(Math.max(wait.ms - LEAD_MS, LEAST_MS), longestMs);
      if (!destination.isBlocked(nowMs)) this.#block(destination, nowMs + inMs, wait.limit.words, site.place);
      site.shape.putOff(first, startMs + inMs, wait, () => this.#call(destination.name));
      this.#callForward.watch(wait.limit);
      for (const entry of entries) settler.release(entry);
      return inMs;
    }
    let firstInMs = Infinity;
    for (const entry of entries) {
      const { ms } = site.shape.turnOf(entry, startMs, 1);
      const turnInMs = Math.min(Math.max(ms, wait.ms) - LEAD_MS, this.#looks.next(startMs));
      // Before that nobody may go.
      const inMs = Math.max(turnInMs, wait.lookMs - LEAD_MS, LEAST_MS);
      site.shape.putOff(entry, startMs + inMs, wait);
      settler.release(entry, nowMs + inMs, wait.limit.words);
      firstInMs = Math.min(firstInMs, inMs);
    }
    return firstInMs;
  }

  names(): readonly string[] {
    const { clock } = this.#options;
    const atMs = clock.monotonic();
    if (atMs < this.#lookAtMs) return this.#waited;
    this.#lookAtMs = atMs + LOOK_MS;
    const nowMs = clock.now();
    const waited: string[] = [];
    for (const [name, { untilMs }] of this.#blocked) {
      if (untilMs < nowMs - REMEMBERED_MS) this.#blocked.delete(name);
      else if (untilMs <= nowMs + LOOK_MS) waited.push(name);
    }
    this.#waited = waited;
    return waited;
  }

  passes(name: string): void {
    const blocked = this.#blocked.get(name);
    if (blocked === undefined || blocked.untilMs > this.#options.clock.now()) return;
    this.#blocked.delete(name);
    this.#waited = this.#waited.filter((one) => one !== name);
  }

  /** Limits have changed, of these places: what is blocked for one is looked at now. */
  lift(isMeant: (place: LimitedPlace) => boolean = () => true): void {
    for (const [destination, { place }] of [...this.#blocked]) if (isMeant(place)) this.#call(destination);
  }

  onAlarm(): void {
    this.#callForward.onAlarm();
  }

  /** It waits no more. */
  #call(destination: string): void {
    const { clock, outbox } = this.#options;
    const nowMs = clock.now();
    const untilMs = this.#blocked.get(destination)?.untilMs ?? -Infinity;
    this.#blocked.delete(destination);
    if (untilMs > nowMs)
      outbox.block({ destination, untilMs: nowMs, failures: 0, lastError: '', waitsFor: '' });
  }

  #block(destination: ActiveDestination, untilMs: number, waitsFor: string, place: LimitedPlace): void {
    const { name } = destination;
    destination.waitUntil(untilMs);
    this.#blocked.delete(name);
    this.#blocked.set(name, { untilMs, place });
    if (this.#blocked.size > MOST_BLOCKED)
      for (const oldest of this.#blocked.keys()) {
        this.#blocked.delete(oldest);
        break;
      }
    this.#options.outbox.block({ destination: name, untilMs, failures: 0, lastError: '', waitsFor });
  }
}
