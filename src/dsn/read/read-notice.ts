/**
 * Reads a notice written for people: which recipients it is about, and what it says of each. Works on any text; a row of
 * notice-families.ts says where a mailer differs.
 */
import { addressesIn } from './addresses-in-text.ts';
import { MAX_REPORTED, type ReportedDelivery } from './delivery-status.ts';
import type { NoticeFamily } from './notice-families.ts';
import { anyMention, EXPANDED, findMentions, type Mention } from './notice-mentions.ts';
import { findReasons, MAX_REASON_CHARACTERS } from './notice-reasons.ts';
import { findReply } from './reply-in-text.ts';
import { stageInWords } from './reply-stage.ts';
import type { ReportAction } from './report.ts';
import { readTranscript, refusalOf, verdictOn, type Transcript } from './smtp-transcript.ts';

const MAX_TEXT_CHARACTERS = 2_000;

const DELAY_WORDS =
  /warning message only|this is a warning only|has been delayed|is delayed|not yet been delivered|have not yet received|temporary failure report|will (?:keep trying|be retried|continue trying)|delivery attempts will continue|notification about a delay/i;
const DELAY_SUBJECT = /\b(?:delay(?:ed)?|warning|still being retried|deferred)\b/i;

/** Of all recipients that follow: InterMail; Gmail and QQ, in their own words before the reply. */
const RECIPIENTS_REFUSED =
  /\brecipients? (?:was|were) (?:rejected|refused) by (?:a|the) remote\b|wasn't delivered to \S{3,320} because the address couldn't be found|\brecipient's e-?mail address (?:\(\S{3,320}\) )?does not exist, so the message\b|退信原因[:：]\s?[该此]?(?:用户|收件人)不存在/iu;

/** Old sendmails say so beside the address; why stands in the transcript. */
const SAYS_NOTHING = /^\s*\(?(?:unrecoverable error|transient failure|retrying|unable to deliver)\)?\s*$/i;

/** `subject`: of the report. One entry a recipient, in order; empty when the notice names nobody. */
export function readNotice(
  noticeLines: readonly string[],
  subject: string,
  family: NoticeFamily | undefined,
): ReportedDelivery[] {
  if (family?.hidesRecipients === true) return [];
  const lines = joinExpansions(noticeLines);
  const whole = lines.join('\n');
  const transcript = readTranscript(lines);
  const { lines: region, after } = regionOf(lines, family);
  const refused = transcript.refusals.length > 0;
  const named = findMentions(region, family);
  const mentions = named.length > 0 || refused ? named : anyMention(region);
  const facts: NoticeFacts = {
    action: DELAY_WORDS.test(whole) || DELAY_SUBJECT.test(subject) ? 'delayed' : 'failed',
    transcript,
    said: family?.says?.exec(whole)?.[0].replace(/\s+/g, ' '),
    ownMailbox: family?.ownMailboxes === true,
    recipientsRefused: RECIPIENTS_REFUSED.test(whole),
    named: new Set(mentions.flatMap(({ recipient }) => recipient?.toLowerCase() ?? [])),
  };
  const reasons = findReasons(region, mentions, family?.reasonFirst === true);
  const found = mentions.map((mention, index) => {
    const near = reasons[index] ?? '';
    if (near.replace(EXPANDED, '').replace(SAYS_NOTHING, '').trim() !== '')
      return describe(mention, near, facts);
    const verdict = verdictOn(transcript, mention.recipient);
    return describe(mention, `${near}\n${verdict ?? after}`, facts);
  });
  return unique(found.length > 0 || !refused ? found : refusedRecipients(facts));
}

interface NoticeFacts {
  readonly action: ReportAction;
  readonly transcript: Transcript;
  /** The sentence that counts, whatever else is quoted. */
  readonly said: string | undefined;
  readonly ownMailbox: boolean;
  /** It says that a server refused recipients, not the message. */
  readonly recipientsRefused: boolean;
  /** Addresses that the notice names, in lower case. */
  readonly named: ReadonlySet<string>;
}

