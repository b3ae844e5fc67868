/**
 * Hands outcomes of any origin to the store, and releases an entry when its outcome is durable. From here on an entry waits
 * for the outbox only. Released entries return untried; entries beyond their maximum age expire.
 */
import type { WriteDsns } from '../../dsn/write/write-dsns.ts';
import type { Clock } from '../../platform/clock.ts';
import { flatMapInTurn } from '../../platform/in-turn.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import { isGivenUp, triedUntilMs } from '../../policy/retry.ts';
import type { Schedule } from '../../policy/shaping/schedule.ts';
import { turnsSourceAway } from '../../policy/egress/source-limit.ts';
import type { AttemptReader } from '../../store/queue-admin.ts';
import type { AttemptRecord, ClaimedDelivery } from '../../store/delivery-records.ts';
import type { NewMessage } from '../../store/message-records.ts';
import type { ClaimedMail } from '../claims/claimed-mail.ts';
import type { SettleOutbox } from '../claims/settle-outbox.ts';
import type { Shutdown } from '../shutdown.ts';
import { lifetimeOf, release, startedAtMs } from './settlement.ts';
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { SourceChooser } from '../route/egress.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { AttemptOutcome } from './attempt-outcome.ts';
import type { AttemptOutcomes } from './attempt-outcomes.ts';
import { untilRead } from './until-read.ts';

export interface SettlerOptions {
  readonly clock: Clock;
  readonly scheduleOf: (entry: QueueEntry) => Pick<Schedule, 'maxAgeMs'>;
  readonly outcomes: AttemptOutcomes;
  readonly outbox: SettleOutbox;
  readonly attemptLog: AttemptLog;
  readonly claimed: ClaimedMail;
  readonly background: OwnedPromises;
  readonly shutdown: Pick<Shutdown, 'abandoned'>;
  readonly writeDsns: WriteDsns;
  readonly sources: Pick<SourceChooser, 'ended'>;
  /** What is kept of the last attempt of a delivery; asked for those that expire. */
  readonly lastAttempt: AttemptReader['lastAttempt'];
}

/** Called when there is new room. */
export interface SettledListener {
  /** Deliveries of the destination were settled. */
  onSettled(destination: ActiveDestination): void;
}

type Settled = Pick<AttemptOutcome, 'settlements' | 'dsns'>;

