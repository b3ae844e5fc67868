/**
 * What waits at one site: parcels in the fair queue, and those that ask the hosts one by one. Decides which parcel a
 * session may take next, within the pace of the site and what each destination may have unsettled.
 */
import type { Destination } from '../destination-state.ts';
import { HostRounds, isInRound, mayAsk } from './host-rounds.ts';
import { Pace } from './pace.ts';
import type { Parcel } from '../claims/parcel.ts';
import { SiteQueue } from './site-queue.ts';
import type { SitePorts } from './site-ports.ts';
import type { SmtpSession } from '../../smtp/client/session.ts';

export class Backlog {
  readonly queue = new SiteQueue();
  readonly rounds = new HostRounds();
  readonly #ports: Pick<SitePorts, 'clock' | 'mayStart' | 'giveUp'>;
  readonly #wakeAt: (atMs: number) => void;
  readonly #pace: Pace;
  readonly #mayTake: (destination: Destination) => boolean;

  /** `wakeAt` is told when the pace allows the next parcel (monotonic). */
  constructor(
    ports: Pick<SitePorts, 'clock' | 'mayStart' | 'giveUp' | 'limits'>,
    wakeAt: (atMs: number) => void,
  ) {
    this.#ports = ports;
    this.#wakeAt = wakeAt;
    const { messagesPerSecondPerSite, maxUnsettledPerDestination } = ports.limits;
    this.#pace = new Pace(messagesPerSecondPerSite);
    this.#mayTake = ({ unsettled }) => unsettled < maxUnsettledPerDestination;
  }

  /** Parcels. */
  get size(): number {
    return this.queue.size + this.rounds.size;
  }

  /** The queue has one whose destination may take it. */
  get ready(): boolean {
    return this.queue.has(this.#mayTake);
  }

  /** One of the queue could start now, on some session. */
  get readyNow(): boolean {
    const { mayStart, clock } = this.#ports;
    return mayStart() && clock.monotonic() >= this.#pace.nextStartMs && this.ready;
  }

  /** Something could start now, on some session. */
  get couldStart(): boolean {
    return this.readyNow || (this.rounds.size > 0 && this.#ports.mayStart());
  }

  /** The next of the queue that may go out on `session`; it is under way then. */
  take(session: SmtpSession): Parcel | undefined {
    const { mayStart, clock, giveUp } = this.#ports;
    if (this.queue.size === 0 || !mayStart()) return undefined;
    const nowMs = clock.monotonic();
    if (nowMs < this.#pace.nextStartMs) {
      this.#wakeAt(this.#pace.nextStartMs);
      return undefined;
    }
    const next = () => this.queue.take(this.#mayTake, (parcel) => mayUse(parcel, session));
    for (let parcel = next(); parcel !== undefined; parcel = next()) {
      if (giveUp(parcel)) continue;
      parcel.destination.unsettled += parcel.deliveries.length;
      parcel.underWay = true;
      this.#pace.started(nowMs);
      return parcel;
    }
    return undefined;
  }

  /** One that looks for another host and may ask that of `session`. */
  takeForHost(session: SmtpSession): Parcel | undefined {
    const { mayStart, giveUp } = this.#ports;
    if (!mayStart()) return undefined;
    const next = () => this.rounds.take((parcel) => mayUse(parcel, session));
    for (let parcel = next(); parcel !== undefined; parcel = next()) if (!giveUp(parcel)) return parcel;
    return undefined;
  }

  /** One that was under way and goes on at once: at the head of its queue, or at the next host while it asks one by one. */
  putBack(parcel: Parcel): void {
    if (isInRound(parcel)) {
      this.rounds.add(parcel);
      return;
    }
    parcel.destination.unsettled -= parcel.deliveries.length;
    parcel.underWay = false;
    this.queue.unshift(parcel);
  }

  /** Settles what has expired. */
  sweep(): void {
    this.queue.sweep(this.#ports.giveUp);
    this.rounds.sweep(this.#ports.giveUp);
  }
}

/** Whether it may go out on the session: not to a host it has asked, and on a new one after an old one failed it. */
export function mayUse(parcel: Parcel, { remote, transactions }: SmtpSession): boolean {
  return mayAsk(parcel, remote.host) && !(parcel.retried && transactions > 0);
}