function describe(mention: Mention, near: string, facts: NoticeFacts): ReportedDelivery {
  const reason = near.replace(EXPANDED, '').trim();
  const original = mention.originalRecipient ?? addressesIn(EXPANDED.exec(near)?.[1] ?? '', 1)[0];
  const recipient =
    mention.recipient ?? recipientInWords(reason) ?? original ?? mention.rest.trim().slice(0, 320);
  const explained = explain(recipient, reason, facts);
  return {
    ...explained,
    stage: explained.stage ?? (mention.isVerdict || facts.recipientsRefused ? 'rcpt' : undefined),
    recipient: recipient === '' ? undefined : recipient,
    originalRecipient: original,
  };
}

function explain(recipient: string, reason: string, facts: NoticeFacts): ReportedDelivery {
  const { action, transcript, said, ownMailbox, named } = facts;
  const own = findReply(reason);
  const refusal = refusalOf(transcript, recipient, own.text, named);
  // The dialogue knows the whole reply; the notice often its first line only, or nothing.
  const wanting = own.reply === undefined || isCut(reason);
  const { reply, status, text } = refusal !== undefined && wanting ? findReply(refusal.reply) : own;
  return {
    recipient,
    originalRecipient: undefined,
    action,
    status: said === undefined ? status : undefined,
    reply: said === undefined ? reply : undefined,
    text: (said ?? text).slice(0, MAX_TEXT_CHARACTERS),
    stage: stageInWords(reason) ?? refusal?.stage,
    ownMailbox,
    remoteMta: /\bhost:? ((?:[A-Za-z0-9_-]{1,63}\.){1,20}[A-Za-z0-9-]{1,63})/i.exec(reason)?.[1],
  };
}

/** Nobody is named but in the dialogue. */
function refusedRecipients(facts: NoticeFacts): ReportedDelivery[] {
  const { refusals, recipients } = facts.transcript;
  const refused = refusals.flatMap((one) => one.recipient ?? []);
  return (refused.length > 0 ? refused : recipients).map((recipient) => explain(recipient, '', facts));
}

/** One entry a recipient: of several, the one that quotes a reply. */
function unique(deliveries: readonly ReportedDelivery[]): ReportedDelivery[] {
  const byRecipient = new Map<string, ReportedDelivery>();
  for (const delivery of deliveries) {
    const key = (delivery.recipient ?? '').toLowerCase();
    const before = byRecipient.get(key);
    if (before !== undefined && (before.reply !== undefined || delivery.reply === undefined)) continue;
    byRecipient.set(key, delivery);
    if (byRecipient.size >= MAX_REPORTED) break;
  }
  return [...byRecipient.values()];
}

/** Postfix breaks its lines within `(expanded from <...>)`. */
function joinExpansions(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    if (last !== undefined && last.length < 1_000 && /\(expanded from[^)]{0,400}$/i.test(last)) {
      joined[joined.length - 1] = `${last} ${line.trim()}`;
    } else {
      joined.push(line);
    }
  }
  return joined;
}

interface Region {
  /** Where the recipients stand. */
  readonly lines: readonly string[];
  /** What follows them, at most 4,000 characters: the transcript of a sendmail. */
  readonly after: string;
}

function regionOf(lines: readonly string[], family: NoticeFamily | undefined): Region {
  const { begins, ends } = family ?? {};
  const from = begins === undefined ? -1 : lines.findIndex((line) => begins.test(line));
  const rest = lines.slice(from + 1);
  const to = ends === undefined ? -1 : rest.findIndex((line) => ends.test(line));
  if (to < 0) return { lines: rest, after: '' };
  // A transcript and nothing before it, as old mailers write: the recipients stand in it.
  if (from < 0 && rest.slice(0, to).every((line) => line.trim() === ''))
    return { lines: rest.slice(to + 1), after: '' };
  const after = rest.slice(to + 1, to + 200).join('\n');
  return { lines: rest.slice(0, to), after: after.trim().slice(0, MAX_REASON_CHARACTERS) };
}

/** The reason shows only the first line of a longer reply: `552-5.7.0 This message was blocked because`. */
function isCut(reason: string): boolean {
  return /(?:^|[\s(:])[45]\d\d-(?=\S)/.test(reason);
}

/** A mention without an address: `generated by user@example.org`, `after RCPT TO:<user@example.org>`. */
function recipientInWords(reason: string): string | undefined {
  const after = /(?:generated by|RCPT TO:?)\s{0,4}<?([^\s<>]{1,320})>?/i.exec(reason)?.[1];
  return after === undefined ? addressesIn(reason, 1)[0] : (addressesIn(after, 1)[0] ?? after);
}
