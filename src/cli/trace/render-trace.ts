/**
 * The trace of a message as a page to read at night: how it came in, then each recipient with every attempt, what
 * the last word means, what is waited for and what to do. The same facts as `message show --json`, in order of time.
 */
import type { Credential } from '../../store/directory-records.ts';
import { OPERATOR_ACCOUNT } from '../../store/operator-account.ts';
import { counted, fullTime, relative, sizeWords } from '../output/time-words.ts';
import { SEND_NAME_PREFIX } from '../../admin/credentials/send-login.ts';
import type { ReceivedView } from './received-facts.ts';
import { acceptedRemarks } from './accepted-remarks.ts';
import { renderDelivery } from './render-delivery.ts';
import type { TraceFacts } from './trace-facts.ts';
import { TracePage, type TraceLook } from './trace-page.ts';

/** Ends with a line end. */
export function renderTrace(facts: TraceFacts, look: TraceLook): string {
  const page = new TracePage(look);
  renderHead(facts, page);
  renderSubmission(facts, page);
  for (const delivery of facts.message.deliveries) {
    page.blank();
    renderDelivery(delivery, facts, page);
  }
  return page.text;
}

function renderHead({ message }: TraceFacts, page: TracePage): void {
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

function renderSubmission(traceFacts: TraceFacts, page: TracePage): void {
  const { message, credential, received, nowMs } = traceFacts;
  const { facts, deliveries, hasContent } = message;
  const { paint } = page;
  const when = `${fullTime(facts.acceptedAtMs)} (${relative(facts.acceptedAtMs, nowMs)})`;
  page.blank();
  page.line(`${paint.good(paint.sign.good)} ${paint.bold('accepted')} ${when}`);
  const hop = (text: string) => page.paragraph(page.bar, text);
  if (facts.via === 'dsn') {
    const what =
      facts.accountId === OPERATOR_ACCOUNT.id
        ? 'a notice or summary for the operator'
        : 'a report about a message that could not be delivered';
    hop(`written by the relay itself: ${what}`);
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
