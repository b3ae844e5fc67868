/**
 * Which reply rule is about what a remote said. The first that matches counts; a temporary refusal is meant, unless a rule
 * names the code. A failure of this relay's own matches nothing. Pure.
 */
import type { AttemptStage } from '../attempt-stage.ts';
import type { BounceClass } from '../bounce-classes.ts';
import { matchesReply } from '../reply-match.ts';
import { normalizeReplyText } from '../reply-text.ts';
import { isBelow } from './match-rules.ts';
import { retryAfterMs } from './retry-after.ts';
import type { ReplyRule } from './shaping-rules.ts';

/** A reply that took nothing. */
export interface SaidReply {
  /** The MX host that said it. */
  readonly mx: string;
  /** `undefined`: none that is known. */
  readonly provider: string | undefined;
  readonly class: BounceClass;
  /** `undefined`: there was no reply, and nothing to match. */
  readonly code: number | undefined;
  readonly status: string | undefined;
  readonly stage: AttemptStage;
  readonly text: string;
}

/** What follows from a reply. */
export type MatchedReply = Pick<ReplyRule, 'id' | 'action' | 'forMs' | 'scope'>;

/** Of a host that names a time before it hears of any message: it means whoever connects. */
export const RETRY_AFTER_RULE = 'retry-after';

const BEFORE_MAIL: readonly AttemptStage[] = ['connect', 'greeting', 'ehlo', 'starttls'];

/** It is said to a connection, before any message is spoken of. */
export function isOfConnection(stage: AttemptStage): boolean {
  return BEFORE_MAIL.includes(stage);
}

/** `undefined`: none is about it. Its time is the reply's own, where that says one. */
export function matchReply(said: SaidReply, rules: readonly ReplyRule[]): MatchedReply | undefined {
  const { code, status, stage } = said;
  if (code === undefined || code < 400) return undefined;
  let text: string | undefined;
  for (const rule of rules) {
    if (code >= 500 && !rule.code.includes(code)) continue;
    const { mx, providers } = rule.match;
    if (providers.length > 0 && (said.provider === undefined || !providers.includes(said.provider))) continue;
    if (mx.length > 0 && !isBelow(mx, said.mx)) continue;
    if (rule.class.length > 0 && !rule.class.includes(said.class)) continue;
    text ??= normalizeReplyText(said.text);
    if (!matchesReply(rule, { code, status, stage, text })) continue;
    const { id, action, forMs, scope } = rule;
    return { id, action, forMs: retryAfterMs(said.text) ?? forMs, scope };
  }
  if (code >= 500 || !isOfConnection(stage)) return undefined;
  const waitMs = retryAfterMs(said.text);
  if (waitMs === undefined) return undefined;
  return { id: RETRY_AFTER_RULE, action: 'suspend', forMs: waitMs, scope: 'site' };
}
