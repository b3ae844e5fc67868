/**
 * Finds the recipients that a notice for people names, by where their addresses stand, the most telling first:
 *
 * 1. alone on a line, or at its beginning with words after (`<user@example.org>: host ... said: 550 ...`);
 * 2. in a verdict (`550 5.1.1 <user@example.org>... User unknown`);
 * 3. in a sentence about delivery (`Unable to deliver message to: <user@example.org>`);
 * 4. after a label (`Recipient address: user@example.org`);
 * 5. in lines that begin alike (`The server refused user@example.org: 550 ...`, and the same of another).
 *
 * Only the first kind that is there counts, so that an address in passing is not taken for another recipient.
 */
import { ADDRESS, addressesIn } from './addresses-in-text.ts';
import type { NoticeFamily } from './notice-families.ts';

/** Mentions of one notice; more than recipients, as some notices say all twice. */
const MAX_MENTIONS = 2_000;
/** Sentences that go on after this say nothing more of whom they are about. */
const MAX_SENTENCE_CHARACTERS = 400;

export interface Mention {
  /** Index of the line. */
  readonly line: number;
  /** `undefined` for local recipients that are no address. */
  readonly recipient: string | undefined;
  /** What it was expanded from, where the line says so. */
  readonly originalRecipient: string | undefined;
  /** What the line says beside the address. */
  readonly rest: string;
  /** The line is a sentence that may announce a reason further on. */
  readonly introduces: boolean;
  /** The line is a verdict on the address: sendmail writes so what answered RCPT, or what it knows itself. */
  readonly isVerdict: boolean;
}

const ONE = `(?<address>${ADDRESS})`;

/** `(expanded from <list@example.org>)`, with the address as its group; the parenthesis may have gone with the recipient. */
export const EXPANDED = /\(?(?:expanded|generated|ultimately generated) from:? ?<?([^<>()]{1,320})>?\)/i;

const ALONE = new RegExp(
  String.raw`^[\s*\u2022\u00b7>-]{0,40}(?:\d{1,3}[.)]\s{1,4})?(?:"[^"<>]{0,100}" ?(?=<))?["'<(]?${ONE}["'>)]?(?: ?[(<]${ADDRESS}[)>])?(?:<mailto:[^<>]{1,320}>)?[:.,;]?\s*$`,
  'iu',
);
const BEGINS = new RegExp(
  String.raw`^[\s*\u2022\u00b7-]{0,8}(?:<${ONE}>[\s:;,.(\[-]{0,20}|["']?(?<bare>${ADDRESS})["']?(?::| ?\.\.\.| ?;| ?\[| ?\(| [-=]?> | \u2192 | = | on | {2,8}|\t| [A-Z]))(?<rest>.*)$`,
  'u',
);
const BRACKETED = new RegExp(String.raw`\bAddress: <${ONE}>,? ?(?<rest>.*)$`, 'iu');
const VERDICT = new RegExp(
  String.raw`^\s{0,4}(?<code>[45]\d\d(?:[ -][45]\.\d{1,3}\.\d{1,3})?)[ -]<?${ONE}>?\.\.\. (?<rest>.*)$`,
  'iu',
);
const SENTENCES: readonly RegExp[] = [
  String.raw`\b(?:deliver(?:ed|y|ing)?|undeliverable|undelivered|reach(?:ed)?)\b[^<>@:]{0,60}?\bto:? ?(?:(?:the )?(?:group|mailbox|recipient|user|address):? )?["'<[]{0,2}${ONE}`,
  String.raw`\b(?:problem|error) (?:delivering|sending)\b[^<>@]{0,40} to ["'<[]{0,2}${ONE}`,
  String.raw`\b(?:message|mail|e-?mail) (?:you sent )?to ["'<[]{0,2}${ONE}["'>]{0,2},? (?:(?:could|can|was|has|is|were|did)(?:n['\u2019]t)?|cannot|failed|bounced)\b`,
  String.raw`\b(?:unable to|could(?:n['\u2019]t| not)|can(?:not|['\u2019]t)|failed to) send\b[^<>@:]{0,60}? to:? ["'<[]{0,2}${ONE}`,
  String.raw`\b(?:sending|delivery) to ["'<[]{0,2}${ONE}["'>]{0,2} (?:has |was )?(?:failed|not possible|unsuccessful|impossible)`,
  String.raw`\b(?:message|mail|e-?mail) for ["'<[]{0,2}${ONE}["'>]{0,2},? (?:(?:could|can|was|has|is|did)(?:n['\u2019]t)?|cannot|failed|bounced)\b`,
  String.raw`\b(?:rejected|refused|unknown) (?:the )?(?:recipient|address|user):? ["'<[]{0,2}${ONE}`,
].map((source) => new RegExp(source, 'iu'));
const LABEL = new RegExp(
  String.raw`^\W{0,4}(?:(?:failed|final|intended|affected|undeliverable|invalid|bad)[ -])?(?:recipients?(?:[ -]address)?|rcpt[ -]to|to|addressed to|address|e-?mail address|user|error-for)\s?(?:\(s\))?\s?[:=]\s{0,20}(?:\[?SMTP:)?["'<]?${ONE}["'>]?[\s:,;]{0,8}(?<rest>.*)$`,
  'iu',
);
/** The label of a recipient in other languages; the colon may be a wide one. */
const FOREIGN_LABEL = new RegExp(
  String.raw`^\W{0,4}(?:收件人|收信人|宛先|あて先|送信先|受信者|수신자|받는 ?사람|empf(?:ä|ae?)nger|destinataire|destinatari[oa]s?|destinat[áa]rio|ontvanger|geadresseerde|odbiorca|adresat|получатель|příjemce|adresát|mottagare|modtager|mottaker)(?:[^:：@<>]{0,20})[:：]\s{0,20}["'<[]{0,2}${ONE}["'>]{0,2}[\s:,;。]{0,8}(?<rest>.*)$`,
  'iu',
);
const ANYWHERE = new RegExp(
  String.raw`(?<![\w.+-])(?!(?:postmaster|mailer-daemon|support|help|abuse|admin|info|no-?reply|webmaster)@)${ONE}`,
  'iu',
);

