/** One recipient of a trace: each attempt, what the last reply means, what is waited for and what to do. */
import { attemptReply } from '../../api-json/message-json.ts';
import { visible } from '../../platform/visible-text.ts';
import { removalCommand } from '../../policy/suppression-removal.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { DeliveryView } from '../../store/views.ts';
import { stateLook } from '../output/paint.ts';
import { clockTime, counted, fullTime, span } from '../output/time-words.ts';
import { explainAttempt, failureWords, partiesOf, stateWords, waitingRemarks } from './delivery-words.ts';
import type { TraceFacts } from './trace-facts.ts';
import type { TracePage } from './trace-page.ts';

export function renderDelivery(delivery: DeliveryView, facts: TraceFacts, page: TracePage): void {
  const { paint } = page;
  const { sign, brush } = stateLook(delivery.state, paint);
  page.line(
    `${brush(sign)} ${paint.bold(visible(delivery.recipient))}  ${brush(stateWords(delivery, facts))}`,
  );
  const { triesLeftOut } = delivery;
  if (triesLeftOut !== undefined)
    page.paragraph(
      page.bar,
      `${counted(triesLeftOut, 'earlier attempt')} at ${delivery.destination} as a whole left out`,
    );
  for (const attempt of delivery.history ?? []) renderAttempt(attempt, delivery, facts, page);
  renderReports(delivery, facts, page);
  if (delivery.state === 'delivered' && isRelayed(delivery, facts))
    page.labelled('note', 'a smart host took it: what it could not deliver later comes back as a bounce');
  const explanation = failureWords(delivery, facts);
  if (explanation !== undefined) {
    page.labelled('means', explanation.meaning);
    page.labelled('do', explanation.action);
  }
  renderSuppression(delivery, facts, page);
  for (const remark of waitingRemarks(delivery, facts)) page.remark(remark);
}

function renderAttempt(
  attempt: AttemptRecord,
  delivery: DeliveryView,
  facts: TraceFacts,
  page: TracePage,
): void {
  const { paint } = page;
  const explained = explainAttempt(attempt, facts, partiesOf(delivery, facts));
  const brush =
    explained === undefined
      ? paint.good
      : attempt.replyCode !== undefined && attempt.replyCode >= 500
        ? paint.bad
        : paint.warn;
  const at = clockTime(attempt.atMs, facts.message.facts.acceptedAtMs);
  const indent = `${page.bar}${' '.repeat(at.length + 2)}`;
  page.paragraph(`${page.bar}${paint.dim(at)}  `, whereWords(attempt, delivery), undefined, indent);
  if (attempt.tlsFailure !== undefined)
    page.paragraph(indent, `not over TLS, which the host offers: ${attempt.tlsFailure}`, paint.warn);
  page.paragraph(indent, attemptReply(attempt), brush);
  if (explained !== undefined && attempt !== delivery.history?.at(-1)) {
    const { arrow } = paint.sign;
    const rest = indent + ' '.repeat(arrow.length + 1);
    page.paragraph(`${indent}${paint.dim(arrow)} `, explained.meaning, paint.dim, rest);
  }
}

/** It was not the recipient's server that answered. */
function isRelayed({ id }: DeliveryView, { events }: TraceFacts): boolean {
  return events.some(
    ({ deliveryId, type, data }) => deliveryId === id && type === 'delivered' && data['hop'] === 'relay',
  );
}

/** What came back later: `report from mx1.example.org`, and what it said. */
function renderReports(delivery: DeliveryView, facts: TraceFacts, page: TracePage): void {
  const { paint } = page;
  for (const { deliveryId, type, atMs, data } of facts.events) {
    if (deliveryId !== delivery.id || data['via'] !== 'report') continue;
    const { host, reply, feedback_type: feedbackType, meaning } = data;
    const at = clockTime(atMs, facts.message.facts.acceptedAtMs);
    const indent = `${page.bar}${' '.repeat(at.length + 2)}`;
    const from = typeof host === 'string' ? ` from ${host}` : '';
    const kind = typeof feedbackType === 'string' ? `feedback report (${feedbackType})` : 'report';
    page.paragraph(`${page.bar}${paint.dim(at)}  `, `${kind}${from}`, undefined, indent);
    const words = typeof reply === 'string' && reply !== '' ? reply : meaning;
    const brush = type === 'delivered' ? paint.good : type === 'deferred' ? paint.warn : paint.bad;
    if (typeof words === 'string') page.paragraph(indent, words, brush);
  }
}

/** `mx1.example.org [192.0.2.1], TLSv1.3 ..., 240 ms, by route smart` */
function whereWords(attempt: AttemptRecord, delivery: DeliveryView): string {
  const { route, source } = attempt;
  const way = [route && `by route ${route}`, source && `from source ${source}`].filter(isText);
  return [placeWords(attempt, delivery), ...way].join(', ');
}

function placeWords(
  { host, address, tls, stage, durationMs, localClass, route }: AttemptRecord,
  delivery: DeliveryView,
): string {
  const took = span(durationMs);
  const ours = localClass !== undefined && stage !== 'dns';
  if (host === undefined && (ours || (stage === 'policy' && route !== undefined)))
    return `this relay, ${took}`;
  if (host === undefined && address === undefined)
    return stage === 'dns' ? `DNS for ${delivery.destination}, ${took}` : `${delivery.destination}, ${took}`;
  const where = [host, address === undefined ? undefined : `[${address}]`].filter(isText).join(' ');
  const spoke = !['dns', 'connect', 'policy'].includes(stage);
  return [where, tls ?? (spoke ? 'in clear' : undefined), took].filter(isText).join(', ');
}

function renderSuppression(
  delivery: DeliveryView,
  { suppressions, events }: TraceFacts,
  page: TracePage,
): void {
  const isWithheld = events.some(
    ({ deliveryId, data }) => deliveryId === delivery.id && data['suppression_withheld'] === true,
  );
  if (isWithheld)
    page.labelled(
      'note',
      `the address was not suppressed: at that time ${delivery.destination} said of most addresses that they are unknown`,
    );
  const suppression = suppressions.get(delivery.recipient);
  if (suppression !== undefined) {
    const { address, reason, createdAtMs, accountName } = suppression;
    page.labelled('note', `${address} is on the suppression list since ${fullTime(createdAtMs)} (${reason})`);
    page.remark({
      label: 'undo',
      text: removalCommand(address, suppression, accountName),
      isCommand: true,
    });
  } else if (delivery.state === 'suppressed') {
    const event = events.findLast(
      ({ deliveryId, type }) => deliveryId === delivery.id && type === 'suppressed',
    );
    const reason = event?.data['reason'];
    const why = typeof reason === 'string' ? ` (${reason})` : '';
    page.labelled(
      'note',
      `it was on the suppression list then${why} and is not any more: send the message again`,
    );
  }
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}
