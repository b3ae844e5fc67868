/**
 * State of one receiver: up or down, when it may be tried again, since when it fails, and whether its webhook is to
 * be paused or disabled. Facts in, decisions out; back-off.ts has the waits.
 */
import type { WebhookRecord } from '../store/webhooks.ts';
import { DOWN_AFTER_FAILURES, failsForLong, nextTry, probePauseMs } from './back-off.ts';
import type { Verdict } from './response.ts';

/** A failure is known when an attempt ends: at most this long after its start. */
const ONE_TRY_MS = 30_000;

/** One attempt and its result. */
export interface AttemptResult {
  readonly verdict: Verdict;
  /** The URL of this attempt: the webhook may have another by now. */
  readonly url: string;
  /** Including this one. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export class Receiver {
  #url: string;
  #failures: number;
  #failingSinceMs: number | undefined;
  #deliveredAtMs: number | undefined;
  #recovered = false;
  #ends: WebhookRecord['ends'];
  #quietUntilMs = 0;
  #probeAtMs = 0;

  /** A receiver whose last recorded attempt failed counts as down until it answers. */
  constructor(url: string, failingSinceMs: number | undefined) {
    this.#url = url;
    this.#failingSinceMs = failingSinceMs;
    this.#failures = failingSinceMs === undefined ? 0 : DOWN_AFTER_FAILURES;
  }

  /** True after several failures in a row: it gets probes only. */
  get isDown(): boolean {
    return this.#failures >= DOWN_AFTER_FAILURES;
  }

  /** The last attempt failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  get deliveredAtMs(): number | undefined {
    return this.#deliveredAtMs;
  }

  /** The decision to pause or disable the webhook; nothing more is sent then. */
  get ends(): WebhookRecord['ends'] {
    return this.#ends;
  }

  /** Retry-After of the receiver as a whole. */
  get quietUntilMs(): number {
    return this.#quietUntilMs;
  }

  /** While it is down: the time of the next probe. */
  get probeAtMs(): number {
    return this.#probeAtMs;
  }

  /** True once after a recovery. */
  takeRecovered(): boolean {
    const recovered = this.#recovered;
    this.#recovered = false;
    return recovered;
  }

  /** A new event is sent to a receiver that is down. */
  probe(nowMs: number): void {
    this.#probeAtMs = nowMs + probePauseMs(this.#failures);
  }

  /** Resets the state when the URL has changed. */
  moveTo(url: string): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#quietUntilMs = 0;
    this.#ends = undefined;
  }

  /** The time of the next attempt for the event; `undefined`: it has ended. */
  recordAttempt(result: AttemptResult): number | undefined {
    const { verdict, nowMs } = result;
    if (verdict.kind === 'delivered') {
      this.#arrived(nowMs);
      return undefined;
    }
    const next =
      verdict.kind === 'gone' ? undefined : nextTry({ ...result, notBeforeMs: verdict.notBeforeMs });
    if (result.url === this.#url) this.#failed(result, verdict, next?.kind === 'given-up');
    return next?.kind === 'retry' ? next.atMs : undefined;
  }

  #arrived(nowMs: number): void {
    this.#recovered ||= this.isDown;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#deliveredAtMs = nowMs;
    this.#quietUntilMs = 0;
  }

  #failed(
    { nowMs, firstAttemptAtMs, url }: AttemptResult,
    verdict: Exclude<Verdict, { kind: 'delivered' }>,
    givenUp: boolean,
  ): void {
    this.#failures++;
    this.#failingSinceMs ??= nowMs;
    if (verdict.kind === 'gone') {
      const reason = 'the receiver answered 410 Gone: it wants no more events';
      this.#ends ??= { state: 'disabled', reason, url };
      return;
    }
    if (this.isDown) this.#probeAtMs = Math.max(this.#probeAtMs, nowMs + probePauseMs(this.#failures));
    this.#quietUntilMs = Math.max(this.#quietUntilMs, verdict.pausesUntilMs ?? 0);
    // Nothing else arrived during all attempts for this event either.
    const inVain = givenUp && this.#failingSinceMs <= firstAttemptAtMs + ONE_TRY_MS;
    if (!inVain && !failsForLong(this.#failingSinceMs, nowMs)) return;
    const since = new Date(this.#failingSinceMs).toISOString();
    const reason = `no request has succeeded since ${since}; last attempt: ${verdict.error}`;
    this.#ends ??= { state: 'paused', reason, url };
  }
}
