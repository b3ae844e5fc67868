/**
 * A spool in memory with the semantics of the store: claims with fences, blocks, a feed with limits, suppressions. Each
 * call takes `latencyMs` of the clock, and can be made to fail. Keeps everything it was told, for a test to look at.
 */
import type { Clock } from '../../../../src/platform/clock.ts';
import { delay } from '../../../../src/platform/clock.ts';
import { isFinal } from '../../../../src/policy/delivery-state.ts';
import type { ContentReader } from '../../../../src/store/content-reader.ts';
import type { AttemptReader } from '../../../../src/store/queue-admin.ts';
import { StoreError } from '../../../../src/store/errors.ts';
import type {
  AttemptRecord,
  Claim,
  ClaimedDelivery,
  DestinationBlock,
  SettlementBatch,
} from '../../../../src/store/delivery-records.ts';
import type { EventData, NewMessage } from '../../../../src/store/message-records.ts';
import type { NewSuppression, SoftBounce } from '../../../../src/store/suppression-records.ts';
import type {
  ClaimRequest,
  ClaimResult,
  FeedLimits,
  FeedListener,
  OverdueClaims,
  Spool,
  AcceptResult,
} from '../../../../src/store/spool.ts';

export interface StoredDelivery {
  readonly key: number;
  readonly message: NewMessage;
  readonly messageKey: number;
  readonly recipient: string;
  readonly destination: string;
  readonly delivery: NewMessage['deliveries'][number];
  state: ClaimedDelivery['state'];
  attempts: number;
  dueAtMs: number | undefined;
  claimed: boolean;
  fence: number;
  settledTimes: number;
  /** Tries of its destination as a whole while it waited; `history` has them too. */
  destinationTries: number;
  delayTold?: boolean;
  heldBy?: string | undefined;
  /** The limit that it waits for. */
  waitsFor?: string | undefined;
  /** An operator wants it held when it returns. */
  toHold?: boolean;
  readonly history: AttemptRecord[];
  readonly events: { type: string; atMs: number; data: EventData }[];
}

export class MemorySpool implements Spool, ContentReader, AttemptReader {
  readonly deliveries: StoredDelivery[] = [];
  readonly suppressions: NewSuppression[] = [];
  readonly softBounces: SoftBounce[] = [];
  readonly blocks = new Map<string, DestinationBlock>();
  readonly blockCalls: DestinationBlock[][] = [];
  readonly settleCalls: SettlementBatch[] = [];
  readonly claimCalls: ClaimRequest[] = [];
  readonly dsns: NewMessage[] = [];
  /** By recipient, the routes that an operator chose. */
  readonly reroutes = new Map<string, string>();
  /** While set, nothing can be read, the directory included. */
  readFailure: Error | undefined;
  /** Of the node, as it is claimed in from now on. */
  life: number | undefined;
  /** Suppressed addresses, found when a delivery is claimed. */
  readonly suppressedNow = new Set<string>();
  latencyMs = 0;
  /** The same for settlements alone. */
  settleLatencyMs = 0;
  /** Set: every call that writes rejects. */
  failure: StoreError | undefined;
  failSettle: ((batch: SettlementBatch) => Error | undefined) | undefined;
  readonly #clock: Clock;
  readonly #contents = new Map<number, Uint8Array<ArrayBuffer>[]>();
  #messages = 0;
  #limits: FeedLimits | undefined;
  #listener: FeedListener | undefined;
  #excluded = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is claimed and not settled. */
  get claimedCount(): number {
    return this.deliveries.filter((one) => one.claimed).length;
  }

  of(recipient: string): StoredDelivery {
    const found = this.deliveries.find((one) => one.recipient === recipient);
    if (found === undefined) throw new Error(`no delivery to ${recipient}`);
    return found;
  }

  /** Frees all claims, as the next process does. */
  restart(): void {
    this.#listener = undefined;
    for (const one of this.deliveries) {
      if (!one.claimed) continue;
      one.claimed = false;
      one.dueAtMs = this.#clock.now();
      one.fence++;
    }
  }

  checkReadable(): void {
    if (this.readFailure !== undefined) throw this.readFailure;
  }

  /** Another node claims what is in hand, and keeps it. */
  takeOver(): void {
    for (const one of this.deliveries) if (one.claimed) one.fence++;
  }

