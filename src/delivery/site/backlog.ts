/**
 * Waiting entries of one site: those in the fair queue, and those that try the hosts one by one. Owns both, and decides
 * which entry a session may take next, within the pace of the site and the unsettled limit of each destination.
 */
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { areOfToday } from '../route/egress.ts';
import { Gate } from '../shaping/gate.ts';
import type { SiteShaping } from '../shaping/site-shaping.ts';
import { HostRounds } from './host-rounds.ts';
import { Pace } from './pace.ts';
import { SiteQueue } from './site-queue.ts';
import { mayStart, type SiteOptions } from './site-options.ts';
import type { ClientSession } from '../../smtp/client/session.ts';

type Options = Pick<SiteOptions, 'clock' | 'shutdown' | 'health' | 'settler' | 'limits'>;

export class Backlog {
  readonly #queue = new SiteQueue();
  readonly #rounds = new HostRounds();
  readonly #options: Options;
  readonly #wakeAt: (atMs: number) => void;
  readonly #pace: Pace;
  readonly #mayTake: (destination: ActiveDestination) => boolean;
  readonly #gate: Gate;
  readonly #isOver: (entry: QueueEntry) => boolean;

  /** `wakeAt` gets the time at which the pace allows the next entry (monotonic). */
  constructor(options: Options, shape: SiteShaping, wakeAt: (atMs: number) => void) {
    this.#options = options;
    this.#gate = new Gate(shape);
    this.#wakeAt = wakeAt;
    const { messagesPerSecondPerSite, maxUnsettledPerDestination } = options.limits;
    this.#pace = new Pace(messagesPerSecondPerSite);
    this.#mayTake = ({ unsettled }) => unsettled < maxUnsettledPerDestination;
    this.#isOver = (entry) => options.settler.giveUp(entry);
  }

  /** Entries. */
  get size(): number {
    return this.#queue.size + this.#rounds.size;
  }

  /** Of those, the ones that wait for a session to any host. */
  get queued(): number {
    return this.#queue.size;
  }

  /** A destination of the queue. */
  get destination(): ActiveDestination | undefined {
    return this.#queue.destination;
  }

  /** The other ones: each waits for a session to a host that it has not asked. */
  get asking(): number {
    return this.#rounds.size;
  }

  /** The queue has one whose destination may take it. */
  get ready(): boolean {
    if (this.#queue.size === 0 || !this.#look()) return false;
    return this.#queue.has(this.#mayTake, this.#gate.passes);
  }

  /** One of the queue could start now, on some session. */
  get readyNow(): boolean {
    return mayStart(this.#options) && this.#options.clock.monotonic() >= this.#pace.nextStartMs && this.ready;
  }

  /** Something could start now, on some session. */
  get couldStart(): boolean {
    return this.readyNow || (this.firstAsking !== undefined && mayStart(this.#options));
  }

  /** A new one, last in its queue. */
  add(entry: QueueEntry): void {
    this.#queue.push(entry);
  }

  /** One that is under way and has to ask another host. */
  addAsking(entry: QueueEntry): void {
    this.#rounds.add(entry);
  }

  /** The next of the queue that may go out on `session`; it is under way then. */
  take(session: ClientSession): QueueEntry | undefined {
    const { clock, settler } = this.#options;
    if (this.#queue.size === 0 || !mayStart(this.#options)) return undefined;
    const nowMs = clock.monotonic();
    if (nowMs < this.#pace.nextStartMs) {
      this.#wakeAt(this.#pace.nextStartMs);
      return undefined;
    }
    if (!this.#look()) return undefined;
    const { passes } = this.#gate;
    const suits = (entry: QueueEntry) => mayUse(entry, session) && (passes === undefined || passes(entry));
    const next = () => this.#queue.take(this.#mayTake, suits);
    for (let entry = next(); entry !== undefined; entry = next()) {
      if (settler.giveUp(entry) || this.#isOfAnotherDay(entry)) continue;
      entry.begin();
      this.#pace.started(nowMs);
      this.#gate.began(entry);
      return entry;
    }
    return undefined;
  }

  /** One that looks for another host and may ask that of `session`. */
  takeForHost(session: ClientSession): QueueEntry | undefined {
    if (this.#rounds.size === 0 || !mayStart(this.#options) || !this.#look()) return undefined;
    const { passes } = this.#gate;
    const suits = (entry: QueueEntry) => mayUse(entry, session) && (passes === undefined || passes(entry));
    const next = () => this.#rounds.take(suits);
    for (let entry = next(); entry !== undefined; entry = next()) {
      if (this.#options.settler.giveUp(entry)) continue;
      this.#gate.began(entry);
      return entry;
    }
    return undefined;
  }

  /** It has waited past midnight: released, it comes back for tokens of today. */
  #isOfAnotherDay(entry: QueueEntry): boolean {
    if (areOfToday(entry.egress, this.#options.clock)) return false;
    this.#options.settler.release(entry);
    return true;
  }

  /** The first that looks for another host, if it may begin now; it stays. */
  get firstAsking(): QueueEntry | undefined {
    const { first } = this.#rounds;
    if (first === undefined || !this.#look()) return undefined;
    return this.#gate.passes?.(first) === false ? undefined : first;
  }

  /** The first that looks for another host has a session, or is about to. */
  takeFirstAsking(): void {
    const entry = this.#rounds.takeFirst();
    if (entry !== undefined) this.#gate.began(entry);
  }

  /** Takes the first out that looks for another host: what was said of it stands. */
  dropFirstAsking(): QueueEntry | undefined {
    return this.#rounds.takeFirst();
  }

  /** Something waited for a limit of its sender or domain, since this was asked last. */
  takeRefused(): boolean {
    return this.#gate.takeRefused();
  }

  /** The first of each queue (account, rank and destination), or of each stream in it. */
  firsts(byStream: boolean): Iterable<QueueEntry> {
    return this.#queue.firsts(byStream);
  }

  /** Takes out what `isOver` says of; the caller settles or releases it. */
  takeOut(isOver: (entry: QueueEntry) => boolean): void {
    this.#queue.sweep(isOver);
  }

  #look(): boolean {
    return this.#gate.look(this.#options.clock.monotonic(), this.#queue.size);
  }

  /** One that was under way and continues at once: at the head of its queue, or at the next host while it tries them one by one. */
  requeue(entry: QueueEntry): void {
    if (entry.inRound) this.#rounds.add(entry);
    else this.#queue.unshift(entry);
  }

  /** Releases the youngest of `destination` until `keepDeliveries` of it are queued. */
  shed(destination: ActiveDestination, keepDeliveries: number): void {
    for (const entry of this.#queue.shed(destination, keepDeliveries)) this.#options.settler.release(entry);
  }

  /** Takes out what is queued, queue by queue (account and destination). */
  drain(): QueueEntry[][] {
    return this.#queue.drain();
  }

  /** Takes out what is queued and released. */
  recall(release: (entry: QueueEntry) => boolean): void {
    this.#queue.sweep(release);
  }

  /** Settles what has expired. */
  sweep(): void {
    this.#queue.sweep(this.#isOver);
    this.#rounds.sweep(this.#isOver);
  }
}

/** Whether it may go out on the session: not to a host it has asked, and on a new one after an old one failed it. */
export function mayUse(entry: QueueEntry, { remote, transactions }: ClientSession): boolean {
  return entry.mayAsk(remote.host) && !(entry.retried && transactions > 0);
}
