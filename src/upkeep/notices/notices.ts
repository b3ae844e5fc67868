/**
 * Notifies the operator of checks that failed or recovered, by each way that the configuration names
 * (policy/notices/notice-state.ts decides when). A failed notice is retried for a day, way by way and in order, also after
 * a restart. Failures here raise no check; they are logged.
 */
import type { Config } from '../../config/config.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import { makeId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { TimedResult } from '../../policy/checks/since.ts';
import { dueNotice, observe } from '../../policy/notices/notice-state.ts';
import type { Notice } from './notice.ts';
import type { NoticeFile, NoticeMemory, WaitingNotice } from './notice-file.ts';
import { waysOf, wayTarget, type WayName, type WayOutcome } from './ways.ts';

export interface NoticesOptions {
  /** Live (config/live-config.ts). */
  readonly config: Pick<Config, 'hostname' | 'operator'>;
  readonly file: NoticeFile;
  /** Never rejects. */
  readonly send: (way: WayName, notice: Notice, signal: AbortSignal) => Promise<WayOutcome>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface TestedWay extends WayOutcome {
  readonly way: WayName;
  readonly target: string;
}

export interface Notices {
  /** The results of a look at the checks. */
  observe(results: readonly TimedResult[]): void;
  /** Sends a test notice at once by every way; it is not repeated. Empty: no way is configured. */
  test(): Promise<readonly TestedWay[]>;
  /** Finishes notices under way; the rest is sent after the next start. */
  stop(): Promise<void>;
}

/** A check that passes so soon after the start may not have been looked at. */
const SETTLING_MS = 60_000;
/** Waits after the first, second, ... failed try; the last repeats. */
const RETRY_MS = [60_000, 300_000, 900_000, 3_600_000];
const GIVE_UP_MS = 86_400_000;
/** A way's; the oldest is dropped for a new one. */
const MOST_WAITING = 20;

export function startNotices(options: NoticesOptions): Notices {
  return new OperatorNotices(options);
}

class OperatorNotices implements Notices {
  readonly #options: NoticesOptions;
  readonly #startedMs: number;
  readonly #stopping = new AbortController();
  readonly #sending = new Map<WayName, Promise<void>>();
  #memory: NoticeMemory;
  #results: readonly TimedResult[] = [];
  #timer: Timer | undefined;
  #writable = true;

  constructor(options: NoticesOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#memory = options.file.read();
    this.#go();
  }

