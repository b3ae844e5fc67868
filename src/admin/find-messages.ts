/**
 * Finds messages: by what their fields contain, by time, and by the filters of lists. A page is read in parts, with room for other
 * work in between, until it is full or its time is over.
 */
import { delay, type Clock } from '../platform/clock.ts';
import { formatMailbox, isMailbox, parseMailbox } from '../smtp/address.ts';
import type { MessageFilter, QueueReader } from '../store/queue-admin.ts';
import type { SearchedTexts, SearchPage, SearchReader } from '../store/search.ts';
import { foldedText } from '../store/search/fold.ts';
import { LEAST_CHARACTERS } from '../store/search/terms.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

/** Of a text that is looked for. */
export const MOST_SEARCHED = 320;

export interface FindInput extends Omit<MessageFilter, 'recipient'> {
  /** A part of the recipient, the sender or the subject; or the Message-ID. */
  readonly search: string | undefined;
  /** A whole address, or a part of one. */
  readonly recipient: string | undefined;
  readonly sender: string | undefined;
  readonly subject: string | undefined;
  /** Whole, with or without its brackets. */
  readonly messageId: string | undefined;
  readonly reply: string | undefined;
  /** When it was accepted: from, and before. */
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

export interface FindContext {
  readonly reader: Pick<QueueReader, 'listMessages' | 'pageOfMessages'> &
    Pick<SearchReader, 'searchMessages'>;
  readonly clock: Clock;
}

/** `withinMs`: after this time the page ends, even if it has nothing yet. */
export async function findMessages(
  input: FindInput,
  withinMs: number,
  { reader, clock }: FindContext,
): Promise<SearchPage | AdminRefusal> {
  const refusal = refusalOf(input);
  if (refusal !== undefined) return refusal;
  const { search, recipient, sender, subject, messageId: messageIdField, reply, ...filter } = input;
  const texts: SearchedTexts = { search, ...recipientOf(recipient), sender, subject, messageIdField, reply };
  const asked = { ...filter, recipient: undefined, ...texts };
  const { sinceMs, untilMs, accountId } = filter;
  const asks = [search, recipient, sender, subject, messageIdField, reply, sinceMs, untilMs];
  const isSearch = asks.some((part) => part !== undefined);
  if (!isSearch) {
    if (accountId !== undefined)
      return { ...(await reader.pageOfMessages({ ...asked, accountId })), indexBehind: false };
    const messages = await reader.listMessages(asked);
    const next = messages.length < asked.limit ? undefined : messages.at(-1)?.facts.id;
    return { messages, next, indexBehind: false };
  }
  const startMs = clock.monotonic();
  let page = await reader.searchMessages(asked);
  while (page.next !== undefined && page.messages.length < asked.limit) {
    if (clock.monotonic() - startMs >= withinMs) return page;
    await delay(clock, 0);
    const more = await reader.searchMessages({
      ...asked,
      before: page.next,
      limit: asked.limit - page.messages.length,
    });
    page = {
      messages: [...page.messages, ...more.messages],
      next: more.next,
      indexBehind: page.indexBehind || more.indexBehind,
    };
  }
  return page;
}

/** A whole address is compared as a whole. */
function recipientOf(text: string | undefined): Pick<SearchedTexts, 'recipient' | 'recipientPart'> {
  if (text === undefined) return {};
  const mailbox = parseMailbox(text.trim());
  const isWhole = isMailbox(mailbox) && /[.[]/.test(mailbox.domain);
  return isWhole ? { recipient: formatMailbox(mailbox) } : { recipientPart: text.trim() };
}

function refusalOf(input: FindInput): AdminRefusal | undefined {
  for (const field of ['search', 'recipient', 'sender', 'subject', 'messageId', 'reply'] as const) {
    const text = input[field];
    if (text === undefined) continue;
    if (foldedText(text.trim()).length < LEAST_CHARACTERS)
      return invalid(field, (nameOf) => `${nameOf(field)} takes at least ${LEAST_CHARACTERS} characters`);
    if (text.length > MOST_SEARCHED)
      return invalid(field, (nameOf) => `${nameOf(field)} takes at most ${MOST_SEARCHED} characters`);
  }
  const { sinceMs, untilMs } = input;
  if (sinceMs === undefined || untilMs === undefined || sinceMs < untilMs) return undefined;
  return invalid('sinceMs', (nameOf) => `${nameOf('sinceMs')} is not before ${nameOf('untilMs')}`);
}
