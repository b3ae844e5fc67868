/** The rows of an accepted message: facts, deliveries and remarks. */
import type { ReceivedContent } from './received-content.ts';
import { STANDARD_LINE_OCTETS } from '../message/line-endings.ts';
import { isBulk } from '../policy/mail-rank.ts';
import { destinationOf } from '../policy/destination.ts';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';
import type { ForwardPath } from '../smtp/envelope.ts';
import type { EventData, MessageFacts, NewDelivery, NewMessage } from '../store/message-records.ts';
import type { ChosenStream } from './stream-choice.ts';
import { streamFields } from './stream-fields.ts';
import type { SubmittedMessage } from './submitted-message.ts';

export interface AcceptanceFacts {
  /** How long any of its deliveries may be tried. */
  readonly maxAgeMs: number;
  readonly stream: ChosenStream;
  /** The domain whose keys sign it. */
  readonly signingDomain: string;
}

export function newMessage(
  message: SubmittedMessage,
  nowMs: number,
  { maxAgeMs, stream, signingDomain }: AcceptanceFacts,
): NewMessage {
  const { credential, envelope, received } = message;
  const { kind: streamKind, priority: streamPriority } = stream;
  const bulk = isBulk({ streamKind, streamPriority, priority: envelope.priority });
  const oneClick = getsLinks(message, stream);
  const addedFields = fieldsOf(message, stream, oneClick);
  return {
    facts: {
      ...factsOf(message, nowMs, maxAgeMs),
      stream: stream.name,
      signingDomain,
      ...(addedFields !== undefined && { addedFields }),
      ...(oneClick && { oneClick }),
    },
    ...(bulk && { bulk }),
    credentialVersion: credential.version,
    content: received.content,
    deliveries: envelope.forwardPaths.map((path) => deliveryOf(path)),
    remarks: remarksOf(received),
  };
}

function fieldsOf(
  { credential, received }: SubmittedMessage,
  { name, headers: all }: ChosenStream,
  oneClick: boolean,
) {
  if (all === undefined) return undefined;
  // The links come with their own; there is one at most (RFC 8058 §3.1).
  const headers = oneClick ? without('list-unsubscribe-post', all) : all;
  const { bytes, headerFrom, control } = received.header;
  const [author] = headerFrom;
  const [tag] = control.tags;
  const facts = { account: credential.accountName, stream: name, domain: author?.domain ?? '', tag };
  return streamFields(headers, bytes, facts);
}

function without(name: string, headers: NonNullable<ChosenStream['headers']>) {
  return Object.fromEntries(Object.entries(headers).filter(([given]) => given.toLowerCase() !== name));
}

/** Broadcast mail that says nowhere how to unsubscribe. */
function getsLinks({ received }: SubmittedMessage, { kind, headers = {} }: ChosenStream): boolean {
  if (kind !== 'broadcast' || received.header.unsubscribes) return false;
  return !Object.keys(headers).some((name) => name.toLowerCase() === 'list-unsubscribe');
}

function factsOf(
  message: SubmittedMessage,
  nowMs: number,
  maxAgeMs: number,
): Omit<MessageFacts, 'signingDomain' | 'stream'> {
  const { credential, envelope, received } = message;
  const { header } = received;
  const { control } = header;
  const { deliverBy } = envelope;
  const author = header.headerFrom[0] as Mailbox;
  const wantedAtMs = envelope.holdUntilMs ?? control.sendAtMs;
  const sendAtMs = wantedAtMs !== undefined && wantedAtMs > nowMs ? wantedAtMs : undefined;
  const endMs = (sendAtMs ?? nowMs) + Math.min(maxAgeMs, control.expiresInMs ?? maxAgeMs);
  return {
    id: message.id,
    accountId: credential.accountId,
    credentialId: credential.id,
    via: message.via,
    reversePath: envelope.reversePath,
    headerFrom: formatMailbox(author),
    subject: header.subject,
    messageIdField: header.messageIdField,
    // Undeclared 8-bit content counts as declared: refusing it helps nobody, and the next hop must know.
    bodyType: received.eightBit ? '8bitmime' : envelope.bodyType,
    smtpUtf8: envelope.smtpUtf8,
    requireTls: envelope.requireTls,
    dsnReturn: envelope.dsnReturn,
    envelopeId: envelope.envelopeId,
    sendDsn: credential.sendDsn,
    dsnTo: credential.dsnTo,
    tags: control.tags,
    metadata: control.metadata,
    headerSizeBytes: received.headerSizeBytes,
    sizeBytes: received.sizeBytes,
    bodyHash: received.bodyHash,
    acceptedAtMs: nowMs,
    sendAtMs,
    ...(envelope.priority !== undefined && { priority: envelope.priority }),
    ...(deliverBy && { deliverBy }),
    expiresAtMs: Math.min(endMs, deliverBy?.mode === 'return' ? deliverBy.atMs : Infinity),
  };
}

/** Remarks on the message for its trace. */
function remarksOf({ header, longestLineOctets }: ReceivedContent): EventData | undefined {
  const { originalFrom } = header;
  const tooLong = longestLineOctets > STANDARD_LINE_OCTETS;
  if (originalFrom === undefined && !tooLong) return undefined;
  return {
    ...(originalFrom !== undefined && { original_from: originalFrom }),
    ...(tooLong && { longest_line_octets: longestLineOctets }),
  };
}

function deliveryOf({ recipient, notify, originalRecipient }: ForwardPath): NewDelivery {
  const destination = destinationOf(recipient.slice(recipient.lastIndexOf('@') + 1));
  // The store looks up suppressions in the accepting transaction.
  return { recipient, destination, notify, originalRecipient, suppressedBy: undefined };
}
