/**
 * The part of a DSN that a person reads: what happened, to whom, what the server said, what to do. Written
 * for somebody who does not know what SMTP is; the codes stand in it for the one who helps them.
 */
import { formatDateTime } from '../../message/date-time.ts';
import type { DsnRecipient, DsnOutcome, OriginalMessage } from './dsn-facts.ts';
import { clip, singleSpaced, wrapText } from './mime-text.ts';

const CRLF = '\r\n';
/** Longer replies are cut here; the machine part has all of it. */
const MAX_REPLY_OCTETS = 300;
const MAX_SUBJECT_OCTETS = 200;

export function humanPart(
  original: OriginalMessage,
  outcome: DsnOutcome,
  recipients: readonly DsnRecipient[],
  reportingMta: string,
): string {
  const whom = recipients.length === 1 ? 'this recipient' : `these ${recipients.length} recipients`;
  const about = [
    ...(original.subject === undefined
      ? []
      : [wrapText(`Subject: ${clip(singleSpaced(original.subject), MAX_SUBJECT_OCTETS)}`, '  ')]),
    `  Sent: ${formatDateTime(original.acceptedAtMs)}`,
    `  Message: ${original.id}`,
  ];
  return [
    wrapText(FIRST_WORDS[outcome](whom), ''),
    about.join(CRLF),
    ...recipients.map((one) => describe(one, outcome)),
    wrapText(
      `This notice was written by the mail server ${reportingMta}. If you need help, give its operator the message id above.`,
      '',
    ),
    '',
  ].join(CRLF + CRLF);
}

function describe(one: DsnRecipient, outcome: DsnOutcome): string {
  const speaker = one.remoteHost === undefined ? 'The receiving server' : `The server ${one.remoteHost}`;
  const reply = clip(singleSpaced(one.reply), MAX_REPLY_OCTETS);
  const said = one.replied ? `${speaker} said: ${reply}` : `In detail: ${reply} (${one.status})`;
  const unfinished = outcome === 'failed' || outcome === 'delayed';
  return [
    one.recipient,
    ...(unfinished ? [wrapText(`What happened: ${one.meaning}`, '  ')] : []),
    wrapText(said, '  '),
    ...(one.willRetryUntilMs === undefined
      ? []
      : [wrapText(`Tried again until: ${formatDateTime(one.willRetryUntilMs)}`, '  ')]),
    ...(unfinished ? [wrapText(`What to do: ${one.action}`, '  ')] : []),
  ].join(CRLF);
}

const FIRST_WORDS: Readonly<Record<DsnOutcome, (whom: string) => string>> = {
  failed: (whom) => `Your message could not be delivered to ${whom}. No further attempt is made.`,
  delayed: (whom) =>
    `Your message could not be delivered to ${whom} yet. It is tried again by itself; you need not send it again.`,
  delivered: (whom) => `Your message was delivered to ${whom}, as you asked to be told.`,
  relayed: (whom) =>
    `Your message was handed to the mail server of ${whom}. That server sends no notices of success, so nothing more will be heard unless delivery fails there.`,
  expanded: (whom) => `Your message reached ${whom}, a mailing list, and was sent on to its members.`,
};

const SUBJECTS: Readonly<Record<DsnOutcome, string>> = {
  failed: 'Not delivered',
  delayed: 'Delayed',
  delivered: 'Delivered',
  relayed: 'Relayed',
  expanded: 'Delivered',
};

/** Says it in one line: `Not delivered to user@example.org (5.1.1)`. */
export function dsnSubject(outcome: DsnOutcome, recipients: readonly DsnRecipient[]): string {
  const what = SUBJECTS[outcome];
  const first = recipients[0];
  if (first === undefined) return what;
  const more = recipients.length > 1 ? ` and ${recipients.length - 1} more` : '';
  const whom = outcome === 'delayed' ? `: ${first.recipient}` : ` to ${first.recipient}`;
  return `${what}${whom} (${first.status})${more}`;
}
