/**
 * The state of a destination (a recipient domain) while it has work, and of one that failed until it works again. Owns its
 * counts (deliveries claimed, and of those the unsettled ones), the block that was written to the store, and the list of
 * sites that serve it; its back-off and its claim window own themselves.
 *
 * Promises: a count is never negative, and never are more unsettled than claimed. Entries move the counts (queue-entry.ts),
 * the scheduler the window, outcome/outages.ts the block and the back-off; nobody sets a field.
 */
import { assert } from '../../platform/assert.ts';
import { isLeftAlone } from '../../policy/retry.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import { Backoff } from './backoff.ts';
import { ClaimWindow } from './claim-window.ts';

/** A site, as the destinations that it serves see it. */
export interface ServingSite {
  readonly key: string;
  readonly backoff: Backoff;
  dispatch(): void;
  /** Releases the youngest of what waits there for `destination`, until so many deliveries are left waiting. */
  shed(destination: ActiveDestination, keepDeliveries: number): void;
  /** The destination is not remembered any more. */
  forget(destination: ActiveDestination): void;
}

/** Deliveries that are not bulk and are claimed although the window is full with bulk. */
const FIRSTS = 20;
/** Claims made before a block was written may come this long after it; they say nothing about the block. */
export const LATE_CLAIMS_MS = 1_000;

export class ActiveDestination {
  /** Recipient domain in A-label form, or an address literal. */
  readonly name: string;
  /** Of its DNS. */
  readonly backoff = new Backoff();
  readonly window: ClaimWindow;
  /** Of what is not bulk, while the window is full with bulk. */
  readonly windowOfFirsts = new ClaimWindow(FIRSTS);
  #bulk = 0;
  #claimed = 0;
  #unsettled = 0;
  #lookingUp = false;
  #tries = 0;
  #triesWritten = 0;
  #carriedFailures = 0;
  #hostTrouble: AttemptRecord | undefined;
  #claimedForEnd = false;
  /** One site, and another when its route changed or some of its mail requires TLS. */
  readonly #sites = new Set<ServingSite>();
  /** The block in the store, written or being written: nothing is claimed before (epoch milliseconds). */
  #blockedUntilMs = -Infinity;
  /** The same, of a block for a limit. */
  #waitsUntilMs = -Infinity;
  /**
   * Monotonic: since then the store knows of the block, and a claim that comes all the same means that somebody lifted
   * it. Infinite while it is not written.
   */
  #blockWrittenAtMs = Infinity;

  constructor(name: string, firstWindow: number) {
    this.name = name;
    this.window = new ClaimWindow(firstWindow);
  }

  /** Deliveries claimed and not settled. */
  get claimed(): number {
    return this.#claimed;
  }
  /** Of those, under way or with an outcome that is not durable yet. */
  get unsettled(): number {
    return this.#unsettled;
  }

  claim(deliveries: number, bulk = false): void {
    this.#claimed += deliveries;
    if (bulk) this.#bulk += deliveries;
  }

  /** Of those that are claimed, the ones that are not bulk. */
  get firsts(): number {
    return this.#claimed - this.#bulk;
  }

