/**
 * The trace of a message as a page to read at night: how it came in, then each recipient with every attempt, what
 * the last word means, what is waited for and what to do. The same facts as `message show --json`, in order of time.
 */
import type { AttemptRecord, Credential } from '../../store/records.ts';
import type { DeliveryView } from '../../store/views.ts';
import { SEND_NAME_PREFIX } from '../../admin/send-login.ts';
import { attemptReply } from '../../api-json/message-json.ts';
import { wrap } from '../output/display-width.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from '../output/paint.ts';
import { stateLook } from '../output/paint.ts';
import { clockTime, counted, fullTime, relative, sizeWords, span } from '../output/time-words.ts';
import { shellWord } from '../../platform/shell-word.ts';
import type { ReceivedView } from './received-facts.ts';
import { acceptedRemarks } from './accepted-remarks.ts';
import { explainAttempt, failureWords, stateWords, waitingRemarks } from './delivery-words.ts';
import type { Remark } from './delivery-words.ts';
import type { TraceFacts } from './trace-facts.ts';

const WIDTH_WITHOUT_TERMINAL = 100;
const MAX_WIDTH = 110;
/** Columns of the labels `means` and `do`. */
const LABEL = 8;

export interface TraceLook {
  readonly paint: Paint;
  readonly columns: number | undefined;
}

/** Ends with a line end. */
export function renderTrace(facts: TraceFacts, look: TraceLook): string {
  const page = new Page(look);
  renderHead(facts, page);
  renderSubmission(facts, page);
  for (const delivery of facts.message.deliveries) {
    page.blank();
    renderDelivery(delivery, facts, page);
  }
  return page.text;
}

function renderHead({ message }: TraceFacts, page: Page): void {
  const { facts, accountName } = message;
  const { paint } = page;
  page.line(paint.bold(facts.id));
  page.paragraph('  ', facts.subject === undefined ? '(no subject)' : facts.subject);
  const returns =
    facts.reversePath === ''
      ? 'null reverse-path'
      : facts.reversePath === facts.headerFrom
        ? undefined
        : `reverse-path ${facts.reversePath}`;
  page.paragraph('  ', ['from ' + facts.headerFrom, returns].filter(isText).join(', '), paint.dim);
  const tags = facts.tags.length === 0 ? undefined : `tags ${facts.tags.join(', ')}`;
  const about = [sizeWords(facts.sizeBytes), `stream ${facts.stream}`, tags, `account ${accountName}`];
  page.paragraph('  ', about.filter(isText).join(', '), paint.dim);
}

function renderSubmission(traceFacts: TraceFacts, page: Page): void {
  const { message, credential, received, nowMs } = traceFacts;
  const { facts, deliveries, hasContent } = message;
  const { paint } = page;
  const when = `${fullTime(facts.acceptedAtMs)} (${relative(facts.acceptedAtMs, nowMs)})`;
  page.blank();
  page.line(`${paint.good(paint.sign.good)} ${paint.bold('accepted')} ${when}`);
  const hop = (text: string) => page.paragraph(page.bar, text);
  if (facts.via === 'dsn') {
    hop('written by the relay itself: a report about a message that could not be delivered');
  } else {
    const local = isLocal(traceFacts);
    hop(
      `handed in ${credentialWords(traceFacts)}${facts.via === 'http' && !local ? ' by the HTTP API' : ''}`,
    );
    if (received !== undefined && !local) {
      const tls = received.tls === undefined ? 'in clear' : `over ${received.tls}`;
      hop(`by ${clientWords(received)}${received.protocol} ${tls}`);
    }
    if (credential?.revokedAtMs !== undefined && !isOfSend(credential)) hop('that credential is revoked now');
  }
  for (const words of acceptedRemarks(traceFacts)) hop(words);
  hop(`for ${counted(deliveries.length, 'recipient')}, stored durably before it was answered 250`);
  if (!hasContent) hop('its content has been removed since (retention.content)');
}

/** `web1.example.net [192.0.2.7], `; nothing where the relay was told not to write it down. */
function clientWords({ helo, address }: ReceivedView): string {
  const name = helo === 'unknown' ? undefined : helo;
  const words = [name, address === undefined ? undefined : `[${address}]`].filter(isText).join(' ');
  return words === '' ? '' : `${words}, `;
}

