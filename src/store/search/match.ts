/** Whether a message is one that a search means: what the index found is compared here, and so is what is not indexed yet. */
import type { DeliveryState } from '../../policy/delivery-state.ts';
import type { MessageSearch } from '../search.ts';
import { foldedAddresses, foldedMessageId, foldedText } from './fold.ts';
import { idWords, type ReplyTexts } from './terms.ts';

/** What is compared of a message. */
export interface Candidate {
  readonly stream: string;
  readonly tags: readonly string[];
  /** Public id. */
  readonly credential: string | undefined;
  readonly acceptedAtMs: number;
  readonly reversePath: string;
  readonly headerFrom: string;
  readonly subject: string | undefined;
  readonly messageIdField: string;
}

export interface CandidateDelivery {
  readonly recipient: string;
  readonly destination: string;
  readonly state: DeliveryState;
}

/** A search whose texts are folded: once, however many messages they are compared with. */
export interface FoldedSearch extends MessageSearch {
  /** `search` as a Message-ID field. */
  readonly searchedId: string | undefined;
  /** Queue ids in `reply`. */
  readonly replyIds: readonly string[];
}

export function foldedSearch(asked: MessageSearch): FoldedSearch {
  const { search, recipientPart, sender, subject, messageIdField, reply } = asked;
  const folded = (text: string | undefined) => (text === undefined ? undefined : foldedText(text));
  const foldedId = (text: string | undefined) => (text === undefined ? undefined : foldedMessageId(text));
  return {
    ...asked,
    ...{ search: folded(search), recipientPart: folded(recipientPart), sender: folded(sender) },
    ...{ subject: folded(subject), messageIdField: foldedId(messageIdField), reply: folded(reply) },
    searchedId: foldedId(search),
    replyIds: reply === undefined ? [] : idWords(foldedText(reply)),
  };
}

/** What does not depend on deliveries. */
export function mayMatch(message: Candidate, wanted: FoldedSearch): boolean {
  const { stream, tag, credential, sinceMs, untilMs, sender, subject, messageIdField } = wanted;
  return (
    (stream === undefined || message.stream === stream) &&
    (tag === undefined || message.tags.includes(tag)) &&
    (credential === undefined || message.credential === credential) &&
    (sinceMs === undefined || message.acceptedAtMs >= sinceMs) &&
    (untilMs === undefined || message.acceptedAtMs < untilMs) &&
    (sender === undefined || hasSender(message, sender)) &&
    (subject === undefined || hasSubject(message, subject)) &&
    (messageIdField === undefined || isMessageId(message, messageIdField))
  );
}

/** True when {@link matchesDeliveries} has to be asked. */
export function asksDeliveries({
  search,
  recipientPart,
  recipient,
  state,
  destination,
}: MessageSearch): boolean {
  return [search, recipientPart, recipient, state, destination].some((part) => part !== undefined);
}

/** `isRecipient`: compares whole addresses. State, destination and recipient are conditions on one and the same delivery. */
export function matchesDeliveries(
  message: Candidate,
  deliveries: readonly CandidateDelivery[],
  wanted: FoldedSearch,
  isRecipient: (found: string, meant: string) => boolean,
): boolean {
  const { search, searchedId, recipientPart, recipient, state, destination } = wanted;
  const meant = deliveries.filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (destination === undefined || one.destination === destination) &&
      (recipient === undefined || isRecipient(one.recipient, recipient)) &&
      (recipientPart === undefined || hasPart(one.recipient, recipientPart)),
  );
  if (meant.length === 0) return false;
  if (search === undefined) return true;
  return (
    hasSender(message, search) ||
    hasSubject(message, search) ||
    (searchedId !== undefined && isMessageId(message, searchedId)) ||
    deliveries.some((one) => hasPart(one.recipient, search))
  );
}

/** A failing reply contains the text; one that accepts has its queue ids among its words. */
export function matchesReply(
  { text, accepts }: ReplyTexts,
  { reply, replyIds }: Pick<FoldedSearch, 'reply' | 'replyIds'>,
): boolean {
  if (reply === undefined) return true;
  if (accepts && replyIds.length === 0) return false;
  const folded = foldedText(text);
  if (!folded.includes(reply)) return false;
  if (!accepts) return true;
  const words = new Set(idWords(folded));
  return replyIds.every((word) => words.has(word));
}

function hasSender({ reversePath, headerFrom }: Candidate, part: string): boolean {
  return hasPart(reversePath, part) || (headerFrom !== reversePath && hasPart(headerFrom, part));
}

function hasSubject({ subject }: Candidate, part: string): boolean {
  return subject !== undefined && foldedText(subject).includes(part);
}

function isMessageId({ messageIdField }: Candidate, id: string): boolean {
  return foldedMessageId(messageIdField) === id;
}

function hasPart(address: string, part: string): boolean {
  return foldedAddresses(address).some((form) => form.includes(part));
}
