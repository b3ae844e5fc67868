/**
 * From what happened to a parcel to what the store is to write: one settlement a recipient with its attempts, its
 * event and perhaps a suppression, and one DSN for all recipients of the parcel that fared alike. What a result
 * means is the policy's decision (policy/outcome.ts); this file gathers the facts for it and writes down its answer.
 */
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { NoticedRecipient } from '../dsn/noticed.ts';
import type { WriteNotices } from '../notice/write-notices.ts';
import type { Outcome, RecipientResult } from '../policy/outcome-facts.ts';
import { settleRecipient } from '../policy/outcome.ts';
import { isGivenUp } from '../policy/retry.ts';
import type { SoftBounceRule } from '../policy/soft-bounces.ts';
import type { AttemptRecord, ClaimedDelivery, NewMessage, Settlement } from '../store/records.ts';
import { noticedRecipient } from './noticed-recipient.ts';
import { attemptRecord, recordWithoutHost, type Attempt } from './attempt.ts';
import type { Parcel } from './parcel.ts';
import type { Route } from './routes.ts';
import {
  lifetimeOf,
  putBack,
  settlement,
  startedAtMs,
  suppressedAddress,
  type Decision,
} from './settlement.ts';
import type { RecipientReply } from './smtp-session.ts';
import type { UnknownAddresses } from './unknown-addresses.ts';

export interface Conclusion {
  readonly settlements: readonly Settlement[];
  readonly notices: readonly NewMessage[];
  /** Recipients that go on at once, in a transaction of their own: positions in `parcel.deliveries`. */
  readonly again: readonly number[];
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
}

/** What happened to one recipient, with the tries that tell of it. */
interface Told {
  readonly result: RecipientResult;
  readonly attempts: readonly AttemptRecord[];
  readonly host: string | undefined;
  readonly retryAtMs?: number | undefined;
  readonly lastReply?: string | undefined;
  readonly remoteSendsDsns?: boolean;
}

export class Conclusions {
  readonly #ports: ConclusionPorts;

  constructor(ports: ConclusionPorts) {
    this.#ports = ports;
  }

