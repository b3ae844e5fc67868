/**
 * What the trace of a message says, in the reader's language and the order of `relayctl message trace`: each delivery's state,
 * every attempt, reports that came later, what the last word means and what is waited for. Pure.
 */
import type { Attempt, Delivery, MailEvent, MessageWithEvents } from '../api/answers.ts';
import { isWaiting } from '../pure/delivery-states.ts';
import { exactTime, relativeTime, span } from '../pure/format.ts';
import type { Text } from '../text/en.ts';

export interface TraceReader {
  readonly words: Text['trace'];
  readonly language: string;
  readonly nowMs: number;
}

/** After the recipient: `delivered after 62 s, at attempt 2`. */
export function stateWords(delivery: Delivery, message: MessageWithEvents, reader: TraceReader): string {
  const { words } = reader;
  const { state, attempts, settled_at: settled, in_progress: isTried } = delivery;
  const tookMs = settled === null ? 0 : Date.parse(settled) - Date.parse(message.accepted_at);
  const took = tookMs < 1 ? '' : words.after(span(tookMs));
  const at = attempts > 1 ? words.atAttempt(attempts) : '';
  const tries = words.attempts(attempts);
  switch (state) {
    case 'delivered':
    case 'bounced':
      return `${words[state]}${took}${at}`;
    case 'expired':
      return `${words.expired}${took}, ${words.attemptsMade(attempts)}`;
    case 'suppressed':
      return words.suppressed;
    case 'cancelled':
      return `${words.cancelled}${took}, ${tries}`;
    case 'held':
      return `${words.held}, ${tries}`;
    case 'scheduled':
      return delivery.next_attempt_at === null
        ? words.scheduled
        : words.scheduledFor(whenWords(delivery.next_attempt_at, reader));
    case 'queued':
      return isTried ? words.trying : `${words.queued}, ${tries}`;
    case 'deferred':
      return isTried ? `${words.tryingAgain}, ${tries}` : `${words.deferred}, ${tries}`;
  }
}

function whenWords(iso: string, { language, nowMs }: TraceReader): string {
  return `${exactTime(iso)} (${relativeTime(iso, nowMs, language)})`;
}

/** `mx1.example.org [192.0.2.1], TLSv1.3 …, 240 ms, by route smart` */
export function whereWords(attempt: Attempt, delivery: Delivery, words: Text['trace']): string {
  const { route, source } = attempt;
  return [
    placeWords(attempt, delivery, words),
    route === null ? '' : words.byRoute(route),
    source === null ? '' : words.fromSource(source),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function placeWords(attempt: Attempt, { destination }: Delivery, words: Text['trace']): string {
  const { host, address, tls, stage, local_class: localClass, route } = attempt;
  const took = span(attempt.duration_ms);
  const isOurs = localClass !== null && stage !== 'dns';
  if (host === null && (isOurs || (stage === 'policy' && route !== null)))
    return `${words.thisRelay}, ${took}`;
  if (host === null && address === null)
    return `${stage === 'dns' ? words.dnsFor(destination) : destination}, ${took}`;
  const where = [host ?? '', address === null ? '' : `[${address}]`].filter((part) => part !== '').join(' ');
  const spoke = !['dns', 'connect', 'policy'].includes(stage);
  return [where, tls ?? (spoke ? words.inClear : ''), took].filter((part) => part !== '').join(', ');
}

export type Tone = 'good' | 'warn' | 'bad';

export function toneOfAttempt({ reply_code: code, stage, local_class: localClass }: Attempt): Tone {
  if (localClass === null && code !== null && code < 400 && stage === 'final') return 'good';
  return code !== null && code >= 500 ? 'bad' : 'warn';
}

/** The meaning and remedy of what a delivery ended in, or waits after; `undefined` where there is none. */
export function failureWordsOf(
  delivery: Delivery,
  events: readonly MailEvent[],
): { readonly meaning: string; readonly action: string } | undefined {
  if (delivery.state === 'delivered') return undefined;
  const told = events.findLast(
    (event) => event.delivery_id === delivery.id && typeof event['meaning'] === 'string',
  );
  if (told === undefined) return undefined;
  return { meaning: textOf(told, 'meaning'), action: textOf(told, 'action') };
}

export interface ReportWords {
  readonly id: string;
  readonly at: string;
  /** `report from mx1.example.org` */
  readonly what: string;
  readonly said: string;
  readonly tone: Tone;
}

/** What came back about a delivery later. */
export function reportsOf(
  delivery: Delivery,
  events: readonly MailEvent[],
  words: Text['trace'],
): readonly ReportWords[] {
  return events
    .filter((event) => event.delivery_id === delivery.id && event['via'] === 'report')
    .map((event) => {
      const kind = textOf(event, 'feedback_type');
      const host = textOf(event, 'host');
      const what = kind === '' ? words.report : words.feedback(kind);
      return {
        id: event.id,
        at: event.timestamp,
        what: host === '' ? what : words.reportFrom(what, host),
        said: textOf(event, 'reply') || textOf(event, 'meaning'),
        tone: event.event === 'delivered' ? 'good' : event.event === 'deferred' ? 'warn' : 'bad',
      };
    });
}

/** Lines under a delivery: a name from `words` and what it says. */
export function remarksOf(
  delivery: Delivery,
  message: MessageWithEvents,
  reader: TraceReader,
): readonly (readonly [name: string, value: string])[] {
  const { words, nowMs } = reader;
  const remarks: [string, string][] = [];
  const own = message.events.filter(({ delivery_id: id }) => id === delivery.id);
  if (delivery.state === 'delivered' && own.some((event) => event['hop'] === 'relay'))
    remarks.push([words.note, words.smartHost]);
  if (own.some((event) => event['suppression_withheld'] === true))
    remarks.push([words.note, words.withheld(delivery.destination)]);
  if (delivery.state === 'suppressed') {
    const event = own.findLast(({ event: type }) => type === 'suppressed');
    const reason = event === undefined ? '' : textOf(event, 'reason');
    if (reason !== '') remarks.push([words.note, words.wasSuppressed(reason)]);
  }
  if (!isWaiting(delivery.state) || delivery.in_progress) return remarks;
  const due = delivery.next_attempt_at;
  if (due !== null)
    remarks.push([
      words.next,
      Date.parse(due) <= nowMs ? words.due : words.nextAttempt(whenWords(due, reader)),
    ]);
  if (message.expires_at !== null)
    remarks.push([words.until, words.thenExpires(whenWords(message.expires_at, reader))]);
  return remarks;
}

/** What its own `accepted` event says of a message. */
export function acceptedRemarks(events: readonly MailEvent[], words: Text['trace']): readonly string[] {
  const accepted = events.find(({ event }) => event === 'accepted');
  if (accepted === undefined) return [];
  const octets = accepted['longest_line_octets'];
  const from = textOf(accepted, 'original_from');
  return [
    ...(from === '' ? [] : [words.rewrittenFrom(from)]),
    ...(typeof octets === 'number' ? [words.longLine(octets)] : []),
  ];
}

/** The text under a key that only some events have; empty where this one has it not. */
export function textOf(event: MailEvent, key: string): string {
  const value = event[key];
  return typeof value === 'string' ? value : '';
}
