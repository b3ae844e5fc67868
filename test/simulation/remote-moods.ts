/** What an MX host is like for a while: everything between well and dead that the field has seen. */
import type { Dice } from './dice.ts';
import { MINUTE_MS } from './durations.ts';

/** Where in a transaction something goes wrong. `content`: while it is sent; `final`: after the dot. */
export type TroubledStage = 'mail' | 'rcpt' | 'data' | 'content' | 'final';
const STAGES: readonly TroubledStage[] = ['mail', 'rcpt', 'data', 'content', 'final'];

/** Where a host says too much. `reset`: in a session that was used before. */
export type BlurtingStage = 'ehlo' | 'starttls' | 'idle' | 'reset' | Exclude<TroubledStage, 'content'>;
const BLURTING_STAGES: readonly BlurtingStage[] = [
  ...(['ehlo', 'ehlo', 'starttls', 'idle', 'reset'] as const),
  ...(['mail', 'rcpt', 'data', 'final'] as const),
];

export type Mood =
  | { readonly kind: 'well' }
  /** No connection comes about, at once or after a long wait. */
  | { readonly kind: 'refusing' }
  | { readonly kind: 'black-hole' }
  /** Takes the connection and says nothing. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'turning-away'; readonly code: number }
  /** Answers like this, mostly. */
  | {
      readonly kind: 'answering';
      readonly stage: Exclude<TroubledStage, 'content'>;
      readonly code: number;
      readonly status: string;
      readonly text: string;
      readonly probability: number;
    }
  | { readonly kind: 'dropping'; readonly stage: TroubledStage; readonly probability: number }
  | { readonly kind: 'stalling'; readonly stage: TroubledStage; readonly probability: number }
  /** Says more than it was asked for behind its reply, so that the session is over: before its first use, or within. */
  | { readonly kind: 'blurting'; readonly stage: BlurtingStage; readonly probability: number }
  | { readonly kind: 'greylisting'; readonly waitMs: number }
  | { readonly kind: 'slow'; readonly transactionMs: number }
  /** More connections than this are answered 421. */
  | { readonly kind: 'crowded'; readonly connections: number }
  /** After so many transactions on a connection MAIL is answered 421, or 503 as by a server that has lost count. */
  | { readonly kind: 'short'; readonly transactions: number; readonly code: 421 | 503 }
  /** More than this is told to slow down. */
  | { readonly kind: 'paced'; readonly perMinute: number };

/** Before MAIL something is wrong: nothing of the message was said. */
export function keepsFromMail(mood: Mood): boolean {
  return ['refusing', 'black-hole', 'silent', 'turning-away'].includes(mood.kind);
}

export function nextMood(dice: Dice): Mood {
  return dice.weighted<() => Mood>([
    [40, () => ({ kind: 'well' })],
    [6, () => ({ kind: 'refusing' })],
    [6, () => ({ kind: 'black-hole' })],
    [2, () => ({ kind: 'silent' })],
    [4, () => ({ kind: 'turning-away', code: dice.pick([421, 421, 450, 554]) })],
    [8, () => answering(dice)],
    [8, () => ({ kind: 'dropping', stage: dice.pick(STAGES), probability: dice.between(0.1, 1) })],
    [4, () => ({ kind: 'stalling', stage: dice.pick(STAGES), probability: dice.between(0.1, 1) })],
    [6, () => ({ kind: 'blurting', stage: dice.pick(BLURTING_STAGES), probability: dice.between(0.3, 1) })],
    [6, () => ({ kind: 'greylisting', waitMs: dice.between(1, 20) * MINUTE_MS })],
    [6, () => ({ kind: 'slow', transactionMs: dice.between(1_000, 60_000) })],
    [4, () => ({ kind: 'crowded', connections: dice.int(1, 3) })],
    [3, () => ({ kind: 'short', transactions: dice.int(0, 5), code: dice.pick([421, 503]) })],
    [4, () => ({ kind: 'paced', perMinute: dice.int(1, 30) })],
  ])();
}

function answering(dice: Dice): Mood {
  const [code, status, text] = dice.pick([
    [451, '4.3.0', 'try again later'],
    [450, '4.2.0', 'mailbox busy'],
    [452, '4.3.1', 'insufficient system storage'],
    [421, '4.7.0', 'too much mail from you'],
    [421, '4.3.2', 'shutting down'],
    [503, '5.5.1', 'bad sequence of commands'],
    [554, '5.7.1', 'rejected by policy'],
    [550, '5.7.26', 'not authenticated'],
    [552, '5.3.4', 'message too big'],
    [354, '', 'what'],
    [250, '', 'fine'],
  ] as const);
  const stage = dice.pick(['mail', 'rcpt', 'data', 'final'] as const);
  return { kind: 'answering', stage, code, status, text, probability: dice.pick([0.2, 0.8, 1]) };
}
