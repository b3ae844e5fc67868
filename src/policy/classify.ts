/**
 * Sorts a reply, or a failure without one, into one bounce class, with what it means and what to do. The first of
 * these that says something decides:
 *
 * 1. a rule marked `over_code`, for providers that use a definite status code for something else;
 * 2. an enhanced status code with a definite meaning (status-codes.ts; RFC 3463 and the IANA registry);
 * 3. the other rules, on the normalised text;
 * 4. the subject of a reply, or of a report's words as short as one, where it is not the recipient (reply-subject.ts);
 * 5. what the enhanced status code says vaguely; then that it is the recipient;
 * 6. the basic reply code, by stage (RFC 5321 §4.2.3);
 * 7. the stage.
 *
 * Only 1 to 3 are sure enough to call a failure hard. A code that says that the address is bad is believed only where
 * the words are not about somebody else (reply-subject.ts, or a rule that is not wide): where they contradict it, they
 * decide the class, and nothing is sure. What answers MAIL is about the sender, whatever the code. A rule that knows many
 * words for "nobody is there" is not sure either where other words leave a doubt (`the mailbox was not found, try later`).
 * A check of the sender that failed (sender-check.ts) is believed before both.
 */
import type { Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import { CLASS_EXPLANATIONS, isAddressClass, type BounceClass, type Explanation } from './bounce-classes.ts';
import type { BounceRule, BounceRules } from './bounce-rules.ts';
import { matchesReply } from './reply-match.ts';
import { whoIsNamed, type Named, type Parties } from './named-party.ts';
import { isInDoubt, replySubject, SUBJECT_CLASSES } from './reply-subject.ts';
import { normalizeReplyText } from './reply-text.ts';
import { isSenderCheck } from './sender-check.ts';
import { replyCodeClass, stageClass, statusMeaning, type CodeMeaning } from './status-codes.ts';

export type { BounceClass } from './bounce-classes.ts';

export interface ClassifyFacts {
  /** What the remote answered; `undefined` when there was no reply. */
  readonly reply: Reply | undefined;
  /** `undefined` where it is not known, as in a report. */
  readonly stage: AttemptStage | undefined;
  /** What happened in words, for failures without a reply. */
  readonly text: string;
  /** A status code found on this side or read in a report; the reply's own goes before it. */
  readonly status?: string | undefined;
  /** Whose mail it is; `undefined` where it is not known, and then no name in the words is anybody's. */
  readonly parties?: Parties | undefined;
}

export interface Classification extends Explanation {
  readonly class: BounceClass;
  /** The address itself is permanently bad, and that is sure. */
  readonly hard: boolean;
  /** Id of the rule that decided; `undefined` when codes or the stage did. */
  readonly rule: string | undefined;
  /** A definite code or a rule that is `certain`; only those may suppress. */
  readonly certain: boolean;
  /** The code, or some words, say that the address is bad, and others speak of something else. */
  readonly contradicts?: true;
  /** Words about a domain that may as well be the sender's. */
  readonly doubtful?: true;
}

export function classify(facts: ClassifyFacts, rules: BounceRules): Classification {
  const { reply, stage } = facts;
  const code = reply?.code;
  if (code !== undefined && code < 300) return DELIVERED;
  const status = reply?.status ?? facts.status;
  const permanent = code === undefined ? status?.startsWith('5') === true : code >= 500;
  const byStatus = status === undefined ? undefined : statusMeaning(status);
  if (byStatus?.class === 'delivered') return DELIVERED;

  const text = normalizeReplyText(reply === undefined ? facts.text : reply.text);
  const answered = reply !== undefined || stage !== undefined;
  const found = sort({ code, status, stage, text, byStatus, permanent }, rules);
  if (!isAddressClass(found.class)) return found;
  // Words that answer MAIL are about the sender. Under a code that blames the address the rest of them decides, below.
  if (stage === 'mail' && reply !== undefined && found.rule !== undefined)
    return { ...decided(SUBJECT_CLASSES.sender, false), contradicts: true };
  const named = whoIsNamed(reply?.text ?? facts.text, facts.parties ?? NOBODY);
  if (isSendersName(named, found)) return { ...decided(SUBJECT_CLASSES.sender, false), contradicts: true };
  if (isBroad(found, rules) && isInDoubt(text))
    return { ...found, hard: false, certain: false, contradicts: true };
  if (isGathered(found, rules) && isSenderCheck(text, answered))
    return { ...decided(SUBJECT_CLASSES.sender, false), contradicts: true };
  if (found.class === 'unknown-host' && reply !== undefined && isAnybodysDomain(named, found, stage, text))
    return { ...found, hard: false, certain: false, doubtful: true };
  if (!blamesAddress(found)) return found;
  const subject =
    stage === 'mail' || isSenderCheck(spaced(text), answered)
      ? 'sender'
      : replySubject(spaced(text), reply !== undefined);
  if (subject === 'recipient') return found;
  // The code does not count: what do the words say?
  const byWords = rules.find((one) => matchesReply(one, { status: undefined, code, stage, text }));
  if (subject === undefined && !isAboutOthers(byWords)) return found;
  const knows = byWords !== undefined && !isAddressClass(byWords.class);
  const classification = knows
    ? byRule(byWords, false)
    : decided(SUBJECT_CLASSES[subject ?? 'policy'], false);
  return { ...classification, certain: false, contradicts: true };
}

const NOBODY: Parties = { recipients: [], senders: [] };

/** The address is the sender's, or a domain that is not there is. */
function isSendersName({ recipient, sender }: Named, found: Classification): boolean {
  return !recipient && (sender === 'address' || (sender === 'domain' && found.class === 'unknown-host'));
}

/**
 * A server that was asked about the recipient, or has taken it, is the one of that domain: one that is not there is the
 * sender's, unless it is named as the recipient's.
 */
function isAnybodysDomain(
  { recipient }: Named,
  { rule }: Classification,
  stage: AttemptStage | undefined,
  text: string,
): boolean {
  if (rule === undefined || recipient) return false;
  return stage === 'data' || stage === 'final' || (stage === 'rcpt' && !OF_THE_RECIPIENT.test(text));
}

/** `Host unknown` is what sendmail says of the host that it should go to. */
const OF_THE_RECIPIENT =
  /\b(?:recipient|rcpt|destination|forward-?path|addressee|host unknown|unknown host)\b/;

/** Some say it as programs do: `NO_SUCH_USER`. */
function spaced(text: string): string {
  return text.replaceAll('_', ' ');
}

interface Sorted {
  readonly code: number | undefined;
  readonly status: string | undefined;
  readonly stage: AttemptStage | undefined;
  /** Normalised. */
  readonly text: string;
  readonly byStatus: CodeMeaning | undefined;
  readonly permanent: boolean;
}

function sort({ byStatus, permanent, ...matching }: Sorted, rules: BounceRules): Classification {
  const codeIsDefinite = byStatus?.definite === true;
  const find = (words: string): BounceRule | undefined =>
    rules.find((one) => (one.overCode || !codeIsDefinite) && matchesReply(one, { ...matching, text: words }));
  const rule = find(matching.text) ?? (matching.text.includes('_') ? find(spaced(matching.text)) : undefined);
  if (rule !== undefined) return byRule(rule, permanent);
  if (codeIsDefinite) return byCode(byStatus, permanent);
  const { code, stage, text } = matching;
  const subject = isOneSaying(matching) ? replySubject(text, true) : undefined;
  const codeSays = byStatus !== undefined && byStatus.class !== 'undefined';
  // Words as wide as "error" say less than a code does, however vague.
  const isWide = subject === 'form' || subject === 'system';
  if (subject !== undefined && subject !== 'recipient' && !(isWide && codeSays))
    return decided(SUBJECT_CLASSES[subject], false);
  if (codeSays) return byCode(byStatus, permanent);
  if (subject === 'recipient' && permanent) return decided('unknown-user', false);
  return decided(code === undefined ? stageClass(stage) : replyCodeClass(code, stage), false);
}

/** A reply, or words of a report that are as short: longer ones speak of much beside the reason. */
function isOneSaying({ code, stage, text }: Pick<Sorted, 'code' | 'stage' | 'text'>): boolean {
  return code !== undefined || (stage === undefined && text.length <= MAX_SAYING);
}

const MAX_SAYING = 300;

/** By one of the rules that know the address to be bad by many words in any order. */
function isBroad(found: Classification, rules: BounceRules): boolean {
  return isAddressClass(found.class) && rules.find(({ id }) => id === found.rule)?.rcptOnly === true;
}

/** Out of words that others use, too: by such a rule, or by one that is not certain. */
function isGathered(found: Classification, rules: BounceRules): boolean {
  return isBroad(found, rules) || (isAddressClass(found.class) && found.rule !== undefined && !found.certain);
}

/** By a code alone: a rule was found by the words, and an operator's own has the last word. */
function blamesAddress(found: Classification): boolean {
  return isAddressClass(found.class) && found.certain && found.rule === undefined;
}

/**
 * Rules know many more words than reply-subject.ts, such as those of connections and queues. Not those that are wide
 * ("recipient rejected"), nor those of mailboxes that are shut: they are about the recipient, too.
 */
function isAboutOthers(rule: BounceRule | undefined): boolean {
  if (rule === undefined || rule.wide || isAddressClass(rule.class)) return false;
  return rule.class !== 'inactive-mailbox';
}

function byRule(rule: BounceRule, permanent: boolean): Classification {
  const explanation = CLASS_EXPLANATIONS[rule.class];
  return {
    class: rule.class,
    hard: permanent && isAddressClass(rule.class),
    meaning: rule.meaning ?? explanation.meaning,
    action: rule.action ?? explanation.action,
    rule: rule.id,
    certain: rule.certain,
  };
}

function byCode(code: CodeMeaning, permanent: boolean): Classification {
  return { ...decided(code.class, code.definite && permanent), ...explained(code), certain: code.definite };
}

function explained(code: CodeMeaning): Explanation {
  const explanation = CLASS_EXPLANATIONS[code.class];
  return { meaning: code.meaning ?? explanation.meaning, action: code.action ?? explanation.action };
}

/** Of most attempts, which ask three times. */
const DELIVERED = decided('delivered', false);

function decided(bounceClass: BounceClass, sureAndPermanent: boolean): Classification {
  return {
    class: bounceClass,
    hard: sureAndPermanent && isAddressClass(bounceClass),
    ...CLASS_EXPLANATIONS[bounceClass],
    rule: undefined,
    certain: false,
  };
}
