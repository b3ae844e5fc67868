/**
 * What a delivery's state means in words: what happened, what is being waited for and until when, what to do. Pure;
 * the words are the same in the trace, in lists and after `send`.
 */
import { classify } from '../../policy/classify.ts';
import { LOCAL_EXPLANATIONS } from '../../policy/local-failures.ts';
import type { Parties } from '../../policy/named-party.ts';
import { makeReply } from '../../smtp/reply.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { DeliveryView, MessageView } from '../../store/views.ts';
import { subjectWords } from '../views/health-view.ts';
import { clockTime, counted, fullTime, relative, span } from '../output/time-words.ts';
import { isWaiting } from './trace-facts.ts';
import type { TraceFacts } from './trace-facts.ts';

/** An attempt that takes longer is worth a word. */
const HANGS_MS = 10_000;

export interface Explanation {
  readonly meaning: string;
  readonly action: string;
}

/** After the recipient: `delivered 62 s after it was accepted, at the second attempt`. */
export function stateWords(delivery: DeliveryView, { message, nowMs, relayRuns }: TraceFacts): string {
  const { state, attempts, settledAtMs } = delivery;
  const claimed = delivery.claimed && relayRuns;
  const tries = attempts === 0 ? 'no attempt yet' : `${counted(attempts, 'attempt')} so far`;
  const tookMs = settledAtMs === undefined ? 0 : settledAtMs - message.facts.acceptedAtMs;
  const took = tookMs < 1 ? '' : ` after ${span(tookMs)}`;
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
      return `held, ${tries}`;
    case 'scheduled':
      return `scheduled${whenDue(delivery, nowMs)}`;
    case 'queued':
      return claimed
        ? `being tried at this moment${waitedWords(delivery, message, nowMs)}`
        : `queued, ${tries}`;
    case 'deferred':
      return claimed ? `being tried again at this moment, ${tries}` : `deferred, ${tries}`;
  }
}

/** A host that hangs leaves nothing to see until its time is up: how long that may be so far. */
function waitedWords({ attempts }: DeliveryView, { facts }: MessageView, nowMs: number): string {
  const waitedMs = nowMs - Math.max(facts.acceptedAtMs, facts.sendAtMs ?? 0);
  return attempts > 0 || waitedMs < HANGS_MS
    ? ''
    : `, waits since ${fullTime(nowMs - waitedMs)} (${relative(nowMs - waitedMs, nowMs)})`;
}

function whenDue({ nextAttemptAtMs }: DeliveryView, nowMs: number): string {
  return nextAttemptAtMs === undefined
    ? ''
    : ` for ${fullTime(nextAttemptAtMs)} (${relative(nextAttemptAtMs, nowMs)})`;
}

/** A labelled line under a delivery. */
export interface Remark {
  readonly label: string;
  readonly text: string;
  /** `text` is something to type: it is never broken over lines. */
  readonly isCommand?: true;
}

/** What a delivery that is not settled waits for and how to hurry it; the nearest obstacle first. */
export function waitingRemarks(delivery: DeliveryView, facts: TraceFacts): readonly Remark[] {
  const { message, relayRuns, nowMs, health } = facts;
  const chosen = chosenRemarks(delivery);
  if (delivery.state === 'held') {
    const holds = health.filter(({ level }) => level === 'hold');
    return [
      ...chosen,
      ...holds.map((state): Remark => ({
        label: 'why',
        text: `${subjectWords(state)} is held: ${state.reason}`,
      })),
      ...routeHolds(delivery),
      command('let go', `queue release ${delivery.id}`),
    ];
  }
  // A claim of a relayd that is gone is free again at the next start.
  if (!isWaiting(delivery)) return [];
  if (delivery.claimed && relayRuns) return chosen;
  const remarks: Remark[] = [...chosen];
  if (!relayRuns)
    remarks.push({ label: 'waits', text: 'relayd is not running: nothing is tried until it is started' });
  remarks.push(...nextAttemptRemarks(delivery, facts));
  const expires = message.facts.expiresAtMs;
  remarks.push({
    label: 'until',
    text: `${fullTime(expires)} (${relative(expires, nowMs)}), then it expires`,
  });
  return remarks;
}

