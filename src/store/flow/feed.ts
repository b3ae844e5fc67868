/**
 * The deliveries that the delivery worker has claimed, and those that it may be handed without a claim. While there is room,
 * a message is handed to the worker from memory, claimed by the commit that accepted it. Beyond that it waits in the
 * database, and the worker is notified once that something is due. Every change inside a transaction is undone with it.
 */
import type { DeliveryState } from '../../policy/delivery-state.ts';
import { PassingMap } from '../../platform/passing-map.ts';
import { isLeftAlone } from '../../policy/retry.ts';
import type { Claim } from '../delivery-records.ts';
import type { FeedLimits, FeedListener } from '../spool.ts';
import type { CountedMessage, EventSubject } from './subject.ts';
import type { UndoLog } from './undo-log.ts';

/**
 * When the worker is full of slow destinations, another destination still gets this many deliveries, up to HARD_CEILING times
 * the limit: otherwise a hundred dead hosts would stop everybody's mail.
 */
const ALWAYS_IN_FLIGHT = 4;
const HARD_CEILING = 2;

/** Deliveries that an account gets at once to a destination that is busy for others, see {@link Feed.grant}. */
const FIRST_OF_ACCOUNT = 1;

/** A destination's row, and its claimed deliveries. */
export interface FeedDestination {
  readonly id: number;
  readonly name: string;
  /** A lower bound of the next due time in this destination; `undefined`: nothing waits. */
  nextDueAtMs: number | undefined;
  blockedUntilMs: number | undefined;
  suspended: boolean;
  /** Claimed deliveries of this process. Not in the database. */
  inFlight: number;
  /** Of those, by account key; no entry: none. */
  readonly inFlightOf: Map<number, number>;
}

/** Content in memory, shared by the claims of one message. */
export interface HeldContent {
  readonly sizeBytes: number;
  deliveries: number;
}

/** A delivery that is claimed and not settled. */
export interface ClaimedRow<D extends FeedDestination = FeedDestination> {
  readonly key: number;
  readonly fence: number;
  readonly destination: D;
  readonly recipient: string;
  readonly state: DeliveryState;
  readonly messageKey: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
  readonly content: HeldContent | undefined;
}

export interface GrantRequest<D extends FeedDestination = FeedDestination> {
  /** Deliveries of one message. */
  readonly wanted: number;
  /** Deliveries already granted to other destinations of the same message. */
  readonly besides: number;
  readonly nowMs: number;
  readonly accountKey: number;
  /** Whether a delivery of the account is due there. Called rarely. */
  readonly hasWaiting: (destination: D) => boolean;
}

export class Feed<D extends FeedDestination = FeedDestination> {
  readonly #undo: UndoLog;
  readonly #claimed = new PassingMap<ClaimedRow<D>>();
  #limits: FeedLimits | undefined;
  #listener: FeedListener | undefined;
  #excluded: ReadonlySet<string> = new Set();
  #contentBytes = 0;
  #claims: Claim[] = [];
  /** Which the worker is to release if they still wait, and all those that it was told of. */
  #recalls: number[] = [];
  readonly #recalled = new Set<ClaimedRow<D>>();
  #backlogAtMs: number | undefined;
  /** The due time of the last notification: the worker needs no second one for the same or a later time. */
  #knownAtMs: number | undefined;

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get isOpen(): boolean {
    return this.#listener !== undefined;
  }

  /** Claimed deliveries that are not settled. */
  get size(): number {
    return this.#claimed.size;
  }

  /** Destinations for which the worker has no room, from its last claim. */
  get excluded(): ReadonlySet<string> {
    return this.#excluded;
  }

