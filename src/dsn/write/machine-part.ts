/**
 * The part of a DSN that programs read: message/delivery-status, or message/global-delivery-status when
 * anything in it is outside ASCII. RFC 3464 §2, RFC 2852 §5, RFC 6533 §3 (address type utf-8), RFC 3461 §6.3.
 */
import { formatDateTime } from '../../message/date-time.ts';
import { visible } from '../../platform/visible-text.ts';
import type { DsnRecipient, DsnOutcome, OriginalMessage } from './dsn-facts.ts';
import { clip, foldField, isAscii, singleSpaced } from './mime-text.ts';

const CRLF = '\r\n';
const MAX_REPLY_OCTETS = 1_000;
const SUCCESS = /^2\.\d{1,3}\.\d{1,3}$/;
/** RFC 3464 §2.3.4: the class has to go with the action. */
const STATUS: Readonly<Record<DsnOutcome, RegExp>> = {
  failed: /^[45]\.\d{1,3}\.\d{1,3}$/,
  delayed: /^4\.\d{1,3}\.\d{1,3}$/,
  delivered: SUCCESS,
  relayed: SUCCESS,
  expanded: SUCCESS,
};
const STATUS_UNKNOWN: Readonly<Record<DsnOutcome, string>> = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
};

export interface MachinePart {
  /** UTF-8 when `global`, else ASCII. Ends with CRLF. */
  readonly text: string;
  readonly global: boolean;
}

export function machinePart(
  original: OriginalMessage,
  outcome: DsnOutcome,
  recipients: readonly DsnRecipient[],
  reportingMta: string,
): MachinePart {
  const perMessage = [
    ...(original.envelopeId === undefined
      ? []
      : [foldField('Original-Envelope-Id', singleSpaced(original.envelopeId))]),
    foldField('Reporting-MTA', `dns; ${reportingMta}`),
    foldField('Arrival-Date', formatDateTime(original.acceptedAtMs)),
    ...(original.deliverBy === undefined
      ? []
      : [foldField('Deliver-By-Date', formatDateTime(original.deliverBy.atMs))]),
    foldField('X-Relay-Message-Id', original.id),
  ].join('');
  const text = [perMessage, ...recipients.map((one) => perRecipient(one, outcome))].join(CRLF);
  return { text, global: !isAscii(text) };
}

function perRecipient(one: DsnRecipient, outcome: DsnOutcome): string {
  return [
    ...(one.originalRecipient === undefined
      ? []
      : [foldField('Original-Recipient', typedAddress(one.originalRecipient))]),
    foldField('Final-Recipient', `${isAscii(one.recipient) ? 'rfc822' : 'utf-8'}; ${one.recipient}`),
    foldField('Action', outcome),
    foldField('Status', STATUS[outcome].test(one.status) ? one.status : STATUS_UNKNOWN[outcome]),
    ...(one.remoteHost === undefined ? [] : [foldField('Remote-MTA', `dns; ${one.remoteHost}`)]),
    // RFC 3464 §2.3.6: type smtp is for what an SMTP server said; own words have a type of their own.
    foldField(
      'Diagnostic-Code',
      `${one.replied ? 'smtp' : 'x-postern'}; ${clip(visible(singleSpaced(one.reply)), MAX_REPLY_OCTETS)}`,
    ),
    ...(one.lastAttemptAtMs === undefined
      ? []
      : [foldField('Last-Attempt-Date', formatDateTime(one.lastAttemptAtMs))]),
    ...(one.willRetryUntilMs === undefined
      ? []
      : [foldField('Will-Retry-Until', formatDateTime(one.willRetryUntilMs))]),
  ].join('');
}

/** `rfc822;a@b` as `rfc822; a@b`. RFC 6533 §3: an address outside ASCII is of type utf-8, whatever it was called. */
function typedAddress(text: string): string {
  const at = text.indexOf(';');
  const given = text.slice(0, Math.max(at, 0)).trim();
  const type = /^[A-Za-z0-9-]+$/.test(given) ? given : 'rfc822';
  const address = text.slice(at + 1).trim();
  return `${isAscii(address) ? type : 'utf-8'}; ${address}`;
}
