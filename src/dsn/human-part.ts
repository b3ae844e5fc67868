/**
 * The part of a failure report that a person reads: what happened, to whom, what the server said, what to do. Written
 * for somebody who does not know what SMTP is; the codes stand in it for the one who helps them.
 */
import { formatDateTime } from '../message/date-time.ts';
import type { FailedRecipient, OriginalMessage } from './failure.ts';
import { clip, oneLine, wrapText } from './mime-text.ts';

const CRLF = '\r\n';
/** Longer replies are cut here; the machine part has all of it. */
const MAX_REPLY_OCTETS = 300;
const MAX_SUBJECT_OCTETS = 200;

export function humanPart(
  original: OriginalMessage,
  failed: readonly FailedRecipient[],
  reportingMta: string,
): string {
  const whom = failed.length === 1 ? 'this recipient' : `these ${failed.length} recipients`;
  const about = [
    ...(original.subject === undefined
      ? []
      : [wrapText(`Subject: ${clip(oneLine(original.subject), MAX_SUBJECT_OCTETS)}`, '  ')]),
    `  Sent: ${formatDateTime(original.acceptedAtMs)}`,
    `  Message: ${original.id}`,
  ];
  return [
    wrapText(`Your message could not be delivered to ${whom}. No further attempt is made.`, ''),
    about.join(CRLF),
    ...failed.map(describe),
    wrapText(
      `This notice was written by the mail server ${reportingMta}. If you need help, give its operator the message id above.`,
      '',
    ),
    '',
  ].join(CRLF + CRLF);
}

function describe(one: FailedRecipient): string {
  const speaker = one.remoteHost === undefined ? 'The receiving server' : `The server ${one.remoteHost}`;
  const reply = clip(oneLine(one.reply), MAX_REPLY_OCTETS);
  const said = one.replied ? `${speaker} said: ${reply}` : `In detail: ${reply} (${one.status})`;
  return [
    one.recipient,
    wrapText(`What happened: ${one.meaning}`, '  '),
    wrapText(said, '  '),
    wrapText(`What to do: ${one.action}`, '  '),
  ].join(CRLF);
}

/** Names the failure in one line: `Not delivered to user@example.org (5.1.1)`. */
export function reportSubject(failed: readonly FailedRecipient[]): string {
  const first = failed[0];
  if (first === undefined) return 'Not delivered';
  const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
  return `Not delivered to ${first.recipient} (${first.status})${more}`;
}
