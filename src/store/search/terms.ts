/**
 * The terms of the search index: numbers below 2^24, hashes of a field and three characters, or of a field and a whole word. A
 * document has the terms of its texts; a text that is looked for has terms too, all of which every document that contains it has.
 * Two texts may share a term: what the index finds is compared afterwards (match.ts).
 */
import { suppressionKeyOf } from '../../smtp/address-keys.ts';
import { foldedAddresses, foldedMessageId, foldedText } from './fold.ts';
import type { SearchedTexts } from '../search.ts';

export const MOST_TERM = 2 ** 24 - 1;
/** Of the shortest part that is found. */
export const LEAST_CHARACTERS = 3;
/** Of one text that is looked for, in every run; and where these are found. The rest is left to the comparison. */
export const FEW_TERMS = 6;
export const MANY_TERMS = 32;

const FIELD = { recipient: 1, sender: 2, subject: 3, messageId: 4, failure: 5, word: 6, address: 7 } as const;
type Field = keyof typeof FIELD;

export interface MessageTexts {
  readonly recipients: readonly string[];
  readonly reversePath: string;
  readonly headerFrom: string;
  readonly subject: string | undefined;
  readonly messageIdField: string;
}

/** A reply as it is shown: code, status and text. */
export interface ReplyTexts {
  readonly text: string;
  /** With a code of 200 to 299. */
  readonly accepts: boolean;
}

/** Where the terms of a document go; the same one may come twice. */
export type AddTerm = (term: number) => void;

/** All of them together, or any of several such lists. */
export type AnyOf = readonly (readonly number[])[];

export function messageTerms(texts: MessageTexts, add: AddTerm): void {
  for (const recipient of texts.recipients) {
    addAddress('recipient', recipient, add);
    add(termOf('address', suppressionKeyOf(recipient)));
  }
  for (const sender of new Set([texts.reversePath, texts.headerFrom])) addAddress('sender', sender, add);
  if (texts.subject !== undefined) addParts('subject', foldedText(texts.subject), add);
  add(termOf('messageId', foldedMessageId(texts.messageIdField)));
}

/** Of one that fails every part, of one that accepts the words that look like a queue id. */
export function replyTerms({ text, accepts }: ReplyTexts, add: AddTerm): void {
  const folded = foldedText(text);
  if (!accepts) addParts('failure', folded, add);
  else for (const word of idWords(folded)) add(termOf('word', word));
}

/** Words of six characters and more with a digit among them, such as the id under which a host queued the message. */
export function idWords(folded: string): readonly string[] {
  return folded.split(/[^\p{L}\p{N}._@+-]+/u).flatMap((word) => {
    const bare = word.replace(/^[._@+-]+|[._@+-]+$/g, '');
    return bare.length >= 6 && /\d/.test(bare) ? [bare] : [];
  });
}

/** What a search asks of the index: conditions of messages and of their replies, each of which must be met. */
export interface WantedTerms {
  readonly ofMessage: readonly AnyOf[];
  readonly ofReplies: readonly AnyOf[];
}

/** `most`: of one text, spread over it. */
export function wantedTerms(texts: SearchedTexts, most: number): WantedTerms {
  const partTerms = (field: Field, part: string) => spreadTerms(field, part, most);
  const { search, recipient, recipientPart, sender, subject, messageIdField, reply } = texts;
  const ofMessage: AnyOf[] = [];
  if (search !== undefined) {
    const part = foldedText(search);
    const anywhere = (['recipient', 'sender', 'subject'] as const).map((field) => partTerms(field, part));
    ofMessage.push([...anywhere, [termOf('messageId', foldedMessageId(search))]]);
  }
  if (recipient !== undefined) ofMessage.push([[termOf('address', suppressionKeyOf(recipient))]]);
  if (recipientPart !== undefined) ofMessage.push([partTerms('recipient', foldedText(recipientPart))]);
  if (sender !== undefined) ofMessage.push([partTerms('sender', foldedText(sender))]);
  if (subject !== undefined) ofMessage.push([partTerms('subject', foldedText(subject))]);
  if (messageIdField !== undefined) ofMessage.push([[termOf('messageId', foldedMessageId(messageIdField))]]);
  return { ofMessage, ofReplies: reply === undefined ? [] : [wantedReply(foldedText(reply), most)] };
}

function wantedReply(part: string, most: number): AnyOf {
  const words = idWords(part).map((word) => termOf('word', word));
  const failures = spreadTerms('failure', part, most);
  return words.length === 0 ? [failures] : [failures, words.slice(0, most)];
}

/** Of a part that is long enough. */
function spreadTerms(field: Field, part: string, most: number): readonly number[] {
  const last = part.length - LEAST_CHARACTERS;
  const step = Math.max(1, last / (most - 1));
  const terms = new Set<number>();
  for (let at = 0; at <= last; at += step) terms.add(termAt(FIELD[field], part, Math.floor(at)));
  if (last >= 0) terms.add(termAt(FIELD[field], part, last));
  return [...terms];
}

/** Other forms of an address differ in the domain: only the parts that reach into it. */
function addAddress(field: Field, address: string, add: AddTerm): void {
  const [folded = '', ...others] = foldedAddresses(address);
  addParts(field, folded, add);
  const domain = folded.lastIndexOf('@') + 1;
  for (const form of others) addParts(field, form, add, Math.max(0, domain - LEAST_CHARACTERS + 1));
}

function addParts(field: Field, text: string, add: AddTerm, from = 0): void {
  const number = FIELD[field];
  for (let at = text.length - LEAST_CHARACTERS; at >= from; at--) add(termAt(number, text, at));
}

function termAt(field: number, text: string, at: number): number {
  let hash = Math.imul(0x811c9dc5 ^ field, 0x01000193);
  for (let index = at; index < at + LEAST_CHARACTERS; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mixed(hash);
}

function termOf(field: Field, word: string): number {
  let hash = Math.imul(0x811c9dc5 ^ FIELD[field], 0x01000193);
  for (let index = 0; index < word.length; index++)
    hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193);
  return mixed(hash);
}

function mixed(hash: number): number {
  const mixing = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixing ^ (mixing >>> 13)) & MOST_TERM;
}