export class Settler {
  readonly #options: SettlerOptions;
  #listener: SettledListener | undefined;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  tells(listener: SettledListener): void {
    this.#listener = listener;
  }

  /** Hands what came of the entry to the outbox. */
  settle(entry: QueueEntry, outcome: Settled): void {
    entry.settle();
    this.#write(entry, outcome);
  }

  /** It came to no transaction. */
  settleUntried(entry: QueueEntry, outcome: AttemptOutcome): void {
    this.#options.attemptLog.untried(entry, outcome);
    this.settle(entry, outcome);
  }

  /** Settles the entry as expired when its time is over. */
  giveUp(entry: QueueEntry): boolean {
    if (!this.#isGivenUp(entry)) return false;
    const { lastFailure } = entry.destination;
    entry.settle();
    if (lastFailure === undefined) this.#options.background.run(this.#expire(entry));
    else this.#expired(entry, Array(entry.deliveries.length).fill(lastFailure));
    return true;
  }

  /**
   * Releases the entry to the store, or settles it as expired when its time is over. It is due at `dueAtMs` or, without
   * that, at the place in the queue that it had: the oldest go first when the destination works again; never later than its
   * time is over, so that its sender is told then. `waitsFor`: the limit that it waits for, in words.
   */
  release(entry: QueueEntry, dueAtMs?: number, waitsFor?: string): void {
    if (this.giveUp(entry)) return;
    const { facts, deliveries } = entry;
    const nowMs = this.#options.clock.now();
    const settlements = deliveries.map((delivery) => {
      const latestMs = dueAtMs === undefined ? undefined : Math.min(dueAtMs, this.#endMs(entry, delivery));
      return release(facts, delivery, { nowMs, dueAtMs: latestMs, waitsFor });
    });
    this.settle(entry, { settlements, dsns: [] });
  }

  /** When it is claimed then, it is given up. */
  #endMs(entry: QueueEntry, { attempts }: ClaimedDelivery): number {
    const { maxAgeMs } = this.#options.scheduleOf(entry);
    return Math.ceil(triedUntilMs({ ...lifetimeOf(entry.facts, maxAgeMs), attempts }));
  }

  /** Where what is tried of its destination comes to nothing, waiting counts as a try. */
  #isGivenUp(entry: QueueEntry): boolean {
    const { facts, deliveries, destination } = entry;
    const nowMs = this.#options.clock.now();
    if (facts.deliverBy?.mode === 'return' && nowMs >= facts.deliverBy.atMs) return true;
    const { maxAgeMs } = this.#options.scheduleOf(entry);
    if (nowMs < facts.expiresAtMs && nowMs < startedAtMs(facts) + maxAgeMs) return false;
    const attempts =
      Math.min(...deliveries.map((delivery) => delivery.attempts)) + (destination.inTrouble ? 1 : 0);
    return isGivenUp({ ...lifetimeOf(facts, maxAgeMs), attempts, nowMs });
  }

  /** The destination works: the entry's own attempts are recorded. */
  async #expire(entry: QueueEntry): Promise<void> {
    const lastFailures: (AttemptRecord | undefined)[] = [];
    for (const { deliveryId } of entry.deliveries) {
      const read = await untilRead(() => this.#options.lastAttempt(deliveryId), this.#options);
      if (read === undefined) return;
      lastFailures.push(read.value);
    }
    this.#expired(entry, lastFailures);
  }

  #expired(entry: QueueEntry, lastFailures: readonly (AttemptRecord | undefined)[]): void {
    const outcome = this.#options.outcomes.ofExpired(entry, lastFailures);
    this.#options.attemptLog.untried(entry, outcome);
    this.#write(entry, outcome);
  }

  #write(entry: QueueEntry, { settlements, dsns }: Settled): void {
    this.#options.attemptLog.settled(entry, settlements);
    this.#leaves(entry, settlements);
    if (dsns.length === 0) this.#toOutbox(entry, settlements, []);
    else this.#options.background.run(this.#tell(entry, settlements, dsns));
  }

  /** Its source is done with it. */
  #leaves(
    { egress: { source, provider, tokens }, deliveries }: QueueEntry,
    settlements: Settled['settlements'],
  ): void {
    if (source === undefined || provider === undefined) return;
    const handedOver = settlements.filter(
      ({ state, attempts }) => state === 'delivered' || attempts.some(({ stage }) => stage === 'final'),
    );
    const turnedAway = settlements.filter(({ event }) => turnsSourceAway(event?.data['class']));
    this.#options.sources.ended(source, provider, {
      recipients: deliveries.length,
      handedOver: handedOver.length,
      turnedAway: turnedAway.length,
      day: tokens?.day,
    });
  }

  /** Writes the DSNs first, so that they go out in the transaction of the outcome. */
  async #tell(entry: QueueEntry, settlements: Settled['settlements'], dsns: Settled['dsns']): Promise<void> {
    const written = await untilRead(
      () => flatMapInTurn(dsns, (dsn) => this.#options.writeDsns(dsn)),
      this.#options,
    );
    if (written !== undefined) this.#toOutbox(entry, settlements, written.value);
  }

  #toOutbox(entry: QueueEntry, settlements: Settled['settlements'], dsns: readonly NewMessage[]): void {
    const written = this.#options.attemptLog.trace?.settling(entry, settlements);
    this.#options.outbox.add({
      settlements,
      dsns,
      onWritten: () => {
        written?.();
        this.#written(entry);
      },
    });
  }

  #written(entry: QueueEntry): void {
    const { claimed } = this.#options;
    const { destination } = entry;
    claimed.settled(entry);
    this.#listener?.onSettled(destination);
    destination.dispatch();
    claimed.forgetIfDone(destination);
  }
}