  /** They are on their way to a host, or to the store. */
  begin(deliveries: number): void {
    this.#unsettled += deliveries;
    assert(this.#unsettled <= this.#claimed, 'what is unsettled of a destination is claimed');
  }

  /** They wait again, and nothing has happened to them. */
  requeue(deliveries: number): void {
    this.#unsettled -= deliveries;
    assert(this.#unsettled >= 0, 'what is requeued was under way');
  }

  /** Their outcomes are durable. */
  settle(deliveries: number, bulk = false): void {
    this.#unsettled -= deliveries;
    this.#claimed -= deliveries;
    if (bulk) this.#bulk -= deliveries;
    assert(this.#unsettled >= 0 && this.#claimed >= this.#unsettled, 'what is settled was claimed and begun');
  }

  /** Its route is being looked up: it is remembered until then. */
  get lookingUp(): boolean {
    return this.#lookingUp;
  }
  lookUpBegins(): void {
    assert(!this.#lookingUp, 'one look-up of a destination at a time');
    this.#lookingUp = true;
  }
  lookUpEnds(): void {
    this.#lookingUp = false;
  }

  /** Tries that failed for all of it, since it is remembered here. */
  get tries(): number {
    return this.#tries;
  }

  /** Of those, the ones in the store, which it counts in a claim. */
  get triesWritten(): number {
    return this.#triesWritten;
  }
  /** Failures in a row in the store when this process began: the back-off continues from there. */
  get carriedFailures(): number {
    return this.#carriedFailures;
  }
  carryFailures(failures: number): void {
    this.#carriedFailures = failures;
  }

  /** Some of it was claimed for its end: a claim brings such first, but not all at once. */
  claimForEnd(): void {
    this.#claimedForEnd = true;
  }
  /** So it was since this was asked last, and the store may have more. */
  takeClaimedForEnd(): boolean {
    const claimed = this.#claimedForEnd;
    this.#claimedForEnd = false;
    return claimed;
  }

  /** What the last transaction with it found, when its host was in a bad way; `undefined`: it was not. */
  heardOf(hostTrouble: AttemptRecord | undefined): void {
    this.#hostTrouble = hostTrouble;
  }

  /** Worth remembering although nothing of it is claimed. */
  get failing(): boolean {
    return this.backoff.failures > 0 || this.#carriedFailures > 0 || this.#blockedUntilMs !== -Infinity;
  }

  /** Whatever is tried of it comes to nothing: what waits may as well have been tried. */
  get inTrouble(): boolean {
    if (this.failing || this.#hostTrouble !== undefined) return true;
    for (const site of this.#sites) if (site.backoff.failures > 0) return true;
    return false;
  }

  /** Why it fails, when it does. */
  get lastFailure(): AttemptRecord | undefined {
    if (this.backoff.lastFailure !== undefined) return this.backoff.lastFailure;
    for (const site of this.#sites)
      if (site.backoff.lastFailure !== undefined) return site.backoff.lastFailure;
    return this.#hostTrouble;
  }

  /** Epoch milliseconds; in the past: it is not blocked. */
  get blockedUntilMs(): number {
    return this.#blockedUntilMs;
  }
  isBlocked(nowMs: number): boolean {
    return isLeftAlone(this.#blockedUntilMs, nowMs) || isLeftAlone(this.#waitsUntilMs, nowMs);
  }

  /** A block until `untilMs` is being written, since all of it waits for a limit: it is in no trouble. */
  waitUntil(untilMs: number): void {
    this.#waitsUntilMs = untilMs;
    this.#blockWrittenAtMs = Infinity;
  }

  /** A block until `untilMs` is being written to the store. `tried`: because a try failed for all of it. */
  block(untilMs: number, tried: boolean): void {
    this.#blockedUntilMs = untilMs;
    this.#blockWrittenAtMs = Infinity;
    if (tried) this.#tries++;
  }

  /** The block until `untilMs`, unless a later one exists, and its `tries` are durable. `nowMs` is monotonic. */
  blockWritten(
    { untilMs, tries = 0 }: { readonly untilMs: number; readonly tries?: number },
    nowMs: number,
  ): void {
    // Those of an object that was forgotten meanwhile are none of this one's.
    this.#triesWritten = Math.min(this.#tries, this.#triesWritten + tries);
    if (this.#blockedUntilMs === untilMs || this.#waitsUntilMs === untilMs) this.#blockWrittenAtMs = nowMs;
  }

  /** A claim that comes now may have been made before the store knew of the block. `nowMs` is monotonic. */
  mayComeLate(nowMs: number): boolean {
    return nowMs < this.#blockWrittenAtMs + LATE_CLAIMS_MS;
  }

  /** False when there was nothing to take back. */
  unblock(): boolean {
    if (this.#blockedUntilMs === -Infinity && this.#carriedFailures === 0) return false;
    this.#carriedFailures = 0;
    this.#forgetBlock();
    return true;
  }

  /** Tried again at once, together with the sites that serve it. */
  lift(): void {
    this.#forgetBlock();
    this.backoff.lift();
    for (const site of this.#sites) site.backoff.lift();
  }

  /** Keys of the sites that serve it. */
  get sites(): ReadonlySet<string> {
    return new Set([...this.#sites].map(({ key }) => key));
  }

  servedBy(site: ServingSite): void {
    this.#sites.add(site);
  }

  /** It may have more under way: calls its sites, each first in its turn; not `except`, which continues by itself. */
  dispatch(except?: ServingSite): void {
    const [first] = this.#sites;
    if (first !== undefined && this.#sites.size > 1) {
      this.#sites.delete(first);
      this.#sites.add(first);
    }
    for (const site of this.#sites) if (site !== except) site.dispatch();
  }

  /** Each of its sites releases the youngest of what waits there, until so many deliveries are left waiting. */
  shed(keepDeliveries: number): void {
    for (const site of this.#sites) site.shed(this, keepDeliveries);
  }

  /** It is no longer in memory. */
  forgotten(): void {
    for (const site of this.#sites) site.forget(this);
  }

  #forgetBlock(): void {
    this.#blockedUntilMs = -Infinity;
    this.#waitsUntilMs = -Infinity;
    this.#blockWrittenAtMs = Infinity;
  }
}
