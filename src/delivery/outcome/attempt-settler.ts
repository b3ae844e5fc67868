/**
 * The consequences of an attempt: answered recipients are settled, open ones continue at once, in the queue, on a new
 * session or at the next host. An entry whose recipients have different outcomes is divided; each part continues
 * separately.
 */
import type { BounceClass } from '../../policy/bounce-classes.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import { hostTrouble, type Attempt, type HostFacts } from '../attempt/attempt.ts';
import type { HostRound } from '../attempt/recipient-attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { SourceChooser } from '../route/egress.ts';
import type { RouteTable } from '../route/route-table.ts';
import type { AttemptEffect, AttemptSettling } from '../site/site-options.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { AttemptOutcome, GoesOn } from './attempt-outcome.ts';
import type { AttemptOutcomes } from './attempt-outcomes.ts';
import type { OtherWays, Outages } from './outages.ts';
import type { Settler } from './settler.ts';

export interface AttemptSettlerOptions {
  readonly outcomes: AttemptOutcomes;
  readonly attemptLog: AttemptLog;
  readonly settler: Settler;
  readonly outages: Outages;
  readonly sources: Pick<SourceChooser, 'refused' | 'taken'>;
  readonly speaksFor: RouteTable['speaksFor'];
}

type Way = GoesOn['to'] | 'queue' | 'store';

const NOTHING: readonly QueueEntry[] = [];

export class AttemptSettler implements AttemptSettling {
  readonly #options: AttemptSettlerOptions;
  #others: OtherWays | undefined;

  constructor(options: AttemptSettlerOptions) {
    this.#options = options;
  }

  asks(others: OtherWays): void {
    this.#others = others;
  }

  ofAttempt(entry: QueueEntry, attempt: Attempt, facts: HostFacts): AttemptEffect {
    const { outcomes, attemptLog, settler, outages } = this.#options;
    const outcome = outcomes.ofAttempt(entry, attempt, facts);
    attemptLog.tried(entry, attempt, outcome);
    entry.destination.heardOf(hostTrouble(attempt));
    // What a smart host takes says nothing of the destination.
    if (outcome.delivered && entry.egress.smartHost === undefined)
      outages.destinationWorks(entry.destination);
    this.#tellSource(entry, outcome, attempt.remote.host);
    if (outcome.again.length > 0 || outcome.onward.size > 0)
      return this.#divide(entry, outcome, attempt.remote.host);
    settler.settle(entry, outcome);
    const { rateLimited, delivered } = outcome;
    return { rateLimited, delivered, requeued: NOTHING, nextHost: undefined, outOfStep: false };
  }

  ofRound(entry: QueueEntry, failures: readonly AttemptRecord[]): void {
    const { outcomes, settler } = this.#options;
    settler.settleUntried(entry, outcomes.ofRound(entry, failures));
  }

  speaksOfHost(entry: QueueEntry, attempt: Attempt): boolean {
    return this.#options.outcomes.speaksOfHost(entry, attempt);
  }

  classOf(record: AttemptRecord): BounceClass {
    return this.#options.outcomes.classOf(record);
  }

  #tellSource(
    { egress: { source, provider }, facts }: QueueEntry,
    { refusal, delivered }: AttemptOutcome,
    host: string,
  ): void {
    const { sources, speaksFor } = this.#options;
    if (source === undefined || provider === undefined || !speaksFor(host, provider)) return;
    if (delivered) sources.taken(source, provider);
    if (refusal?.cause !== 'blocked') return;
    const { record, class: found } = refusal;
    sources.refused({ source, provider, record, class: found, messageId: facts.id });
  }

  /** `host` was asked, and some recipients are left. */
  #divide(entry: QueueEntry, outcome: AttemptOutcome, host: string): AttemptEffect {
    const { again, onward, rateLimited, delivered } = outcome;
    const wayOf = (index: number): Way =>
      onward.get(index)?.to ?? (again.includes(index) ? 'queue' : 'store');
    const part = (way: Way, changes?: { readonly retried?: boolean; readonly round?: HostRound }) => {
      const deliveries = entry.deliveries.filter((_delivery, index) => wayOf(index) === way);
      return deliveries.length === 0 ? undefined : entry.part(deliveries, changes);
    };
    const answers = answersSoFar(entry, onward);
    const hosts = new Set(entry.round?.hosts);
    const queued = part('queue');
    const renewed = part('new-session', { retried: true, round: { hosts, answers } });
    const settled = part('store');
    const nextHost = part('next-host', { round: { hosts: new Set([...hosts, host]), answers } });
    const elsewhere = part('other-way', { round: { hosts: new Set(), answers } });
    if (settled !== undefined) this.#options.settler.settle(settled, outcome);
    if (elsewhere !== undefined) {
      this.#others?.goOn(elsewhere, outcome.refusal?.cause);
      this.#others?.wentOn();
    }
    return {
      rateLimited,
      delivered,
      requeued: [queued, renewed].filter((one) => one !== undefined),
      nextHost,
      outOfStep: renewed !== undefined,
    };
  }
}

/** By delivery: what was said of those that go on, before and now. */
function answersSoFar(
  { round, deliveries }: QueueEntry,
  onward: AttemptOutcome['onward'],
): HostRound['answers'] {
  const answers = new Map(round?.answers);
  for (const [index, { tried }] of onward) {
    const delivery = deliveries[index];
    if (delivery !== undefined) answers.set(delivery.deliveryId, tried);
  }
  return answers;
}