/** Lines about the sender, or about whom to ask; `contact@r.example` is an address as any other. */
const NOT_A_RECIPIENT =
  /^\W{0,8}(?:from|sender|reply-to|return-path|mail from|cc|original sender|x-[\w-]{1,40}|message-id)\s?[:=]|(?<![\w.+@-])(?:contact|assistance|questions?|help desk|postmaster at)\b(?![\w.+-]{0,64}@).{0,60}@|^.{0,24}(?:\bmailto:|https?:)/i;

type Match = (line: string) => RegExpExecArray | null;

/** In order; empty when the lines name nobody. */
export function findMentions(lines: readonly string[], family: NoticeFamily | undefined): Mention[] {
  const byFamily = family?.recipient;
  const ways: readonly (readonly [match: Match, introduces: boolean])[] = [
    ...(byFamily === undefined ? [] : [[(line: string) => byFamily.exec(line), false] as const]),
    [(line) => ALONE.exec(line) ?? BRACKETED.exec(line) ?? BEGINS.exec(line), false],
    [(line) => VERDICT.exec(line), false],
    [inSentence, true],
    [(line) => LABEL.exec(line) ?? FOREIGN_LABEL.exec(line), false],
  ];
  for (const [match, introduces] of ways) {
    const found = collect(lines, match, introduces);
    if (found.length > 0) return found;
  }
  return collect(lines, inLinesAlike(lines), true);
}

/** Two lines or more with the same words before different addresses: each begins what is said of its own. */
function inLinesAlike(lines: readonly string[]): Match {
  const byHead = new Map<string, Set<string>>();
  for (const line of lines) {
    const found = line.includes('@') && !NOT_A_RECIPIENT.test(line) && ANYWHERE.exec(line);
    if (!found) continue;
    const head = headOf(line, found.index);
    const addresses = byHead.get(head) ?? new Set();
    byHead.set(head, addresses.add((found.groups?.['address'] ?? '').toLowerCase()));
  }
  return (line) => {
    const found = line.includes('@') ? ANYWHERE.exec(line) : null;
    return found !== null && (byHead.get(headOf(line, found.index))?.size ?? 0) > 1 ? found : null;
  };
}

/** The words before the address; the whole line, which is like no other, where they tell of no recipient. */
function headOf(line: string, end: number): string {
  const head = line.slice(0, end).replace(/\d+/g, '#').trim().toLowerCase();
  return /\b(?:from|sender|by|via)\b/.test(head) ? `${head} ${line}` : head;
}

/** Where nothing stands as it should: the first address that is not somebody to ask. */
export function anyMention(lines: readonly string[]): Mention[] {
  return collect(lines, (line) => ANYWHERE.exec(line), true).slice(0, 1);
}

function inSentence(line: string): RegExpExecArray | null {
  const head = line.slice(0, MAX_SENTENCE_CHARACTERS);
  for (const sentence of SENTENCES) {
    const match = sentence.exec(head);
    if (match !== null) return match;
  }
  return null;
}

function collect(lines: readonly string[], match: Match, introduces: boolean): Mention[] {
  const mentions: Mention[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || NOT_A_RECIPIENT.test(line)) continue;
    const groups = match(line)?.groups;
    if (groups === undefined || continues(lines, index, mentions.at(-1))) continue;
    const parts = [groups['code'], groups['other'], groups['rest']].filter((part) => part !== undefined);
    const original = EXPANDED.exec(line)?.[1];
    mentions.push({
      line: index,
      recipient: groups['address'] ?? groups['bare'],
      originalRecipient: original === undefined ? undefined : addressesIn(original, 1)[0],
      // A sentence says what happened itself.
      rest: introduces
        ? line.trim()
        : parts
            .join(' ')
            .replace(EXPANDED, '')
            .replace(/^[\s:;,]+/, ''),
      introduces: introduces || inSentence(line) !== null,
      isVerdict: groups['code'] !== undefined,
    });
    if (mentions.length >= MAX_MENTIONS) break;
  }
  return mentions;
}

/** A further line of what is said of the mention before: in its paragraph, and indented deeper. */
function continues(lines: readonly string[], index: number, mention: Mention | undefined): boolean {
  if (mention === undefined || indentOf(lines[index]) <= indentOf(lines[mention.line])) return false;
  // A paragraph is short; what is further away is another.
  if (index - mention.line > 40) return false;
  return lines.slice(mention.line, index).every((line) => line.trim() !== '');
}

function indentOf(line: string | undefined): number {
  return /^[ \t]{0,80}/.exec(line ?? '')?.[0].replaceAll('\t', '        ').length ?? 0;
}
