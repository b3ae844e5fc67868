/**
 * What each state that an attempt can lead to brings with it: the event and its data, the next attempt, the DSN, and
 * whether it counts. Which of them it is, outcome.ts decides.
 */
import { formatReply, type Reply } from '../smtp/reply.ts';
import { clipReply, expiredFailure, rejectedHere, type Failure } from './failure.ts';
import { delayDsn, failureDsn, successDsn, tellsAtMs } from './dsn-due.ts';
import type { Outcome, OutcomeEventData, OutcomeFacts } from './outcome-facts.ts';
import { giveUpAtMs, nextAttempt } from './retry.ts';
import { retryAfterMs } from './shaping/retry-after.ts';

const NOTHING = {
  nextAttemptAtMs: undefined,
  failure: undefined,
  suppress: undefined,
  dsn: undefined,
  countsAsAttempt: false,
  blocksDestination: false,
} as const;

export function delivered(facts: OutcomeFacts, reply: Reply): Outcome {
  return {
    ...NOTHING,
    state: 'delivered',
    eventType: 'delivered',
    eventData: {
      reply: clipReply(formatReply(reply)),
      status: reply.status ?? '2.0.0',
      class: 'delivered',
      ...hostOf(facts),
      attempts: toldAttempts(facts, 1),
    },
    dsn: successDsn(facts),
    countsAsAttempt: true,
  };
}

export function bounced(facts: OutcomeFacts, failure: Failure, suppress: Outcome['suppress']): Outcome {
  return {
    ...NOTHING,
    state: 'bounced',
    eventType: 'bounced',
    eventData: { via: 'reply', ...failureData(facts, failure), attempts: toldAttempts(facts, 1) },
    failure,
    suppress,
    dsn: failureDsn(facts),
    countsAsAttempt: true,
  };
}

/** By a route of this relay: no remote was asked, so it says nothing of recipient or sender. */
export function rejected(facts: OutcomeFacts, text: string): Outcome {
  const outcome = bounced(facts, rejectedHere(text), undefined);
  return { ...outcome, eventData: { ...outcome.eventData, via: 'route' } };
}

export function deferred(facts: OutcomeFacts, failure: Failure): Outcome {
  const attempts = facts.attempts + 1;
  const next = nextAttempt({
    ...facts.lifetime,
    attempts,
    nowMs: facts.nowMs,
    scheduleMs: facts.scheduleMs,
    random: facts.random,
    leastWaitMs: askedToWaitMs(facts),
  });
  if (next.kind === 'expired') return { ...expired(facts, failure, 1), countsAsAttempt: true };
  const atMs = noLaterThanTold(facts, next.atMs);
  return {
    ...NOTHING,
    state: 'deferred',
    nextAttemptAtMs: atMs,
    eventType: 'deferred',
    eventData: {
      ...failureData(facts, failure),
      attempts: toldAttempts(facts, 1),
      next_attempt_at: isoTime(atMs),
    },
    failure,
    dsn: delayDsn(facts),
    countsAsAttempt: true,
  };
}

/** The destination failed: the delivery waits for it without moving on in its own schedule. */
export function blocked(facts: OutcomeFacts, failure: Failure): Outcome {
  if (facts.destinationRetryAtMs === undefined)
    return { ...deferred(facts, failure), blocksDestination: true };
  const endMs = giveUpAtMs(facts.lifetime);
  if (facts.nowMs >= endMs) return { ...expired(facts, failure, 0), blocksDestination: true };
  // Due again at its end at the latest, so that it is settled as expired then and not a back-off later.
  const atMs = Math.min(facts.destinationRetryAtMs, endMs);
  return {
    ...NOTHING,
    state: 'deferred',
    nextAttemptAtMs: atMs,
    eventType: facts.state === 'deferred' ? undefined : 'deferred',
    eventData: {
      ...failureData(facts, failure),
      attempts: toldAttempts(facts, 0),
      next_attempt_at: isoTime(atMs),
    },
    failure,
    dsn: delayDsn(facts),
    blocksDestination: true,
  };
}

/** `triedNow`: tries that its words rest on and that were not counted before. */
export function expired(facts: OutcomeFacts, last: Failure | undefined, triedNow: number): Outcome {
  const failure = expiredFailure(last, endsByDeadline(facts) ? DEADLINE_STATUS : undefined);
  return {
    ...NOTHING,
    state: 'expired',
    eventType: 'expired',
    eventData: {
      ...failureData(facts, failure),
      ...(failure.lastClass === undefined ? {} : { last_class: failure.lastClass }),
      attempts: toldAttempts(facts, triedNow),
    },
    failure,
    dsn: failureDsn(facts),
  };
}

/** The transaction took others: it goes on at once, and nothing is told. */
export function queuedAgain({ nowMs }: OutcomeFacts): Outcome {
  return { ...NOTHING, state: 'queued', nextAttemptAtMs: nowMs, eventType: undefined, eventData: {} };
}

export function suppressed(reason: string): Outcome {
  return { ...NOTHING, state: 'suppressed', eventType: 'suppressed', eventData: { reason } };
}

/** RFC 2852 §4.1: the time that the sender has set is over. */
const DEADLINE_STATUS = '5.4.7';

function endsByDeadline({ deliverBy, lifetime }: OutcomeFacts): boolean {
  return deliverBy?.mode === 'return' && giveUpAtMs(lifetime) >= deliverBy.atMs;
}

/** A try when the sender wants to be told of the delay: it may be the one that makes the DSN superfluous. */
function noLaterThanTold(facts: OutcomeFacts, atMs: number): number {
  const tellMs = tellsAtMs(facts);
  return tellMs === undefined || tellMs <= facts.nowMs ? atMs : Math.min(atMs, Math.round(tellMs));
}

/** Of the delivery and of its destination, as a person counts them. */
function toldAttempts({ attempts, destinationTries = 0 }: OutcomeFacts, triedNow: number): number {
  return attempts + destinationTries + triedNow;
}

function failureData(facts: OutcomeFacts, failure: Failure): OutcomeEventData {
  return {
    reply: failure.reply,
    status: failure.status,
    class: failure.class,
    hard: failure.hard,
    meaning: failure.meaning,
    action: failure.action,
    ...hostOf(facts),
  };
}

/** By what a remote said in a temporary refusal; `undefined`: it named no time. */
function askedToWaitMs({ result }: OutcomeFacts): number | undefined {
  if (!('reply' in result) || result.reply === undefined) return undefined;
  const { code, text } = result.reply;
  return code >= 400 && code < 500 ? retryAfterMs(text) : undefined;
}

function hostOf(facts: OutcomeFacts): OutcomeEventData {
  return facts.host === undefined ? {} : { host: facts.host };
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
