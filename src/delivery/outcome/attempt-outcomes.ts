/**
 * From the result of an entry to the writes of the store: one settlement a recipient with its attempts, its event and
 * perhaps a suppression, and one DSN for all recipients of the entry with the same outcome. The policy decides what a
 * result means (policy/outcome.ts); this file gathers its facts and writes its decision.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { DeliveryOptions } from '../delivery-options.ts';
import type { DsnRecipient } from '../../dsn/write/dsn-facts.ts';
import type { Outcome, RecipientResult } from '../../policy/outcome-facts.ts';
import { decideOutcome } from '../../policy/outcome.ts';
import type { BounceClass } from '../../policy/bounce-classes.ts';
import type { SoftBounceRule } from '../../policy/soft-bounces.ts';
import type { AttemptRecord, ClaimedDelivery, Settlement } from '../../store/delivery-records.ts';
import { classify, type Classification } from '../../policy/classify.ts';
import { refusedWay } from '../../policy/egress/refused-way.ts';
import { isOutOfStep, onward, speaksOfHost } from '../../policy/onward.ts';
import { dsnRecipient } from './dsn-recipient.ts';
import type { AttemptOutcome, GoesOn, WayRefusal } from './attempt-outcome.ts';
import { recordWithoutHost, type Attempt, type HostFacts } from '../attempt/attempt.ts';
import type { RecipientAttempt } from '../attempt/recipient-attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { mayGoElsewhere } from '../route/egress.ts';
import type { Route } from '../route/routes.ts';
import { leftBy, ofSmartHost, recordOfRoute, refusalIn } from './by-route.ts';
import { lifetimeOf, settlement, suppressedAddress, type Decision } from './settlement.ts';
import { connectionFailed, expiredAfter, recipientAttempt, standing, triesOf } from './recipient-attempts.ts';
import type { Schedule } from '../../policy/shaping/schedule.ts';
import type { UnknownAddresses } from './unknown-addresses.ts';

export interface AttemptOutcomeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Read at each use: a reload may change them. */
  readonly settings: Pick<DeliveryOptions, 'rules' | 'config'>;
  readonly unknownAddresses: UnknownAddresses;
  readonly softBounces: SoftBounceRule;
  /** By the rules that match it, or as configured. */
  readonly scheduleOf: (entry: QueueEntry) => Schedule;
}

export class AttemptOutcomes {
  readonly #options: AttemptOutcomeOptions;

  constructor(options: AttemptOutcomeOptions) {
    this.#options = options;
  }

