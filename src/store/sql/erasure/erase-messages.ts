/**
 * The mail of the erased address. Mail to it, from it, and the relay's own reports about such mail lose content, subject and
 * Message-ID; other mail that mentions it loses the mention, and its content where that is in there. Deliveries to others stay as
 * they are. A message that is under way keeps what its attempts need until it is settled.
 */
import type { ErasedKind } from '../../erasure.ts';
import { indexAgain } from '../search/tidy-runs.ts';
import { messageKeyOf } from '../../flow/keys.ts';
import type { OldMessage } from '../retention/account-retention.ts';
import { statement } from '../statement.ts';
import { run, type Steps } from '../steps.ts';
import { erasedJson } from './erased-values.ts';
import {
  deliveriesOf,
  mentionedIn,
  messagesByKey,
  pageOfMessages,
  type PagedAttempt,
  type PagedDelivery,
  type PagedMessage,
} from './message-page.ts';
import type { ErasedParty, Room, RoomStep } from './room.ts';

const PUT_DELIVERY = statement<{ id: number; recipient: string; original: string | null }>(
  'UPDATE delivery SET recipient = :recipient, original_recipient = :original WHERE id = :id',
);
const PUT_ATTEMPT = statement<{ delivery: number; fence: number; number: number; text: string }>(
  'UPDATE attempt SET text = :text WHERE delivery_id = :delivery AND fence = :fence AND number = :number',
);
const PUT_MESSAGE = statement<{
  id: number;
  reversePath: string;
  headerFrom: string;
  subject: string | null;
  messageIdField: string;
  envelopeId: string | null;
  dsnTo: string | null;
  tags: string | null;
  metadata: string | null;
  addedFields: string | null;
}>(
  `UPDATE message SET reverse_path = :reversePath, header_from = :headerFrom, subject = :subject,
     message_id_field = :messageIdField, envelope_id = :envelopeId, dsn_to = :dsnTo, tags = :tags, metadata = :metadata,
     added_fields = :addedFields
   WHERE id = :id`,
);

export const messageRoom: Room = {
  name: 'message',
  *step(party, after) {
    const { messages, more } = yield* pageOfMessages(party.account, after);
    const last = messages.at(-1);
    const erased = yield* eraseIn(messages, party);
    return { ...erased, after: more && last ? [last.place] : undefined };
  },
};

/** Of messages that were under way; some may have been removed. */
export function* settledAmong(
  account: number,
  keys: readonly number[],
): Steps<{ readonly settled: readonly PagedMessage[]; readonly open: readonly PagedMessage[] }> {
  const found = yield* messagesByKey(account, keys);
  const isSettled = ({ settled_at: at }: PagedMessage) => at !== null;
  return { settled: found.filter(isSettled), open: found.filter((message) => !isSettled(message)) };
}

export function* eraseIn(messages: readonly PagedMessage[], party: ErasedParty): Steps<RoomStep> {
  const { mentions } = party;
  const { deliveries, attempts } = yield* deliveriesOf(messages, party);
  const known = partiesOf(messages, deliveries);
  const mentioned = yield* mentionedIn(messages, mentions, known);
  /** Their texts may be about somebody else with a longer address. */
  const inTextsOf = (message: number): ErasedParty => ({
    ...party,
    mentions: mentions.besides(known(message)),
  });
  const received = deliveries.filter((delivery) => isTo(delivery, party));
  const to = new Set(received.map(({ id }) => messageKeyOf(id)));
  const counts = { deliveries: 0, attempts: 0, messages: 0, contents: 0 } satisfies Partial<
    Record<ErasedKind, number>
  >;
  const waiting: number[] = [];
  const contents: OldMessage[] = [];
  for (const delivery of received)
    if (delivery.settled_at !== null && delivery.recipient !== party.pseudonym)
      counts.deliveries += yield* eraseDelivery(delivery, party);
  for (const attempt of attempts)
    counts.attempts += yield* eraseAttempt(attempt, inTextsOf(messageKeyOf(attempt.delivery_id)));
  const changed = new Set(
    [...received, ...attempts.map(({ delivery_id: id }) => ({ id }))].map(({ id }) => messageKeyOf(id)),
  );
  for (const message of messages) {
    const { id, content_gone: gone, chunk_count: chunks } = message;
    const isParty = to.has(id) || isFrom(message, party) || (message.via === 'dsn' && mentioned.has(id));
    const fields = erasedFields(message, isParty, inTextsOf(id));
    const hasContent = gone === 0 && (isParty || mentioned.has(id));
    if (fields === undefined && !hasContent) continue;
    if (message.settled_at === null) {
      waiting.push(id);
      continue;
    }
    if (fields !== undefined) {
      yield* run(PUT_MESSAGE, { id, ...fields });
      changed.add(id);
    }
    if (isParty) counts.messages++;
    if (!hasContent) continue;
    counts.contents++;
    contents.push({ id, chunk_count: chunks });
  }
  // What the search knows of them is made again as they are now.
  yield* indexAgain(messages.filter(({ id }) => changed.has(id)).map(({ public_id: id }) => id));
  return { after: undefined, counts, contents, waiting };
}

