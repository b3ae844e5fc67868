/**
 * Sorts what a report says of one recipient into a bounce class, as classify.ts does for a reply that came at once. A
 * report is another matter in three ways:
 *
 * - It may have no code, or a reply that says nothing: then the report's own words decide.
 * - What it calls failed is over, whatever the class of its code: `4.1.1 User unknown` that was retried for days is a bad
 *   address, `4.2.2` is still a full mailbox. What it calls delayed is never hard.
 * - Who says "user unknown" matters. In answer to RCPT, or from a system that is known to own the mailbox, it is about the
 *   address; after the message it is mostly a filter that does not want to say so, and where the report does not tell,
 *   it is not sure. Codes such as 5.1.1 stay what they are.
 */
import type { Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import { CLASS_EXPLANATIONS, isAddressClass, type Explanation } from './bounce-classes.ts';
import type { BounceRules } from './bounce-rules.ts';
import type { Parties } from './named-party.ts';
import { classify, type Classification } from './classify.ts';

/** What a report says of one recipient; the reader in dsn/ gives these. */
export interface ReportedFacts {
  readonly kind: 'bounce' | 'complaint' | 'auto-reply' | 'delivered';
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  readonly status: string | undefined;
  readonly reply: Reply | undefined;
  readonly text: string;
  readonly stage: AttemptStage | undefined;
  /** The mailer that wrote the report speaks of its own mailboxes. */
  readonly ownMailbox: boolean;
  /** Of complaints, RFC 5965 §3.1. */
  readonly feedbackType: string | undefined;
  /** As the report names it. */
  readonly recipient?: string | undefined;
  /** Where it was forwarded from. */
  readonly originalRecipient?: string | undefined;
}

/** `known`: addresses of the message that the report itself need not name. Never throws. */
export function classifyReport(
  facts: ReportedFacts,
  rules: BounceRules,
  known: Parties = { recipients: [], senders: [] },
): Classification {
  switch (facts.kind) {
    case 'complaint':
      return byClass('complaint', COMPLAINTS[facts.feedbackType ?? '']);
    case 'auto-reply':
      return byClass('auto-reply');
    case 'delivered':
      return byClass('delivered', ARRIVALS[facts.action]);
    case 'bounce': {
      const named = [facts.recipient, facts.originalRecipient].filter((one) => one !== undefined);
      const parties = { ...known, recipients: [...named, ...known.recipients] };
      const found =
        facts.action === 'delayed'
          ? classifyDelay(facts, rules, parties)
          : classifyFailure(facts, rules, parties);
      return { ...found, hard: facts.action === 'failed' && isSure(found, facts, rules) };
    }
  }
}

/** What is tried further has not expired: `still undelivered after 4 hours` says how long, and something else why. */
function classifyDelay(facts: ReportedFacts, rules: BounceRules, parties: Parties): Classification {
  const found = classifyFailure(facts, rules, parties);
  if (found.class !== 'expired') return found;
  const why = classifyFailure(
    facts,
    rules.filter((rule) => rule.class !== 'expired'),
    parties,
  );
  return why.rule === undefined ? found : why;
}

function classifyFailure(facts: ReportedFacts, rules: BounceRules, parties: Parties): Classification {
  const { reply, status, stage, text } = facts;
  const byReply = classify({ reply, stage, text, status, parties }, rules);
  // `250` or 2.x.x in a report of a failure is not about the failure.
  if (byReply.class === 'delivered')
    return classify(
      { reply: undefined, stage, text: reply?.text ?? text, status: undefined, parties },
      rules,
    );
  if (reply === undefined || isDecided(byReply) || byReply.contradicts === true) return byReply;
  if (text === reply.text) return byReply;
  const byWords = classify({ reply: undefined, stage, text, status, parties }, rules);
  return isDecided(byWords) ? byWords : byReply;
}

/** A definite code or a rule spoke; the rest is a guess by code and stage. */
function isDecided(found: Classification): boolean {
  return found.certain || found.rule !== undefined;
}

function isSure(found: Classification, facts: ReportedFacts, rules: BounceRules): boolean {
  if (!isAddressClass(found.class) || !isDecided(found)) return false;
  if (found.contradicts === true || found.doubtful === true) return false;
  const { reply, stage, status, ownMailbox } = facts;
  // Policy and authentication are not the address's fault, whatever the words.
  if (reply?.status !== undefined && /^[45]\.7\./.test(reply.status)) return false;
  // A domain that could not be looked up may be there tomorrow; a mailbox that is unknown will not.
  if (found.class === 'unknown-host') return status?.startsWith('4') !== true;
  const rule = rules.find(({ id }) => id === found.rule);
  if (rule?.rcptOnly !== true) return found.certain;
  return stage === 'rcpt' || ownMailbox || isAddressCode(reply?.status ?? status);
}

function isAddressCode(status: string | undefined): boolean {
  return status !== undefined && /^[45]\.1\.(?:1|2|3|6|10)$/.test(status);
}

function byClass(bounceClass: Classification['class'], words?: Partial<Explanation>): Classification {
  const { meaning, action } = { ...CLASS_EXPLANATIONS[bounceClass], ...words };
  return { class: bounceClass, hard: false, rule: undefined, certain: true, meaning, action };
}

const COMPLAINTS: Readonly<Record<string, Partial<Explanation>>> = {
  'auth-failure': {
    meaning: 'A receiver reports that a message in the name of this domain did not pass SPF, DKIM or DMARC.',
    action:
      'No recipient complains in this. If the message was yours, run relayctl domain verify for the From domain; if not, somebody forges it.',
  },
  'not-spam': {
    meaning: 'The recipient took a message out of the spam folder: it is not spam.',
    action: 'Nothing to do.',
  },
  'opt-out': {
    meaning: 'The recipient does not want this mail any more and unsubscribed.',
    action: 'Take the address off the list that the message was for.',
  },
  fraud: {
    meaning: 'The recipient, or the receiving provider, takes a message for fraud or phishing.',
    action: 'Find out where the message came from; if it was yours, change what looks like phishing.',
  },
  virus: {
    meaning: 'The receiving provider found a virus in a message.',
    action: 'Find the machine that the message came from and clean it before sending anything else.',
  },
};

const ARRIVALS: Readonly<Partial<Record<ReportedFacts['action'], Partial<Explanation>>>> = {
  relayed: {
    meaning:
      'The message was passed on to a server that sends no notices of success; nothing more will be heard.',
  },
  expanded: {
    meaning: 'The message reached a mailing list and was sent on to its members.',
  },
};