  /** One transaction, or what kept it from taking place. */
  ofAttempt(entry: QueueEntry, attempt: Attempt, facts: HostFacts): AttemptOutcome {
    const { egress } = entry;
    // What a smart host says of an address it has from elsewhere, as a backup MX.
    const primaryUnreachable = facts.primaryUnreachable || egress.smartHost !== undefined;
    const mayRenew = attempt.reused && !entry.retried;
    let refusal: WayRefusal | undefined;
    const outcome = this.#outcome(entry, (index) => {
      const told = recipientAttempt(entry, attempt, index);
      if (told === undefined) return undefined;
      const classification = this.#classified(told.result);
      const refused = refusalIn(told, classification, egress);
      refusal ??= refused;
      const tried = egress.smartHost === undefined ? told : ofSmartHost(told, refused);
      if (refused !== undefined && mayGoElsewhere(egress, refused.cause)) return { to: 'other-way', tried };
      const { result } = tried;
      const to = onward({ result, classification, mayRenew });
      const before = standing(entry, index);
      if (to === 'new-session')
        return { to, tried: { ...(before ?? { ...tried, ofSession: true }), records: tried.records } };
      if (to === undefined) return { ...tried, primaryUnreachable };
      // A host that may take it later outweighs one that never will.
      const stands = before !== undefined && !isPermanent(before.result) ? before : tried;
      const all = { ...stands, records: tried.records };
      // A final outcome is worth a try at a host that did not answer recently; others can wait.
      const goesOn = isPermanent(all.result) ? facts.othersUnasked : facts.othersLeft;
      return goesOn ? { to, tried: all } : { ...all, primaryUnreachable };
    });
    return refusal === undefined ? outcome : { ...outcome, refusal };
  }

  /** Why a connection that failed is one that refuses our address; `undefined`: it is not. */
  refusedConnection(record: AttemptRecord): WayRefusal | undefined {
    const { replyCode: code, status, text, stage } = record;
    if (code === undefined) return undefined;
    const reply = { code, status, text };
    const found = this.classOf(record);
    const cause = refusedWay({ reply, stage, class: found, relay: false });
    return cause && { cause, record, class: found };
  }

  /** What a remote said, sorted. */
  classOf({ replyCode: code, status, text, stage }: AttemptRecord): BounceClass {
    const reply = code === undefined ? undefined : { code, status, text };
    return classify({ reply, stage, text: '' }, this.#options.settings.rules).class;
  }

  /** No way leads anywhere before `retryAtMs`; `failure` says why. What was tried so far is in the entry's history. */
  ofNoWay(entry: QueueEntry, failure: AttemptRecord, retryAtMs: number): AttemptOutcome {
    return this.#outcome(entry, (index) => ({
      result: connectionFailed(failure, false),
      host: failure.localClass === undefined ? failure.host : undefined,
      records: triesOf(entry, index),
      lastTry: failure,
      retryAtMs,
    }));
  }

  /** A route rejects it, with that text. */
  ofRejected(entry: QueueEntry, text: string): AttemptOutcome {
    const record = recordOfRoute(this.#options.clock.now(), entry.egress.route, '5.7.1', text);
    return this.#outcome(entry, () => ({
      result: { kind: 'rejected', text },
      host: undefined,
      records: [record],
    }));
  }

  /** The other hosts of the site could not be asked: what was said so far stands. `failures` tells of the others. */
  ofRound(entry: QueueEntry, failures: readonly AttemptRecord[]): AttemptOutcome {
    return this.#outcome(entry, (index) => {
      const tried = standing(entry, index) ?? {
        result: connectionFailed(failures.at(-1), false),
        host: undefined,
      };
      return { ...tried, records: triesOf(entry, index, ...failures) };
    });
  }

  /** The host is at fault, and another one may succeed. */
  speaksOfHost(entry: QueueEntry, attempt: Attempt): boolean {
    const result = recipientAttempt(entry, attempt, 0)?.result;
    return result !== undefined && speaksOfHost(result, this.#classified(result));
  }

  /** No host took a connection. `retryAtMs`: when the destination is tried again; `undefined`: the message's schedule decides. */
  ofUnreachable(
    entry: QueueEntry,
    failures: readonly AttemptRecord[],
    retryAtMs: number | undefined,
    refusesMail = false,
  ): AttemptOutcome {
    const last = failures.at(-1);
    const result = connectionFailed(last, refusesMail);
    const ofDestination = retryAtMs !== undefined && !refusesMail;
    return this.#outcome(entry, (index) => ({
      result,
      host: last?.localClass === undefined ? last?.host : undefined,
      records: triesOf(entry, index, ...(ofDestination ? [] : failures)),
      lastTry: last,
      retryAtMs,
    }));
  }

  /** By DNS there is no route to the destination. */
  ofNoRoute(entry: QueueEntry, route: Extract<Route, { kind: 'none' }>): AttemptOutcome {
    const { stage, status, text } = route;
    const record = recordWithoutHost({ atMs: this.#options.clock.now(), durationMs: 0, stage, status, text });
    return this.#outcome(entry, () => ({
      result:
        route.found === 'not-allowed'
          ? { kind: 'unsendable', status: route.status, text: route.text }
          : { kind: 'dns', found: route.found, text: route.text },
      host: undefined,
      records: [record],
    }));
  }

  /** The DNS look-up failed with `failure`. */
  ofSilentDns(entry: QueueEntry, failure: AttemptRecord, retryAtMs: number): AttemptOutcome {
    return this.#outcome(entry, () => ({
      result: { kind: 'dns', found: 'failed', text: failure.text, localClass: failure.localClass },
      host: undefined,
      records: [],
      lastTry: failure,
      retryAtMs,
    }));
  }

  /** Its time was over before it could be tried. `lastFailures`: of each of its deliveries, as far as one is known. */
  ofExpired(entry: QueueEntry, lastFailures: readonly (AttemptRecord | undefined)[]): AttemptOutcome {
    return this.#outcome(entry, (index) => {
      const last = lastFailures[index];
      return { result: expiredAfter(last), host: last?.host, records: [], lastTry: last };
    });
  }

  ofSuppressed(entry: QueueEntry): AttemptOutcome {
    return this.#outcome(entry, (index) => ({
      result: { kind: 'suppressed', reason: entry.deliveries[index]?.suppressedBy ?? '' },
      host: undefined,
      records: [],
    }));
  }

  #outcome(
    entry: QueueEntry,
    tell: (index: number) => RecipientAttempt | GoesOn | undefined,
  ): AttemptOutcome {
    const onward = new Map<number, GoesOn>();
    const settlements: Settlement[] = [];
    const dsnRecipients = new Map<NonNullable<Outcome['dsn']>, DsnRecipient[]>();
    const again: number[] = [];
    let delivered = false;
    let rateLimited = false;
    const nowMs = this.#options.clock.now();
    for (const [index, delivery] of entry.deliveries.entries()) {
      const tried = tell(index);
      if (tried !== undefined && 'to' in tried) {
        onward.set(index, tried);
        continue;
      }
      const outcome = tried && this.#decide(entry, delivery, tried);
      if (tried === undefined || outcome?.state === 'queued') {
        again.push(index);
        continue;
      }
      if (outcome === undefined) continue;
      const { softBounces } = this.#options;
      settlements.push(
        settlement(entry.facts, delivery, { outcome, attempts: tried.records, nowMs, softBounces }),
      );
      delivered ||= outcome.state === 'delivered';
      rateLimited ||= outcome.failure?.class === 'rate-limited';
      if (outcome.dsn !== undefined) {
        const one = dsnRecipient(entry, delivery, {
          outcome,
          attempt: tried.lastTry ?? tried.records.at(-1),
          maxAgeMs: this.#options.scheduleOf(entry).maxAgeMs,
        });
        dsnRecipients.set(outcome.dsn, [...(dsnRecipients.get(outcome.dsn) ?? []), one]);
      }
    }
    const { facts, source } = entry;
    const dsns = [...dsnRecipients].map(([outcome, recipients]) => ({ facts, source, outcome, recipients }));
    return { settlements, dsns, again, onward, delivered, rateLimited };
  }

  #decide(entry: QueueEntry, delivery: ClaimedDelivery, tried: RecipientAttempt): Decision {
    const { clock, random, settings, unknownAddresses } = this.#options;
    const { maxAgeMs, retryScheduleMs } = this.#options.scheduleOf(entry);
    const { facts, destination } = entry;
    const outcome = leftBy(
      entry.egress,
      decideOutcome({
        result: tried.result,
        host: tried.host,
        recipient: delivery.recipient,
        state: delivery.state,
        attempts: delivery.attempts,
        destinationTries: (delivery.destinationTries ?? 0) + entry.destinationTries,
        nowMs: clock.now(),
        lifetime: lifetimeOf(facts, maxAgeMs),
        scheduleMs: retryScheduleMs,
        random: random.float(),
        destinationRetryAtMs: tried.retryAtMs,
        primaryUnreachable: tried.primaryUnreachable,
        reversePath: facts.reversePath,
        notify: delivery.notify,
        sendDsn: facts.sendDsn,
        via: facts.via,
        hopSendsDsns: tried.remoteSendsDsns,
        delayTold: delivery.delayTold,
        delayDsnMs: settings.config.delayDsnMs,
        deliverBy: facts.deliverBy,
        rules: settings.rules,
      }),
    );
    if (outcome.state === 'delivered' && entry.egress.smartHost === undefined)
      unknownAddresses.taken(destination.name);
    if (outcome.suppress === undefined) return outcome;
    const doubt = unknownAddresses.unknown(destination.name, facts.accountId, suppressedAddress(delivery));
    if (doubt === undefined) return outcome;
    const eventData = { ...outcome.eventData, suppression_withheld: true };
    return { ...outcome, eventData, suppress: undefined, withholding: doubt.withholding };
  }

  #classified(result: RecipientResult): Classification | undefined {
    if (result.kind !== 'replied' && result.kind !== 'lost') return undefined;
    const { reply, stage } = result;
    return reply && classify({ reply, stage, text: '' }, this.#options.settings.rules);
  }
}

function isPermanent(result: RecipientResult): boolean {
  if (result.kind === 'unsendable') return result.status.startsWith('5');
  return result.kind === 'replied' && result.reply.code >= 500 && !isOutOfStep(result.reply);
}