/** Of a message by its key: the addresses that its rows have. */
function partiesOf(
  messages: readonly PagedMessage[],
  deliveries: readonly PagedDelivery[],
): (message: number) => readonly string[] {
  const parties = new Map<number, string[]>();
  for (const { id, reverse_path: path, header_from: from } of messages) parties.set(id, [path, from]);
  for (const { id, recipient } of deliveries) parties.get(messageKeyOf(id))?.push(recipient);
  return (message) => parties.get(message) ?? [];
}

/** ORCPT has what the sender addressed, whatever a client made of it. A step before may have erased the delivery alone. */
function isTo(
  { recipient, original_recipient: original }: PagedDelivery,
  { mentions, pseudonym }: ErasedParty,
): boolean {
  return (
    recipient === pseudonym ||
    mentions.isInAddress(recipient) ||
    (original !== null && mentions.isInAddress(typeAndAddress(original)[1]))
  );
}

/** `rfc822;jane@x.example` (RFC 3461 §4.2). */
function typeAndAddress(original: string): readonly [type: string, address: string] {
  const end = original.indexOf(';') + 1;
  return [original.slice(0, end), original.slice(end)];
}

function isFrom({ reverse_path: path, header_from: from }: PagedMessage, { mentions }: ErasedParty): boolean {
  return mentions.is(path) || mentions.is(from);
}

function* eraseDelivery(
  { id, recipient, original_recipient: original }: PagedDelivery,
  { mentions, pseudonym }: ErasedParty,
): Steps<number> {
  const [type, address] = typeAndAddress(original ?? '');
  return yield* run(PUT_DELIVERY, {
    id,
    recipient: mentions.replacedInAddress(recipient, pseudonym),
    original: original && `${type}${mentions.replacedInAddress(address, pseudonym)}`,
  });
}

function* eraseAttempt(
  { delivery_id: delivery, fence, number, text }: PagedAttempt,
  { mentions, pseudonym }: ErasedParty,
): Steps<number> {
  if (!mentions.isIn(text)) return 0;
  return yield* run(PUT_ATTEMPT, {
    ...{ delivery, fence, number },
    text: mentions.replacedIn(text, pseudonym),
  });
}

/** `undefined`: they stay as they are. */
function erasedFields(message: PagedMessage, isParty: boolean, { mentions, pseudonym }: ErasedParty) {
  const text = (value: string) => mentions.replacedIn(value, pseudonym);
  const address = (value: string) => mentions.replacedInAddress(value, pseudonym);
  const json = (value: string | null) => value && (erasedJson(value, mentions, pseudonym) ?? value);
  const { subject, message_id_field: messageIdField, envelope_id: envelopeId, dsn_to: dsnTo } = message;
  const fields = {
    reversePath: address(message.reverse_path),
    headerFrom: address(message.header_from),
    subject: isParty ? null : subject && text(subject),
    messageIdField: isParty ? `<${pseudonym}>` : text(messageIdField),
    envelopeId: envelopeId && text(envelopeId),
    dsnTo: dsnTo && address(dsnTo),
    tags: json(message.tags),
    metadata: json(message.metadata),
    addedFields: message.added_fields && text(message.added_fields),
  };
  const isSame =
    fields.reversePath === message.reverse_path &&
    fields.headerFrom === message.header_from &&
    fields.subject === subject &&
    fields.messageIdField === messageIdField &&
    fields.envelopeId === envelopeId &&
    fields.dsnTo === dsnTo &&
    fields.tags === message.tags &&
    fields.metadata === message.metadata &&
    fields.addedFields === message.added_fields;
  return isSame ? undefined : fields;
}
