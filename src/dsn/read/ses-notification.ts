/**
 * Amazon SES notifications that come by mail: a JSON document about a bounce, a complaint or a delivery, as SNS sends it
 * to mail addresses. https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
 */
import { MAX_REPORTED, readAction, type ReportedDelivery } from './delivery-status.ts';
import { findReply } from './reply-in-text.ts';
import { stageInWords } from './reply-stage.ts';
import type { ReturnedMessage } from './report.ts';

const MAX_CHARACTERS = 256 * 1024;

export interface SesNotification {
  readonly kind: 'bounce' | 'complaint' | 'delivered';
  readonly deliveries: readonly ReportedDelivery[];
  readonly feedbackType: string | undefined;
  readonly returned: ReturnedMessage | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** `undefined` when the text is no such notification. */
export function readSesNotification(text: string): SesNotification | undefined {
  const start = text.indexOf('{');
  if (
    start < 0 ||
    start > 2_000 ||
    !/"(?:notificationType|eventType)"/.test(text.slice(start, start + 100_000))
  ) {
    return undefined;
  }
  const document = parseDocument(text.slice(start, start + MAX_CHARACTERS));
  if (document === undefined) return undefined;
  const type = asText(document['notificationType']) ?? asText(document['eventType']);
  const returned = readReturned(asJson(document['mail']));
  switch (type?.toLowerCase()) {
    case 'bounce':
      return {
        kind: 'bounce',
        deliveries: readBounce(asJson(document['bounce'])),
        feedbackType: undefined,
        returned,
      };
    case 'complaint': {
      const complaint = asJson(document['complaint']);
      return {
        kind: 'complaint',
        deliveries: asList(complaint['complainedRecipients']).map((one) =>
          delivery(asText(asJson(one)['emailAddress'])),
        ),
        feedbackType: asText(complaint['complaintFeedbackType'])?.toLowerCase() ?? 'abuse',
        returned,
      };
    }
    case 'delivery': {
      const details = asJson(document['delivery']);
      const found = findReply(asText(details['smtpResponse']) ?? '');
      return {
        kind: 'delivered',
        deliveries: asList(details['recipients']).map((one) => ({
          ...delivery(asText(one)),
          reply: found.reply,
          status: found.status,
          text: found.text,
        })),
        feedbackType: undefined,
        returned,
      };
    }
    default:
      return undefined;
  }
}

function readBounce(bounce: Json): ReportedDelivery[] {
  const temporary = asText(bounce['bounceType']) === 'Transient';
  return asList(bounce['bouncedRecipients']).map((one): ReportedDelivery => {
    const recipient = asJson(one);
    const diagnostic = (asText(recipient['diagnosticCode']) ?? '').replace(/^[A-Za-z-]{1,20}; ?/, '');
    const found = findReply(diagnostic);
    const ownStatus = /^[245]\.\d{1,3}\.\d{1,3}$/.exec(asText(recipient['status']) ?? '')?.[0];
    return {
      ...delivery(asText(recipient['emailAddress'])),
      action: readAction(asText(recipient['action']) ?? 'failed', undefined),
      status: found.reply?.status ?? ownStatus ?? (temporary ? '4.0.0' : undefined),
      reply: found.reply,
      text: found.text,
      stage: stageInWords(diagnostic),
    };
  });
}

function delivery(recipient: string | undefined): ReportedDelivery {
  return {
    recipient: recipient?.slice(0, 320),
    originalRecipient: undefined,
    action: 'delivered',
    status: undefined,
    reply: undefined,
    text: '',
    stage: undefined,
    ownMailbox: false,
    remoteMta: undefined,
  };
}

function readReturned(mail: Json): ReturnedMessage | undefined {
  const headers = asList(mail['headers']).map(asJson);
  const header = (name: string): string | undefined =>
    asText(headers.find((one) => asText(one['name'])?.toLowerCase() === name)?.['value']);
  const common = asJson(mail['commonHeaders']);
  const to = asList(mail['destination']).flatMap((one) => asText(one) ?? []);
  const messageId = header('message-id') ?? asText(common['messageId']);
  const subject = header('subject') ?? asText(common['subject']);
  if (messageId === undefined && subject === undefined && to.length === 0) return undefined;
  return { messageId, relayMessageId: header('x-relay-message-id'), subject, to: to.slice(0, 50) };
}

/** The document at the start of `text`; long lines that a mailer has broken (`!` and a line end) are mended. */
function parseDocument(text: string): Json | undefined {
  const mended = text.replace(/!\r?\n[ \t]?/g, '');
  const end = mended.lastIndexOf('}');
  const blank = /\}\s*\r?\n\s*\r?\n/.exec(mended);
  for (const candidate of [
    blank === null ? '' : mended.slice(0, blank.index + 1),
    mended.slice(0, end + 1),
  ]) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    } catch {
      // Not this far.
    }
  }
  return undefined;
}

function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_REPORTED) : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 4_000) : undefined;
}
