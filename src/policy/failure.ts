/**
 * Why a delivery did not succeed, in one record: status code, words, class, meaning and remedy. What events, traces
 * and DSNs are written from. Decides no state; outcome.ts does.
 */
import { formatReply, type Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import { CLASS_EXPLANATIONS, type BounceClass, type Explanation } from './bounce-classes.ts';
import type { BounceRules } from './bounce-rules.ts';
import { classify, type Classification } from './classify.ts';
import type { Parties } from './named-party.ts';
import { LOCAL_EXPLANATIONS, LOCAL_STATUS, type FailureClass, type LocalClass } from './local-failures.ts';

/** A remote may write a book; events and DSNs keep the beginning. */
const MAX_REPLY_LENGTH = 1_000;

export interface Failure extends Omit<Classification, 'class'> {
  readonly class: FailureClass;
  /** Enhanced status code; the reply's, or one that says the same. */
  readonly status: string;
  /** The reply on one line, or what happened in words. At most 1,000 characters. */
  readonly reply: string;
  /** True when `reply` is what the remote said. */
  readonly replied: boolean;
  /** Of `expired`: the class of the last attempt's failure, where there was one. */
  readonly lastClass?: FailureClass | undefined;
}

/** What a remote said, or what befell the way to it. */
export interface RemoteFailure extends Failure {
  readonly class: BounceClass;
}

/** `status` is for failures found on this side; a reply's own goes before it. */
export function explainFailure(
  rules: BounceRules,
  what: {
    readonly reply?: Reply | undefined;
    readonly status?: string | undefined;
    readonly stage: AttemptStage;
    readonly text: string;
    readonly parties?: Parties | undefined;
  },
): RemoteFailure {
  const { reply, stage, text, parties } = what;
  const classification = classify({ reply, stage, text, status: what.status, parties }, rules);
  const status = reply?.status ?? what.status ?? `${(reply?.code ?? 400) >= 500 ? '5' : '4'}.0.0`;
  return {
    ...classification,
    status,
    reply: clipReply(reply === undefined ? text : formatReply(reply)),
    replied: reply !== undefined,
  };
}

/** A failure of this relay's own, `text` says which: no remote is asked what it means. */
export function localFailure(localClass: LocalClass, text: string): Failure {
  return {
    class: localClass,
    hard: false,
    rule: undefined,
    certain: false,
    status: LOCAL_STATUS[localClass],
    ...LOCAL_EXPLANATIONS[localClass],
    reply: clipReply(text),
    replied: false,
  };
}

/** A route of this relay rejects mail, with that text. */
export function rejectedHere(text: string): Failure {
  return {
    class: 'policy',
    hard: false,
    rule: undefined,
    certain: false,
    status: '5.7.1',
    meaning: 'A route of this relay rejects mail to this recipient: no server was asked.',
    action:
      'If it should go out, change the route (relayctl route test says which one it is) and send it again.',
    reply: clipReply(text),
    replied: false,
  };
}

/** The same failure where the permanence of its reply is not to be believed; the reply stays as it was said. */
export function asTransient(failure: Failure): Failure {
  return { ...failure, hard: false, certain: false, status: failure.status.replace(/^5/, '4') };
}

/** The time is over. `last` is the failure of the last attempt, where there was one. */
export function expiredFailure(last: Failure | undefined, status = '4.4.7'): Failure {
  const { meaning, action } = CLASS_EXPLANATIONS.expired;
  return {
    class: 'expired',
    hard: false,
    rule: last?.rule,
    certain: false,
    status,
    meaning: last === undefined ? meaning : `${meaning} At last: ${last.meaning}`,
    action: last?.action ?? action,
    reply: last?.reply ?? 'no attempt was made in time',
    lastClass: last?.class,
    replied: last?.replied ?? false,
  };
}

export const DNS_IS_SILENT: Explanation = {
  meaning: 'The DNS servers of the domain did not answer the question for its mail hosts.',
  action:
    'It is retried by itself. If it concerns many domains, check the resolvers of this machine (dns.servers).',
};

export function clipReply(text: string): string {
  return text.length > MAX_REPLY_LENGTH ? `${text.slice(0, MAX_REPLY_LENGTH - 3)}...` : text;
}