function credentialWords({ credential, message }: TraceFacts): string {
  const { credentialId } = message.facts;
  if (credential === undefined)
    return credentialId === undefined ? 'by SMTP' : `with credential ${credentialId}`;
  if (isOfSend(credential)) return 'by relayctl send';
  const { kind, name, username, networks } = credential;
  if (kind === 'network')
    return `without a login, allowed by network credential ${name} (${networks.join(', ')})`;
  const user = username === undefined || username === name ? '' : `, user ${username}`;
  return `with credential ${name} (${kind}${user})`;
}

function renderDelivery(delivery: DeliveryView, facts: TraceFacts, page: Page): void {
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
  const explanation = failureWords(delivery, facts);
  if (explanation !== undefined) {
    page.labelled('means', explanation.meaning);
    page.labelled('do', explanation.action);
  }
  renderSuppression(delivery, facts, page);
  for (const remark of waitingRemarks(delivery, facts)) page.remark(remark);
}

function renderAttempt(attempt: AttemptRecord, delivery: DeliveryView, facts: TraceFacts, page: Page): void {
  const { paint } = page;
  const explained = explainAttempt(attempt, facts);
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

/** What came back later: `report from mx1.example.org`, and what it said. */
function renderReports(delivery: DeliveryView, facts: TraceFacts, page: Page): void {
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

/** `mx1.example.org [192.0.2.1], TLSv1.3 ..., 240 ms` */
function whereWords(
  { host, address, tls, stage, durationMs, localClass }: AttemptRecord,
  delivery: DeliveryView,
): string {
  const took = span(durationMs);
  if (localClass !== undefined && stage !== 'dns') return `this relay, ${took}`;
  if (host === undefined && address === undefined)
    return stage === 'dns' ? `DNS for ${delivery.destination}, ${took}` : `${delivery.destination}, ${took}`;
  const where = [host, address === undefined ? undefined : `[${address}]`].filter(isText).join(' ');
  const spoke = !['dns', 'connect', 'policy'].includes(stage);
  return [where, tls ?? (spoke ? 'in clear' : undefined), took].filter(isText).join(', ');
}

function renderSuppression(delivery: DeliveryView, { suppressions, events }: TraceFacts, page: Page): void {
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
    const { address, reason, createdAtMs, scope } = suppression;
    const stream = scope === '' ? '' : ` --stream ${scope}`;
    page.labelled('note', `${address} is on the suppression list since ${fullTime(createdAtMs)} (${reason})`);
    page.remark({
      label: 'undo',
      text: `relayctl suppression remove ${shellWord(address)}${stream}`,
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

/** By the control socket: what `relayctl send` hands in otherwise comes by SMTP. */
function isLocal({ credential, message }: TraceFacts): boolean {
  return message.facts.via === 'http' && credential !== undefined && isOfSend(credential);
}

function isOfSend({ name }: Credential): boolean {
  return name.startsWith(SEND_NAME_PREFIX);
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

/** Lines within the width of the terminal, with everything from outside made harmless. */
class Page {
  text = '';
  readonly paint: Paint;
  readonly #width: number;

  constructor({ paint, columns }: TraceLook) {
    this.paint = paint;
    this.#width = Math.min(columns ?? WIDTH_WITHOUT_TERMINAL, MAX_WIDTH);
  }

  /** Stands before everything that belongs to a hop. */
  get bar(): string {
    return `  ${this.paint.dim(this.paint.sign.bar)} `;
  }

  blank(): void {
    this.text += '\n';
  }

  line(text: string): void {
    this.text += `${text}\n`;
  }

  /** `first` stands before the first line, `rest` before those after it. */
  paragraph(first: string, text: string, brush?: (text: string) => string, rest: string = first): void {
    const width = this.#width - visibleLength(first);
    for (const [index, line] of wrap(visible(text), width).entries())
      this.line((index === 0 ? first : rest) + (brush === undefined ? line : brush(line)));
  }

  remark({ label, text, isCommand }: Remark): void {
    if (isCommand) this.line(`  ${this.paint.name(label.padEnd(LABEL))}${visible(text)}`);
    else this.labelled(label, text);
  }

  labelled(label: string, text: string): void {
    this.paragraph(`  ${this.paint.name(label.padEnd(LABEL))}`, text, undefined, ' '.repeat(LABEL + 2));
  }
}

function visibleLength(text: string): number {
  return text.replace(/\x1b\[[0-9;]*m/g, '').length;
}
