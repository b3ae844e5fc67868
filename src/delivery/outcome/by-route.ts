/**
 * What a route adds to the outcome of an entry: the names that its event carries, what a smart host's answer means to us, and the
 * outcomes of mail that a route keeps from leaving at all. Facts in, data out.
 */
import type { Classification } from '../../policy/classify.ts';
import { refusedWay, relayFailure } from '../../policy/egress/refused-way.ts';
import type { Outcome } from '../../policy/outcome-facts.ts';
import { formatReply } from '../../smtp/reply.ts';
import type { AttemptRecord, Settlement } from '../../store/delivery-records.ts';
import { recordWithoutHost } from '../attempt/attempt.ts';
import type { RecipientAttempt } from '../attempt/recipient-attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { DIRECT, namesOf, type Egress } from '../route/egress.ts';
import type { AttemptOutcome, WayRefusal } from './attempt-outcome.ts';

/** The event says which way it was; `hop`: the recipient's server did not answer, a smart host did. */
export function leftBy(egress: Egress, outcome: Outcome): Outcome {
  if (egress === DIRECT || outcome.eventType === undefined) return outcome;
  const { route, source } = namesOf(egress);
  const relayed = outcome.state === 'delivered' && egress.smartHost !== undefined;
  return {
    ...outcome,
    eventData: {
      ...outcome.eventData,
      ...(route !== undefined && { route }),
      // `source` is taken: who verified a report.
      ...(source !== undefined && { sent_from: source }),
      ...(relayed && { hop: 'relay' }),
    },
  };
}

/** What of `tried` speaks of the way that the mail took; `undefined`: nothing. */
export function refusalIn(
  { result, records }: RecipientAttempt,
  classification: Classification | undefined,
  { smartHost }: Egress,
): WayRefusal | undefined {
  if (result.kind !== 'replied' && result.kind !== 'lost') return undefined;
  const { reply, stage } = result;
  const record = records.at(-1);
  if (reply === undefined || record === undefined || classification === undefined) return undefined;
  const { class: found } = classification;
  const cause = refusedWay({ reply, stage, class: found, relay: smartHost !== undefined });
  return cause && { cause, record, class: found };
}

/** A smart host is ours: that it does not relay for us, or breaks the connection, is our failure and nobody's bounce. */
export function ofSmartHost(tried: RecipientAttempt, refusal: WayRefusal | undefined): RecipientAttempt {
  const { result } = tried;
  if (refusal !== undefined && result.kind === 'replied') {
    const localClass = relayFailure('auth');
    const text = formatReply(result.reply);
    return { ...withClass(tried, localClass), result: { kind: 'local', localClass, text } };
  }
  if (result.kind !== 'lost' || result.reply !== undefined || result.localClass !== undefined) return tried;
  const localClass = relayFailure(result.stage);
  return { ...withClass(tried, localClass), result: { ...result, localClass } };
}

function withClass(
  tried: RecipientAttempt,
  localClass: NonNullable<AttemptRecord['localClass']>,
): RecipientAttempt {
  const records = tried.records.map((record, at) =>
    at === tried.records.length - 1 ? { ...record, localClass } : record,
  );
  return { ...tried, host: undefined, records };
}

/** How the trace tells what a route did. */
export function recordOfRoute(
  atMs: number,
  route: string,
  status: string | undefined,
  text: string,
): AttemptRecord {
  return { ...recordWithoutHost({ atMs, durationMs: 0, stage: 'policy', status, text }), route };
}

/** It waits for an operator. There is no event: nothing has become of it. */
export function heldByRoute(entry: QueueEntry, reason: string, nowMs: number): AttemptOutcome {
  const { route } = entry.egress;
  const record = recordOfRoute(nowMs, route, undefined, reason);
  return ended(entry, () => ({
    state: 'held',
    attempts: [record],
    event: undefined,
    heldBy: route,
  }));
}

/** It ends here, and nobody is told but by its event. */
export function discardedByRoute(entry: QueueEntry, reason: string, nowMs: number): AttemptOutcome {
  const { route } = entry.egress;
  return ended(entry, () => ({
    state: 'cancelled',
    attempts: [recordOfRoute(nowMs, route, undefined, reason)],
    event: { type: 'cancelled', atMs: nowMs, data: { reason, route } },
  }));
}

type Ending = Pick<Settlement, 'state' | 'attempts' | 'event' | 'heldBy'>;

function ended(entry: QueueEntry, endingOf: () => Ending): AttemptOutcome {
  return {
    settlements: entry.deliveries.map(({ deliveryId, fence }) => ({
      ...endingOf(),
      deliveryId,
      fence,
      nextAttemptAtMs: undefined,
      suppression: undefined,
      countsAsAttempt: false,
    })),
    dsns: [],
    again: [],
    onward: new Map(),
    delivered: false,
    rateLimited: false,
  };
}
