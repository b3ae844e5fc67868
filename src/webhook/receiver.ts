/**
 * How it goes with one receiver: whether it is up, when it may be asked again, since when nothing arrived, and whether that
 * ends its webhook. Facts in, decisions out; the waits are those of back-off.ts.
 */
import type { WebhookRecord } from '../store/webhooks.ts';
import { DOWN_AFTER_FAILURES, failsForLong, nextTry, probePauseMs } from './back-off.ts';
import type { Verdict } from './response.ts';

/** A failure is known when a try ends, which is this much later than it began at the most. */
const ONE_TRY_MS = 30_000;

/** One try, and what came of it. */
export interface Tried {
  readonly verdict: Verdict;
  /** Where it was sent: the webhook may have another address by now. */
  readonly url: string;
  /** This one included. */
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

  /** One that failed when it was last written down counts as down until it answers. */
  constructor(url: string, failingSinceMs: number | undefined) {
    this.#url = url;
    this.#failingSinceMs = failingSinceMs;
    this.#failures = failingSinceMs === undefined ? 0 : DOWN_AFTER_FAILURES;
  }

  /** So many failures in a row that there is no use in sending it much. */
  get isDown(): boolean {
    return this.#failures >= DOWN_AFTER_FAILURES;
  }

  /** The last try failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  get deliveredAtMs(): number | undefined {
    return this.#deliveredAtMs;
  }

  /** What ends the webhook's activity; nothing more is to be sent then. */
  get ends(): WebhookRecord['ends'] {
    return this.#ends;
  }

  /** It asked to be left alone until then. */
  get quietUntilMs(): number {
    return this.#quietUntilMs;
  }

  /** While it is down: when it may get something new, to see whether it is back. */
  get probeAtMs(): number {
    return this.#probeAtMs;
  }

  /** It came back since this was last asked. */
  takeRecovered(): boolean {
    const recovered = this.#recovered;
    this.#recovered = false;
    return recovered;
  }

  /** Something new is on its way to one that is down. */
  probe(nowMs: number): void {
    this.#probeAtMs = nowMs + probePauseMs(this.#failures);
  }

  /** Another receiver: what the one before did says nothing of it. */
  moveTo(url: string): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#quietUntilMs = 0;
    this.#ends = undefined;
  }

  /** When the event is to be tried again; `undefined`: it has ended. */
  tried(tried: Tried): number | undefined {
    const { verdict, nowMs } = tried;
    if (verdict.kind === 'delivered') {
      this.#arrived(nowMs);
      return undefined;
    }
    const next =
      verdict.kind === 'gone' ? undefined : nextTry({ ...tried, notBeforeMs: verdict.notBeforeMs });
    if (tried.url === this.#url) this.#failed(tried, verdict, next?.kind === 'given-up');
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
    { nowMs, firstAttemptAtMs, url }: Tried,
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
    // Through all the tries of an event nothing else has arrived either.
    const inVain = givenUp && this.#failingSinceMs <= firstAttemptAtMs + ONE_TRY_MS;
    if (!inVain && !failsForLong(this.#failingSinceMs, nowMs)) return;
    const since = new Date(this.#failingSinceMs).toISOString();
    const reason = `nothing has arrived since ${since}; the last try: ${verdict.error}`;
    this.#ends ??= { state: 'paused', reason, url };
  }
}