/** What an operator has chosen for it. */
function chosenRemarks({ reroute, wish }: DeliveryView): readonly Remark[] {
  const remarks: Remark[] = [];
  if (reroute !== undefined) remarks.push({ label: 'route', text: `${reroute}, chosen by an operator` });
  if (wish === 'hold' || wish === 'cancel')
    remarks.push({
      label: 'then',
      text: `${wish === 'hold' ? 'held' : 'cancelled'}, if this attempt does not end it`,
    });
  return remarks;
}

/** A route does, and not an operator by hand. */
function routeHolds({ history }: DeliveryView): readonly Remark[] {
  const last = history?.at(-1);
  if (last?.route === undefined || !isOfRoute(last)) return [];
  return [{ label: 'why', text: `the route ${last.route} holds it: ${last.text}` }];
}

/** What a route did with it here: no host was asked. */
function isOfRoute({ route, stage, host, replyCode, localClass }: AttemptRecord): boolean {
  const here = host === undefined && replyCode === undefined && localClass === undefined;
  return here && route !== undefined && stage === 'policy';
}

function nextAttemptRemarks(delivery: DeliveryView, { destinations, nowMs }: TraceFacts): readonly Remark[] {
  const destination = destinations.get(delivery.destination);
  const due = delivery.nextAttemptAtMs;
  if (destination?.suspended === true) {
    return [
      { label: 'waits', text: `${delivery.destination} is suspended by an operator` },
      command('let go', `destination resume ${delivery.destination}`),
    ];
  }
  const blockedUntilMs = destination?.blockedUntilMs;
  const sooner = command('sooner', `queue retry ${delivery.id}`);
  if (
    destination !== undefined &&
    blockedUntilMs !== undefined &&
    blockedUntilMs > Math.max(nowMs, due ?? 0)
  ) {
    if (delivery.history?.at(-1)?.localClass === 'local-dns')
      return [
        { label: 'next', text: `${whenWords(blockedUntilMs, nowMs)}: the trouble is this relay's own` },
        sooner,
      ];
    const why = `${delivery.destination} as a whole is left alone after ${counted(destination.failures, 'failure')}`;
    return [{ label: 'next', text: `${whenWords(blockedUntilMs, nowMs)}: ${why}` }, sooner];
  }
  if (due === undefined) return [];
  return due <= nowMs
    ? [{ label: 'next', text: 'due now' }]
    : [{ label: 'next', text: whenWords(due, nowMs) }, sooner];
}

function whenWords(atMs: number, nowMs: number): string {
  return `attempt at ${clockTime(atMs, nowMs)} UTC (${relative(atMs, nowMs)})`;
}

function command(label: string, words: string): Remark {
  return { label, text: `relayctl ${words}`, isCommand: true };
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
  return last === undefined ? undefined : explainAttempt(last, facts, partiesOf(delivery, facts));
}

/** Whose addresses the words of an attempt may name. */
export function partiesOf({ recipient }: DeliveryView, { message }: TraceFacts): Parties {
  return { recipients: [recipient], senders: [message.facts.reversePath] };
}

/** What one attempt's reply means; `undefined` when it succeeded. `parties` where it is one delivery's. */
export function explainAttempt(
  attempt: AttemptRecord,
  { rules }: Pick<TraceFacts, 'rules'>,
  parties?: Parties,
): (Explanation & { readonly class: string }) | undefined {
  const { replyCode, status, text, stage, localClass } = attempt;
  if (localClass !== undefined) return { class: localClass, ...LOCAL_EXPLANATIONS[localClass] };
  if (isOfRoute(attempt)) return undefined;
  if (replyCode !== undefined && replyCode < 400 && stage === 'final') return undefined;
  const reply =
    replyCode === undefined
      ? undefined
      : makeReply(replyCode, [status === undefined ? text : `${status} ${text}`]);
  const { class: bounceClass, meaning, action } = classify({ reply, stage, text, status, parties }, rules);
  return { class: bounceClass, meaning, action };
}