  /** One transaction, or what kept it from taking place. */
  ofAttempt(parcel: Parcel, attempt: Attempt): Conclusion {
    const { result } = attempt;
    const host = attempt.remote.host;
    const replied = result.kind === 'replied' || result.kind === 'lost' ? result.replies : [];
    const othersTaken = replied.some((reply) => reply?.stage === 'data' || reply?.stage === 'final');
    return this.#conclude(parcel, (index) => {
      const reply = replied[index];
      if (reply !== undefined) {
        const record = attemptRecord(attempt, reply.reply, reply.stage, reply.reply.text);
        return {
          host,
          result: repliedResult(reply, othersTaken),
          attempts: [...parcel.history, record],
          remoteSendsDsns: attempt.remoteSendsDsns,
        };
      }
      switch (result.kind) {
        case 'replied':
          // A session that answers for some only would be a bug of ours: try again later.
          return this.#local(parcel, attempt, { status: '4.3.0', text: 'no reply for this recipient' });
        case 'unready':
          return this.#local(parcel, attempt, { status: '4.3.0', text: result.text });
        case 'unsendable':
          if (result.forwardPaths !== undefined && !result.forwardPaths.includes(index)) return undefined;
          return this.#local(parcel, attempt, result);
        case 'lost': {
          const { stage, text, afterFinalDot } = result;
          const record = attemptRecord(attempt, result.reply, stage, text);
          return {
            host,
            result: { kind: 'lost', stage, text, reply: result.reply, afterFinalDot },
            attempts: [...parcel.history, record],
          };
        }
      }
    });
  }

  /** No host took a connection. `retryAtMs`: when the destination is tried again; `undefined`: the message's schedule decides. */
  ofUnreachable(
    parcel: Parcel,
    failures: readonly AttemptRecord[],
    retryAtMs: number | undefined,
  ): Conclusion {
    const last = failures.at(-1);
    const result = connectionFailed(last);
    return this.#conclude(parcel, () => ({
      result,
      host: last?.host,
      attempts: [...parcel.history, ...failures],
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
      result: { kind: 'dns', found: 'failed', text: failure.text },
      host: undefined,
      attempts: [failure],
      retryAtMs,
    }));
  }

  /** Its time was over before it could be tried; `lastFailure` of the destination is told where there is one. */
  ofExpired(parcel: Parcel, lastFailure: AttemptRecord | undefined): Conclusion {
    return this.#conclude(parcel, () => ({
      result: { kind: 'expired' },
      host: lastFailure?.host,
      attempts: lastFailure === undefined ? [] : [lastFailure],
      lastReply: lastFailure && wordsOf(lastFailure),
    }));
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
    return { settlements, notices: [], again: [], delivered: false, rateLimited: false };
  }

  /** True when it is given up instead of being tried. `failing`: its destination failed as a whole, and still does. */
  isGivenUp(parcel: Parcel, failing: boolean): boolean {
    const nowMs = this.#ports.clock.now();
    const { maxAgeMs } = this.#ports;
    if (nowMs < parcel.facts.expiresAtMs && nowMs < startedAtMs(parcel.facts) + maxAgeMs) return false;
    const attempts = Math.min(...parcel.deliveries.map((delivery) => delivery.attempts)) + (failing ? 1 : 0);
    return isGivenUp({ ...lifetimeOf(parcel.facts, maxAgeMs), attempts, nowMs });
  }

  #conclude(parcel: Parcel, tell: (index: number) => Told | undefined): Conclusion {
    const settlements: Settlement[] = [];
    const noticed = new Map<NonNullable<Outcome['dsn']>, NoticedRecipient[]>();
    const again: number[] = [];
    let delivered = false;
    let rateLimited = false;
    const nowMs = this.#ports.clock.now();
    for (const [index, delivery] of parcel.deliveries.entries()) {
      const told = tell(index);
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
          attempt: told.attempts.at(-1),
          maxAgeMs: this.#ports.maxAgeMs,
        });
        noticed.set(outcome.dsn, [...(noticed.get(outcome.dsn) ?? []), one]);
      }
    }
    const { facts, source } = parcel;
    const notices = [...noticed].flatMap(([outcome, recipients]) =>
      this.#ports.writeNotices({ facts, source, outcome, recipients }),
    );
    return { settlements, notices, again, delivered, rateLimited };
  }

  #decide(parcel: Parcel, delivery: ClaimedDelivery, told: Told): Decision {
    const { clock, random, rules, retryScheduleMs, maxAgeMs, unknownAddresses } = this.#ports;
    const { facts, destination } = parcel;
    const outcome = settleRecipient({
      result: told.result,
      host: told.host,
      state: delivery.state,
      attempts: delivery.attempts,
      nowMs: clock.now(),
      lifetime: lifetimeOf(facts, maxAgeMs),
      scheduleMs: retryScheduleMs,
      random: random.float(),
      destinationRetryAtMs: told.retryAtMs,
      lastReply: told.lastReply,
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

  /** Found out on this side, with a host at hand or not. */
  #local(parcel: Parcel, attempt: Attempt, what: { readonly status: string; readonly text: string }): Told {
    const record = { ...attemptRecord(attempt, undefined, 'policy', what.text), status: what.status };
    return {
      result: { kind: 'unsendable', status: what.status, text: what.text },
      host: attempt.remote.host,
      attempts: [...parcel.history, record],
    };
  }
}

function repliedResult({ reply, stage, sharedBy }: RecipientReply, othersTaken: boolean): RecipientResult {
  return { kind: 'replied', reply, stage, sharedBy, othersTaken: othersTaken && stage === 'rcpt' };
}

function connectionFailed(record: AttemptRecord | undefined): RecipientResult {
  const stage = record?.stage;
  return {
    kind: 'connection-failed',
    stage:
      stage === 'greeting' || stage === 'ehlo' || stage === 'starttls' || stage === 'policy'
        ? stage
        : 'connect',
    reply:
      record?.replyCode === undefined
        ? undefined
        : { code: record.replyCode, status: record.status, text: record.text },
    text: record?.text ?? 'no address to connect to',
  };
}

function wordsOf(record: AttemptRecord): string {
  return [record.replyCode, record.status, record.text].filter((part) => part !== undefined).join(' ');
}