  observe(results: readonly TimedResult[]): void {
    const { config, clock } = this.#options;
    if (this.#stopping.signal.aborted) return;
    this.#results = results;
    const { told } = this.#memory;
    // A way that is added later is notified of later failures.
    if (waysOf(config.operator).length === 0) return;
    const settling = clock.monotonic() - this.#startedMs < SETTLING_MS;
    const next = observe(told, results, { nowMs: clock.now(), settling });
    if (Object.entries(next).some(([name, { changes }]) => changes !== (told[name]?.changes ?? 0)))
      this.#remember({ told: next });
    else this.#memory = { ...this.#memory, told: next };
    this.#go();
  }

  async test(): Promise<readonly TestedWay[]> {
    const { config, send } = this.#options;
    const failing = this.#results.filter(({ ok }) => !ok).map(({ name }) => name);
    const notice = this.#notice('test', [], failing);
    return await Promise.all(
      waysOf(config.operator).map(async (way) => {
        const target = wayTarget(way, config.operator);
        const outcome = await send(way, notice, this.#stopping.signal);
        this.#say(way, notice, outcome);
        return { way, target, ...outcome };
      }),
    );
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stopping.abort();
    await Promise.all(this.#sending.values());
  }

  /** Does what is due, and comes back for the rest. */
  #go(): void {
    const { clock, config } = this.#options;
    this.#timer?.cancel();
    this.#timer = undefined;
    const ways = waysOf(config.operator);
    if (this.#stopping.signal.aborted || ways.length === 0) return;
    const nowMs = clock.now();
    const due = dueNotice(this.#memory.told, this.#results, nowMs);
    if (due !== undefined && 'changes' in due) {
      const notice = this.#notice('checks', due.changes, due.failing);
      this.#remember({ told: due.state, waiting: this.#withNew(notice, ways) });
    }
    const times = due !== undefined && 'atMs' in due ? [due.atMs] : [];
    for (const way of ways) {
      const first = this.#memory.waiting.find((one) => one.way === way);
      if (first === undefined || this.#sending.has(way)) continue;
      if (isDue(first, nowMs)) this.#send(first);
      else times.push(first.nextAtMs);
    }
    if (times.length > 0)
      this.#timer = clock.after(Math.max(0, Math.min(...times) - nowMs), () => this.#go());
  }

  /** What waits, without the ways that are not configured any more. */
  #withNew(notice: Notice, ways: readonly WayName[]): readonly WaitingNotice[] {
    return ways.flatMap((way) => {
      const own = this.#memory.waiting.filter((one) => one.way === way);
      const dropped = own.splice(0, own.length - MOST_WAITING + 1);
      for (const one of dropped) this.#sayGivenUp(one);
      return [...own, { way, notice, tries: 0, nextAtMs: notice.atMs }];
    });
  }

  /** The oldest of its way: the others wait behind it. */
  #send(one: WaitingNotice): void {
    const { way, notice } = one;
    const { signal } = this.#stopping;
    const sent = this.#options.send(way, notice, signal).then((outcome) => {
      this.#sending.delete(way);
      // Cut off by the stop: it is sent after the next start.
      if (!outcome.ok && signal.aborted) return;
      this.#say(way, notice, outcome);
      this.#settle(one, outcome.ok);
      this.#go();
    });
    this.#sending.set(way, sent);
  }

  #settle(one: WaitingNotice, ok: boolean): void {
    const nowMs = this.#options.clock.now();
    const isOver = ok || nowMs - one.notice.atMs >= GIVE_UP_MS;
    if (isOver && !ok) this.#sayGivenUp(one);
    const waitMs = RETRY_MS[Math.min(one.tries, RETRY_MS.length - 1)] ?? 0;
    const later = isOver ? [] : [{ ...one, tries: one.tries + 1, nextAtMs: nowMs + waitMs }];
    this.#remember({ waiting: this.#memory.waiting.flatMap((each) => (each === one ? later : [each])) });
  }

  #sayGivenUp({ way, notice }: WaitingNotice): void {
    this.#options.log.warn('operator notice given up', { way, notice: notice.id });
  }

  #notice(kind: Notice['kind'], changes: Notice['changes'], failing: readonly string[]): Notice {
    const { config, clock, random } = this.#options;
    const atMs = clock.now();
    return { id: makeId('ntc_', atMs, random), kind, atMs, hostname: config.hostname, changes, failing };
  }

  #say(way: WayName, { id, changes }: Notice, { ok, outcome, output }: WayOutcome): void {
    const { log } = this.#options;
    const fields = { way, notice: id, checks: changes.map(({ check }) => check), outcome, output };
    if (ok) log.info('operator notice sent', fields);
    else log.warn('operator notice failed', fields);
  }

  /** A full disk is reported all the same; only a restart would repeat the notice. */
  #remember(news: Partial<NoticeMemory>): void {
    const { file, log } = this.#options;
    this.#memory = { ...this.#memory, ...news };
    try {
      file.write(this.#memory);
      this.#writable = true;
    } catch (error) {
      if (this.#writable) log.warn('notices.json cannot be written', { reason: (error as Error).message });
      this.#writable = false;
    }
  }
}

/** A time further ahead than any wait is of a clock that was set back. */
function isDue({ nextAtMs }: WaitingNotice, nowMs: number): boolean {
  return nextAtMs <= nowMs || nextAtMs - nowMs > Math.max(...RETRY_MS);
}