  openFeed(limits: FeedLimits, listener: FeedListener): void {
    this.#limits = limits;
    this.#listener = listener;
  }

  async accept(message: NewMessage): Promise<AcceptResult> {
    await this.#turn();
    this.#insert(message);
    return { kind: 'accepted' };
  }

  async acceptAll(messages: readonly NewMessage[]): Promise<AcceptResult> {
    await this.#turn();
    for (const message of messages) this.#insert(message);
    return { kind: 'accepted' };
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    await this.#turn();
    this.claimCalls.push(request);
    this.#excluded = new Set(request.excludedDestinations);
    const perDestination = new Map<string, number>();
    const withoutBulk = new Set(request.withoutBulk);
    const due = this.#waiting(this.#excluded)
      .filter((one) => one.message.bulk !== true || !withoutBulk.has(one.destination))
      .filter((one) => this.#readyAt(one) <= request.nowMs)
      .sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0) || a.key - b.key);
    const taken: StoredDelivery[] = [];
    for (const one of fairByAccount(due)) {
      const count = perDestination.get(one.destination) ?? 0;
      const few = request.few?.destinations.includes(one.destination) === true ? request.few.limit : Infinity;
      if (taken.length >= request.limit || count >= Math.min(request.limitPerDestination, few)) continue;
      perDestination.set(one.destination, count + 1);
      taken.push(one);
    }
    const claims = this.#claimsOf(taken, false);
    const full = new Set([...this.#excluded, ...withoutBulk]);
    const next = this.#waiting(full).map((one) => this.#readyAt(one));
    return { claims, nextDueAtMs: next.length === 0 ? undefined : Math.min(...next) };
  }

  async claimOverdue(nowMs: number, limit: number): Promise<OverdueClaims> {
    await this.#turn();
    const returned = this.deliveries.filter(({ claimed, state, message: { facts } }) => {
      return facts.deliverBy?.mode === 'return' && !claimed && !isFinal(state);
    });
    const atOf = (one: StoredDelivery) => one.message.facts.deliverBy?.atMs ?? Infinity;
    const overdue = returned.filter((one) => atOf(one) <= nowMs).slice(0, limit);
    const next = returned.map(atOf).filter((atMs) => atMs > nowMs);
    return {
      claims: this.#claimsOf(overdue, false),
      nextAtMs: next.length === 0 ? undefined : Math.min(...next),
    };
  }

  async settle(batch: SettlementBatch): Promise<{ written: number }> {
    await this.#turn();
    if (this.settleLatencyMs > 0) await delay(this.#clock, this.settleLatencyMs);
    const refused = this.failSettle?.(batch);
    if (refused !== undefined) throw refused;
    this.settleCalls.push(batch);
    let written = 0;
    for (const settlement of batch.settlements) {
      const one = this.deliveries[settlement.deliveryId];
      if (one === undefined || !one.claimed || one.fence !== settlement.fence) continue;
      written++;
      one.claimed = false;
      one.state = one.toHold === true && !isFinal(settlement.state) ? 'held' : settlement.state;
      one.heldBy = settlement.heldBy ?? one.heldBy;
      one.waitsFor = settlement.waitsFor;
      one.dueAtMs = one.state === 'held' ? undefined : settlement.nextAttemptAtMs;
      if (settlement.countsAsAttempt) one.attempts++;
      if (settlement.nextAttemptAtMs === undefined) one.settledTimes++;
      if (settlement.tellsDelay === true) one.delayTold = true;
      one.history.push(...settlement.attempts);
      if (settlement.event !== undefined) one.events.push(settlement.event);
      if (settlement.suppression !== undefined) this.suppressions.push(settlement.suppression);
      if (settlement.softBounce !== undefined) this.softBounces.push(settlement.softBounce);
      for (const { address } of settlement.withholding?.withdrawn ?? []) {
        const at = this.suppressions.findIndex((one) => one.address === address);
        if (at >= 0) this.suppressions.splice(at, 1);
      }
      if (one.dueAtMs !== undefined) this.#announce(one);
    }
    for (const dsn of batch.dsns) {
      this.dsns.push(dsn);
      this.#insert(dsn);
    }
    return { written };
  }

  async blockDestinations(blocks: readonly DestinationBlock[]): Promise<void> {
    await this.#turn();
    this.blockCalls.push([...blocks]);
    for (const block of blocks) {
      for (const tried of block.tries ?? []) this.#keepTry(block.destination, tried);
      if (block.waitsFor === '' || (block.failures === 0 && block.waitsFor === undefined))
        this.blocks.delete(block.destination);
      else this.blocks.set(block.destination, block);
    }
    for (const one of this.#waiting(new Set())) this.#announce(one);
  }

  /** With all that waits for it, as a view of the store shows it. */
  #keepTry(destination: string, tried: readonly AttemptRecord[]): void {
    const atMs = tried[0]?.atMs ?? 0;
    for (const one of this.deliveries) {
      const { acceptedAtMs, sendAtMs } = one.message.facts;
      if (
        one.destination !== destination ||
        Math.max(acceptedAtMs, sendAtMs ?? 0) > atMs ||
        isFinal(one.state)
      )
        continue;
      one.history.push(...tried);
      one.destinationTries++;
    }
  }

  async lastAttempt(deliveryId: number): Promise<AttemptRecord | undefined> {
    this.checkReadable();
    return this.deliveries[deliveryId]?.history.at(-1);
  }

  /** What `relayctl queue release` does. */
  release(one: StoredDelivery): void {
    one.state = one.attempts > 0 ? 'deferred' : 'queued';
    one.dueAtMs = this.#clock.now();
    this.#announce(one);
  }

  /** What `relayctl queue hold` does to what is claimed. */
  recall(...wished: readonly StoredDelivery[]): void {
    for (const one of wished) one.toHold = true;
    this.#listener?.onRecall(wished.map(({ key }) => key));
  }

  /** What `relayctl queue retry` does. */
  retry(destination: string): void {
    this.blocks.delete(destination);
    for (const one of this.deliveries)
      if (one.destination === destination && one.dueAtMs !== undefined && !one.claimed)
        one.dueAtMs = this.#clock.now();
  }

  async limitsWaitedFor(): Promise<readonly string[]> {
    this.checkReadable();
    const waiting = [
      ...this.deliveries.filter(({ dueAtMs }) => dueAtMs !== undefined),
      ...this.blocks.values(),
    ];
    return [...new Set(waiting.flatMap(({ waitsFor }) => waitsFor ?? []))];
  }

  async endWaits(words: readonly string[], nowMs: number): Promise<number> {
    await this.#turn();
    for (const { destination, waitsFor = '' } of [...this.blocks.values()])
      if (words.includes(waitsFor)) this.blocks.delete(destination);
    for (const one of this.deliveries) {
      if (one.dueAtMs === undefined || one.claimed || !words.includes(one.waitsFor ?? '')) continue;
      one.dueAtMs = nowMs;
      one.waitsFor = undefined;
    }
    for (const one of this.#waiting(new Set())) this.#announce(one);
    return 0;
  }

  putChunk(): Promise<void> {
    throw new Error('not used');
  }
  abandonUpload(): Promise<void> {
    throw new Error('not used');
  }

  async chunkCount(contentId: number): Promise<number> {
    return this.#contents.get(contentId)?.length ?? 0;
  }
  async readChunk(contentId: number, index: number): Promise<Uint8Array<ArrayBuffer>> {
    this.checkReadable();
    const chunk = this.#contents.get(contentId)?.[index];
    if (chunk === undefined) throw new StoreError('not-found', 'no such chunk');
    return chunk;
  }
  loseContent(): void {
    this.#contents.clear();
  }
  /** Cuts all contents into chunks of `sizeBytes`. */
  cutContents(sizeBytes: number): void {
    for (const [id, [whole]] of this.#contents) {
      if (whole === undefined) continue;
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (let at = 0; at < whole.length; at += sizeBytes) chunks.push(whole.slice(at, at + sizeBytes));
      this.#contents.set(id, chunks);
    }
  }

  async #turn(): Promise<void> {
    if (this.latencyMs > 0) await delay(this.#clock, this.latencyMs);
    else await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
  }

  #insert(message: NewMessage): void {
    const messageKey = this.#messages++;
    if (message.content.kind === 'whole') this.#contents.set(messageKey, [message.content.bytes]);
    const fed: StoredDelivery[] = [];
    for (const delivery of message.deliveries) {
      const one: StoredDelivery = {
        key: this.deliveries.length,
        message,
        messageKey,
        recipient: delivery.recipient,
        destination: delivery.destination,
        delivery,
        state: delivery.suppressedBy === undefined ? 'queued' : 'suppressed',
        attempts: 0,
        dueAtMs: delivery.suppressedBy === undefined ? message.facts.acceptedAtMs : undefined,
        claimed: false,
        fence: 0,
        destinationTries: 0,
        settledTimes: delivery.suppressedBy === undefined ? 0 : 1,
        history: [],
        events: [],
      };
      this.deliveries.push(one);
      if (one.dueAtMs === undefined) continue;
      if (this.#granted(one, fed)) fed.push(one);
      else this.#announce(one);
    }
    if (fed.length > 0) this.#listener?.onClaims(this.#claimsOf(fed, true));
  }

  #granted(one: StoredDelivery, fed: readonly StoredDelivery[]): boolean {
    const limits = this.#limits;
    if (this.#listener === undefined || limits === undefined || this.#excluded.has(one.destination))
      return false;
    if (this.#readyAt(one) > this.#clock.now()) return false;
    const claimed = this.deliveries.filter((other) => other.claimed);
    const there = claimed.filter((other) => other.destination === one.destination).length;
    const waits = this.deliveries.some(
      (other) =>
        other.messageKey !== one.messageKey &&
        other.destination === one.destination &&
        !other.claimed &&
        this.#isDue(other),
    );
    const room = claimed.length + fed.length < limits.maxDeliveries;
    return room && !waits && there + fed.length < limits.maxDeliveriesPerDestination;
  }

  #isDue(one: StoredDelivery): boolean {
    return one.dueAtMs !== undefined && one.dueAtMs <= this.#clock.now();
  }

  #announce(one: StoredDelivery): void {
    this.#listener?.onBacklog(this.#readyAt(one));
  }

  #readyAt(one: StoredDelivery): number {
    return Math.max(one.dueAtMs ?? Infinity, this.blocks.get(one.destination)?.untilMs ?? -Infinity);
  }

  #waiting(excluded: ReadonlySet<string>): StoredDelivery[] {
    return this.deliveries.filter(
      (one) => !one.claimed && one.dueAtMs !== undefined && !excluded.has(one.destination),
    );
  }

