/**
 * From what happened to a parcel to what the store is to write: one settlement a recipient with its attempts, its
 * event and perhaps a suppression, and one DSN for all recipients of the parcel that fared alike. What a result
 * means is the policy's decision (policy/outcome.ts); this file gathers the facts for it and writes down its answer.
 */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { BounceRules } from '../../policy/bounce-rules.ts';
import type { NoticedRecipient } from '../../dsn/write/noticed.ts';
import type { NoticeSubject, WriteNotices } from '../../dsn/write/write-notices.ts';
import type { Outcome, RecipientResult } from '../../policy/outcome-facts.ts';
import { settleRecipient } from '../../policy/outcome.ts';
import { isGivenUp } from '../../policy/retry.ts';
import type { SoftBounceRule } from '../../policy/soft-bounces.ts';
import type { AttemptRecord, ClaimedDelivery, NewMessage, Settlement } from '../../store/records.ts';
import type { AttemptReader } from '../../store/queue-admin.ts';
import { classify, type Classification } from '../../policy/classify.ts';
import { isOutOfStep, onward, speaksOfHost, type Onward } from '../../policy/onward.ts';
import { noticedRecipient } from './noticed-recipient.ts';
import { recordWithoutHost, type Attempt } from '../site/attempt.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { Route } from '../route/routes.ts';
import {
  lifetimeOf,
  putBack,
  settlement,
  startedAtMs,
  suppressedAddress,
  type Decision,
} from '../claims/settlement.ts';
import { connectionFailed, expiredAfter, toldOf, triesOf, type Told } from './told.ts';
import type { UnknownAddresses } from './unknown-addresses.ts';

export interface Conclusion {
  readonly settlements: readonly Settlement[];
  /** What the sender is to be told. */
  readonly notices: readonly NoticeSubject[];
  /** Recipients that go on at once, in a transaction of their own: positions in `parcel.deliveries`. */
  readonly again: readonly number[];
  /** Recipients that go on at once, on a new session or at the next host of the site, with what was said of them so far. */
  readonly onward: ReadonlyMap<number, Onwards>;
  /** At least one recipient was taken. */
  readonly delivered: boolean;
  /** The remote asked to slow down. */
  readonly rateLimited: boolean;
}

export interface ConclusionPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: BounceRules;
  readonly retryScheduleMs: readonly number[];
  readonly maxAgeMs: number;
  readonly writeNotices: WriteNotices;
  readonly unknownAddresses: UnknownAddresses;
  readonly softBounces: SoftBounceRule;
  /** What is kept of the last attempt of a delivery; asked for those that expire. */
  readonly lastAttempt: AttemptReader['lastAttempt'];
}

/** What a site knows that bears on what an answer means. */
export interface HostFacts {
  /** A host of the site was not asked yet in this round. */
  readonly othersUnasked: boolean;
  /** One of those is not known to be out of reach or unwell. */
  readonly othersLeft: boolean;
  /** The answer is a backup's. */
  readonly primaryUnreachable: boolean;
}

export class Conclusions {
  readonly #ports: ConclusionPorts;

  constructor(ports: ConclusionPorts) {
    this.#ports = ports;
  }

  /** One transaction, or what kept it from taking place. */
  ofAttempt(parcel: Parcel, attempt: Attempt, facts: HostFacts): Conclusion {
    const { primaryUnreachable } = facts;
    const mayRenew = attempt.reused && !parcel.retried;
    return this.#conclude(parcel, (index) => {
      const told = toldOf(parcel, attempt, index);
      if (told === undefined) return undefined;
      const { result } = told;
      const to = onward({ result, classification: this.#classified(result), mayRenew });
      const before = standing(parcel, index);
      if (to === 'new-session')
        return { to, told: { ...(before ?? { ...told, ofSession: true }), attempts: told.attempts } };
      if (to === undefined) return { ...told, primaryUnreachable };
      // A host that may take it later outweighs one that never will.
      const stands = before !== undefined && !isPermanent(before.result) ? before : told;
      const all = { ...stands, attempts: told.attempts };
      // What would be final is worth a try at a host that did not answer lately, what is not can wait.
      const goesOn = isPermanent(all.result) ? facts.othersUnasked : facts.othersLeft;
      return goesOn ? { to, told: all } : { ...all, primaryUnreachable };
    });
  }

