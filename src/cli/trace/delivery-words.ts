/**
 * What a delivery's state means in words: what happened, what is being waited for and until when, what to do. Pure;
 * the words are the same in the trace, in lists and after `send`.
 */
import { classify } from '../../policy/classify.ts';
import { makeReply } from '../../smtp/reply.ts';
import type { AttemptRecord, DeliveryView } from '../../store/records.ts';
import { clockTime, counted, fullTime, relative, span } from '../output/time-words.ts';
import type { TraceFacts } from './trace-facts.ts';

export interface Explanation {
  readonly meaning: string;
  readonly action: string;
}

/** After the recipient: `delivered 62 s after it was accepted, at the second attempt`. */
export function stateWords(delivery: DeliveryView, { message, nowMs }: TraceFacts): string {
  const { state, attempts, settledAtMs, claimed } = delivery;
  const tries = attempts === 0 ? 'no attempt yet' : `${counted(attempts, 'attempt')} so far`;
  const took = settledAtMs === undefined ? '' : ` after ${span(settledAtMs - message.facts.acceptedAtMs)}`;
  switch (state) {
    case 'delivered':
      return `delivered${took}${attempts > 1 ? `, at attempt ${attempts}` : ''}`;
    case 'bounced':
      return `bounced${took}${attempts > 1 ? `, at attempt ${attempts}` : ''}`;
    case 'expired':
      return `expired${took}, ${counted(attempts, 'attempt')}`;
    case 'suppressed':
      return 'suppressed: not mailed';
    case 'cancelled':
      return `cancelled${took}, ${tries}`;
    case 'held':
      return `held by an operator, ${tries}`;
    case 'scheduled':
      return `scheduled${whenDue(delivery, nowMs)}`;
    case 'queued':
      return claimed ? 'being tried at this moment' : `queued, ${tries}`;
    case 'deferred':
      return claimed ? `being tried again at this moment, ${tries}` : `deferred, ${tries}`;
  }
}

function whenDue({ nextAttemptAtMs }: DeliveryView, nowMs: number): string {
  return nextAttemptAtMs === undefined
    ? ''
    : ` for ${fullTime(nextAttemptAtMs)} (${relative(nextAttemptAtMs, nowMs)})`;
}

/** What a delivery that is not settled waits for, a sentence each; the nearest obstacle first. */
export function waitingWords(delivery: DeliveryView, facts: TraceFacts): readonly string[] {
  const { message, destinations, relayRuns, nowMs } = facts;
  if (delivery.state === 'held') return [`Let it go on: relayctl queue release ${delivery.id}`];
  if (!['scheduled', 'queued', 'deferred'].includes(delivery.state) || delivery.claimed) return [];
  const words: string[] = [];
  if (!relayRuns) words.push('relayd is not running: nothing is tried until it is started.');
  const destination = destinations.get(delivery.destination);
  const due = delivery.nextAttemptAtMs;
  if (destination?.suspended === true) {
    words.push(
      `${delivery.destination} is suspended by an operator; let it go on: relayctl destination resume ${delivery.destination}`,
    );
  } else if (
    destination?.blockedUntilMs !== undefined &&
    destination.blockedUntilMs > Math.max(nowMs, due ?? 0)
  ) {
    const until = destination.blockedUntilMs;
    words.push(
      `The next attempt is at ${clockTime(until, nowMs)} UTC (${relative(until, nowMs)}): ${delivery.destination} as a whole is waited for after ${counted(destination.failures, 'failure')}.`,
    );
  } else if (due !== undefined) {
    const when = due <= nowMs ? 'is due' : `is at ${clockTime(due, nowMs)} UTC (${relative(due, nowMs)})`;
    words.push(`The next attempt ${when}; sooner: relayctl queue retry ${delivery.id}`);
  }
  const expires = message.facts.expiresAtMs;
  words.push(`It is given up at ${fullTime(expires)} (${relative(expires, nowMs)}).`);
  return words;
}

/** What the failure that a delivery ended in, or waits after, means and asks for; `undefined` when there is none. */
export function failureWords(delivery: DeliveryView, facts: TraceFacts): Explanation | undefined {
  if (delivery.state === 'delivered') return undefined;
  const last = delivery.history?.at(-1);
  const told = facts.events.findLast(
    ({ deliveryId, data }) => deliveryId === delivery.id && typeof data['meaning'] === 'string',
  );
  // The event has the words of the moment; a later attempt without an event of its own is explained anew.
  if (told !== undefined && (last === undefined || told.atMs >= last.atMs)) {
    const { meaning, action } = told.data;
    if (typeof meaning === 'string' && typeof action === 'string') return { meaning, action };
  }
  return last === undefined ? undefined : explainAttempt(last, facts);
}

/** What one attempt's reply means; `undefined` when it succeeded. */
export function explainAttempt(
  attempt: AttemptRecord,
  { rules }: TraceFacts,
): (Explanation & { readonly class: string }) | undefined {
  const { replyCode, status, text, stage } = attempt;
  if (replyCode !== undefined && replyCode < 400 && stage === 'final') return undefined;
  const reply =
    replyCode === undefined
      ? undefined
      : makeReply(replyCode, [status === undefined ? text : `${status} ${text}`]);
  const { class: bounceClass, meaning, action } = classify({ reply, stage, text, status }, rules);
  return { class: bounceClass, meaning, action };
}