  #claimsOf(taken: readonly StoredDelivery[], withContent: boolean): Claim[] {
    const claims = new Map<string, { claim: Claim; deliveries: ClaimedDelivery[] }>();
    for (const one of taken) {
      one.claimed = true;
      one.dueAtMs = undefined;
      one.fence++;
      const key = `${one.messageKey} ${one.destination}`;
      let entry = claims.get(key);
      if (entry === undefined) {
        const deliveries: ClaimedDelivery[] = [];
        const content = withContent ? this.#contents.get(one.messageKey)?.[0] : undefined;
        const { facts } = one.message;
        entry = {
          claim: {
            messageId: one.messageKey,
            contentId: one.messageKey,
            life: this.life,
            facts,
            destination: one.destination,
            deliveries,
            content,
          },
          deliveries,
        };
        claims.set(key, entry);
      }
      entry.deliveries.push({
        deliveryId: one.key,
        id: `dlv_${one.key}`,
        fence: one.fence,
        recipient: one.recipient,
        notify: one.delivery.notify,
        originalRecipient: one.delivery.originalRecipient,
        attempts: one.attempts,
        ...(one.destinationTries > 0 && { destinationTries: one.destinationTries }),
        state: one.state,
        suppressedBy: this.suppressedNow.has(one.recipient) ? 'manual' : undefined,
        ...(one.message.bulk === true && { bulk: true }),
        ...(one.delayTold === true && { delayTold: true }),
        ...(one.heldBy !== undefined && { heldBy: one.heldBy }),
        reroute: this.reroutes.get(one.recipient),
      });
    }
    return [...claims.values()].map(({ claim }) => claim);
  }
}

function fairByAccount(due: readonly StoredDelivery[]): StoredDelivery[] {
  const accounts = new Map<string, StoredDelivery[]>();
  for (const one of due) {
    const { accountId } = one.message.facts;
    const list = accounts.get(accountId);
    if (list === undefined) accounts.set(accountId, [one]);
    else list.push(one);
  }
  const fair: StoredDelivery[] = [];
  for (let i = 0; fair.length < due.length; i++)
    for (const list of accounts.values()) if (list[i] !== undefined) fair.push(list[i]!);
  return fair;
}