  /** The other hosts of the site could not be asked: what was said so far stands. `failures` tells of the others. */
  ofRound(parcel: Parcel, failures: readonly AttemptRecord[]): Conclusion {
    return this.#conclude(parcel, (index) => {
      const told = standing(parcel, index) ?? {
        result: connectionFailed(failures.at(-1), false),
        host: undefined,
      };
      return { ...told, attempts: triesOf(parcel, index, ...failures) };
    });
  }

  /** What went wrong is the host's, and another one may do better. */
  speaksOfHost(parcel: Parcel, attempt: Attempt): boolean {
    const result = toldOf(parcel, attempt, 0)?.result;
    return result !== undefined && speaksOfHost(result, this.#classified(result));
  }

  /** No host took a connection. `retryAtMs`: when the destination is tried again; `undefined`: the message's schedule decides. */
  ofUnreachable(
    parcel: Parcel,
    failures: readonly AttemptRecord[],
    retryAtMs: number | undefined,
    refusesMail = false,
  ): Conclusion {
    const last = failures.at(-1);
    const result = connectionFailed(last, refusesMail);
    const ofDestination = retryAtMs !== undefined && !refusesMail;
    return this.#conclude(parcel, (index) => ({
      result,
      host: last?.localClass === undefined ? last?.host : undefined,
      attempts: triesOf(parcel, index, ...(ofDestination ? [] : failures)),
      lastTry: last,
      retryAtMs,
    }));
  }

  /** DNS says that there is no way to the destination. */
  ofNoRoute(parcel: Parcel, route: Extract<Route, { kind: 'none' }>): Conclusion {
    const { stage, status, text } = route;
    const record = recordWithoutHost({ atMs: this.#ports.clock.now(), durationMs: 0, stage, status, text });
    return this.#conclude(parcel, () => ({
      result:
        route.found === 'not-allowed'
          ? { kind: 'unsendable', status: route.status, text: route.text }
          : { kind: 'dns', found: route.found, text: route.text },
      host: undefined,
      attempts: [record],
    }));
  }

  /** DNS could not be asked; `failure` says how. */
  ofSilentDns(parcel: Parcel, failure: AttemptRecord, retryAtMs: number): Conclusion {
    return this.#conclude(parcel, () => ({
      result: { kind: 'dns', found: 'failed', text: failure.text, localClass: failure.localClass },
      host: undefined,
      attempts: [],
      lastTry: failure,
      retryAtMs,
    }));
  }

  /** Its time was over before it could be tried. `lastFailures`: of each of its deliveries, as far as one is known. */
  ofExpired(parcel: Parcel, lastFailures: readonly (AttemptRecord | undefined)[]): Conclusion {
    return this.#conclude(parcel, (index) => {
      const last = lastFailures[index];
      return { result: expiredAfter(last), host: last?.host, attempts: [], lastTry: last };
    });
  }

  /** What is kept of the last attempts of its deliveries. Rejects with what the store rejects with. */
  async lastAttempts({ deliveries }: Parcel): Promise<readonly (AttemptRecord | undefined)[]> {
    const last: (AttemptRecord | undefined)[] = [];
    for (const { deliveryId } of deliveries) last.push(await this.#ports.lastAttempt(deliveryId));
    return last;
  }

  /** The messages that tell the sender. Rejects with what the store rejects with. */
  write(notices: readonly NoticeSubject[]): Promise<readonly NewMessage[]> {
    return flatMapInTurn(notices, (notice) => this.#ports.writeNotices(notice));
  }

  ofSuppressed(parcel: Parcel): Conclusion {
    return this.#conclude(parcel, (index) => ({
      result: { kind: 'suppressed', reason: parcel.deliveries[index]?.suppressedBy ?? '' },
      host: undefined,
      attempts: [],
    }));
  }

  /**
   * Untried, due at `dueAtMs` or, without it, at the place in the queue that it had: the oldest go first when the
   * destination works again.
   */
  ofPutBack(parcel: Parcel, dueAtMs?: number): Conclusion {
    const nowMs = this.#ports.clock.now();
    const settlements = parcel.deliveries.map((delivery) =>
      putBack(parcel.facts, delivery, { nowMs, dueAtMs }),
    );
    return { settlements, notices: [], again: [], onward: new Map(), delivered: false, rateLimited: false };
  }

  /** True when it is given up instead of being tried. `inTrouble`: what is tried of its destination comes to nothing. */
  isGivenUp(parcel: Parcel, inTrouble: boolean): boolean {
    const nowMs = this.#ports.clock.now();
    const { maxAgeMs } = this.#ports;
    if (nowMs < parcel.facts.expiresAtMs && nowMs < startedAtMs(parcel.facts) + maxAgeMs) return false;
    const attempts =
      Math.min(...parcel.deliveries.map((delivery) => delivery.attempts)) + (inTrouble ? 1 : 0);
    return isGivenUp({ ...lifetimeOf(parcel.facts, maxAgeMs), attempts, nowMs });
  }

  #conclude(parcel: Parcel, tell: (index: number) => Told | Onwards | undefined): Conclusion {
    const onward = new Map<number, Onwards>();
    const settlements: Settlement[] = [];
    const noticed = new Map<NonNullable<Outcome['dsn']>, NoticedRecipient[]>();
    const again: number[] = [];
    let delivered = false;
    let rateLimited = false;
    const nowMs = this.#ports.clock.now();
    for (const [index, delivery] of parcel.deliveries.entries()) {
      const told = tell(index);
      if (told !== undefined && 'to' in told) {
        onward.set(index, told);
        continue;
      }
      const outcome = told && this.#decide(parcel, delivery, told);
      if (told === undefined || outcome?.state === 'queued') {
        again.push(index);
        continue;
      }
      if (outcome === undefined) continue;
      const { softBounces } = this.#ports;
      settlements.push(
        settlement(parcel.facts, delivery, { outcome, attempts: told.attempts, nowMs, softBounces }),
      );
      delivered ||= outcome.state === 'delivered';
      rateLimited ||= outcome.failure?.class === 'rate-limited';
      if (outcome.dsn !== undefined) {
        const one = noticedRecipient(parcel, delivery, {
          outcome,
          attempt: told.lastTry ?? told.attempts.at(-1),
          maxAgeMs: this.#ports.maxAgeMs,
        });
        noticed.set(outcome.dsn, [...(noticed.get(outcome.dsn) ?? []), one]);
      }
    }
    const { facts, source } = parcel;
    const notices = [...noticed].map(([outcome, recipients]) => ({ facts, source, outcome, recipients }));
    return { settlements, notices, again, onward, delivered, rateLimited };
  }

  #decide(parcel: Parcel, delivery: ClaimedDelivery, told: Told): Decision {
    const { clock, random, rules, retryScheduleMs, maxAgeMs, unknownAddresses } = this.#ports;
    const { facts, destination } = parcel;
    const outcome = settleRecipient({
      result: told.result,
      host: told.host,
      recipient: delivery.recipient,
      state: delivery.state,
      attempts: delivery.attempts,
      destinationTries: (delivery.destinationTries ?? 0) + destination.tries - parcel.triesBefore,
      nowMs: clock.now(),
      lifetime: lifetimeOf(facts, maxAgeMs),
      scheduleMs: retryScheduleMs,
      random: random.float(),
      destinationRetryAtMs: told.retryAtMs,
      primaryUnreachable: told.primaryUnreachable,
      reversePath: facts.reversePath,
      notify: delivery.notify,
      sendDsn: facts.sendDsn,
      via: facts.via,
      hopSendsDsns: told.remoteSendsDsns,
      delayTold: delivery.delayTold,
      rules,
    });
    if (outcome.state === 'delivered') unknownAddresses.taken(destination.name);
    if (outcome.suppress === undefined) return outcome;
    const doubt = unknownAddresses.unknown(destination.name, facts.accountId, suppressedAddress(delivery));
    if (doubt === undefined) return outcome;
    const eventData = { ...outcome.eventData, suppression_withheld: true };
    return { ...outcome, eventData, suppress: undefined, withholding: doubt.withholding };
  }

  #classified(result: RecipientResult): Classification | undefined {
    if (result.kind !== 'replied' && result.kind !== 'lost') return undefined;
    const { reply, stage } = result;
    return reply && classify({ reply, stage, text: '' }, this.#ports.rules);
  }
}

interface Onwards {
  readonly to: NonNullable<Onward>;
  readonly told: Told;
}

function standing({ round, deliveries }: Parcel, index: number): Told | undefined {
  const delivery = deliveries[index];
  const told = delivery && round?.told.get(delivery.deliveryId);
  return told?.ofSession === true ? undefined : told;
}

function isPermanent(result: RecipientResult): boolean {
  if (result.kind === 'unsendable') return result.status.startsWith('5');
  return result.kind === 'replied' && result.reply.code >= 500 && !isOutOfStep(result.reply);
}