  /** The keys of every claimed delivery. */
  keys(): number[] {
    return [...this.#claimed.keys()];
  }

  /** All claims are lost: others have them. Outside a transaction. */
  giveUp(): void {
    for (const row of [...this.#claimed.values()]) this.#drop(row);
    this.#contentBytes = 0;
    this.#claims = [];
  }

  open(limits: FeedLimits, listener: FeedListener): void {
    this.#limits = limits;
    this.#listener = listener;
  }

  /**
   * How many deliveries to `destination`, due now, may be handed over at once.
   *
   * First come, first served: while the worker is full for a destination, or others wait there, new deliveries queue behind
   * them. But the worker serves accounts in turn, so an account that has nothing there need not wait until another's flood
   * has drained: its first delivery is handed over at once.
   */
  grant(destination: D, request: GrantRequest<D>): number {
    const { wanted, nowMs } = request;
    const limits = this.#limits;
    const size = this.size + request.besides;
    if (limits === undefined || wanted === 0 || destination.suspended) return 0;
    const { blockedUntilMs } = destination;
    if (blockedUntilMs !== undefined && isLeftAlone(blockedUntilMs, nowMs)) return 0;
    const othersWait = destination.nextDueAtMs !== undefined && destination.nextDueAtMs <= nowMs;
    if (othersWait || this.#excluded.has(destination.name)) {
      const room = HARD_CEILING * limits.maxDeliveries - size;
      return this.#isFirst(destination, request) ? Math.max(0, Math.min(wanted, FIRST_OF_ACCOUNT, room)) : 0;
    }
    const { maxDeliveries, maxDeliveriesPerDestination } = limits;
    const room = Math.min(maxDeliveries - size, maxDeliveriesPerDestination - destination.inFlight);
    const always = Math.min(HARD_CEILING * maxDeliveries - size, ALWAYS_IN_FLIGHT - destination.inFlight);
    return Math.max(0, Math.min(wanted, Math.max(room, Math.min(always, maxDeliveriesPerDestination))));
  }

  /** Others have claimed deliveries to `destination`, and the account has none there, neither claimed nor waiting. */
  #isFirst(destination: D, { accountKey, hasWaiting }: GrantRequest<D>): boolean {
    return destination.inFlight > 0 && !destination.inFlightOf.has(accountKey) && !hasWaiting(destination);
  }

  /** Room for content in memory; `undefined`: the worker reads it from the store. */
  holdContent(sizeBytes: number, deliveries: number): HeldContent | undefined {
    const limit = this.#limits?.maxContentBytes ?? 0;
    if (deliveries === 0 || this.#contentBytes + sizeBytes > limit) return undefined;
    this.#contentBytes += sizeBytes;
    this.#undo.record(() => {
      this.#contentBytes -= sizeBytes;
    });
    return { sizeBytes, deliveries };
  }

  take(row: ClaimedRow<D>): void {
    this.#put(row);
    this.#undo.record(() => this.#drop(row));
  }

  /** The claimed delivery `key`, if its fence is still that one. */
  find(key: number, fence: number): ClaimedRow<D> | undefined {
    const row = this.#claimed.get(key);
    return row?.fence === fence ? row : undefined;
  }

  settled(row: ClaimedRow<D>): void {
    this.#drop(row);
    const { content } = row;
    if (content !== undefined && --content.deliveries === 0) this.#contentBytes -= content.sizeBytes;
    this.#undo.record(() => {
      this.#put(row);
      if (content !== undefined && content.deliveries++ === 0) this.#contentBytes += content.sizeBytes;
    });
  }

  /** Handed to the worker when the commit is durable. */
  handOver(claim: Claim): void {
    this.#claims.push(claim);
    this.#undo.record(() => this.#claims.pop());
  }

  /** Something in the database is due then. The worker is notified after the commit, unless it already has an earlier time. */
  backlog(destination: D, dueAtMs: number): void {
    if (destination.suspended) return;
    this.backlogAt(Math.max(dueAtMs, destination.blockedUntilMs ?? 0));
  }

  backlogAt(dueAtMs: number): void {
    this.#backlogAtMs = Math.min(dueAtMs, this.#backlogAtMs ?? dueAtMs);
  }

  /** Something is wished of these: of those that are claimed here, the worker is told once. */
  recall(keys: Iterable<number>): void {
    for (const key of keys) {
      const row = this.#claimed.get(key);
      if (row === undefined || this.#recalled.has(row)) continue;
      this.#recalled.add(row);
      this.#recalls.push(key);
    }
  }

  /** The worker has claimed by itself, and has the time of its next claim. */
  asked(excluded: ReadonlySet<string>, nextDueAtMs: number | undefined): void {
    this.#excluded = excluded;
    this.#knownAtMs = nextDueAtMs;
  }

  /** Notifies the worker of what was found outside a transaction, see {@link backlogAt} and {@link recall}. */
  announce(): void {
    if (this.#recalls.length > 0) this.#listener?.onRecall(this.#recalls.splice(0));
    const dueAtMs = this.#backlogAtMs;
    this.#backlogAtMs = undefined;
    if (dueAtMs === undefined || (this.#knownAtMs !== undefined && this.#knownAtMs <= dueAtMs)) return;
    if (this.#listener === undefined) return;
    this.#knownAtMs = dueAtMs;
    this.#listener.onBacklog(dueAtMs);
  }

  afterCommit(): void {
    if (this.#claims.length > 0) {
      const claims = this.#claims;
      this.#claims = [];
      this.#listener?.onClaims(claims);
    }
    this.announce();
  }

  #put(row: ClaimedRow<D>): void {
    this.#claimed.set(row.key, row);
    const { destination, subject } = row;
    destination.inFlight++;
    const { inFlightOf } = destination;
    inFlightOf.set(subject.accountKey, (inFlightOf.get(subject.accountKey) ?? 0) + 1);
  }

  #drop(row: ClaimedRow<D>): void {
    this.#claimed.delete(row.key);
    this.#recalled.delete(row);
    const { destination, subject } = row;
    destination.inFlight--;
    const { inFlightOf } = destination;
    const left = (inFlightOf.get(subject.accountKey) ?? 0) - 1;
    if (left > 0) inFlightOf.set(subject.accountKey, left);
    else inFlightOf.delete(subject.accountKey);
  }
}
