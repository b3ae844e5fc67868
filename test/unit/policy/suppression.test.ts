import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AttemptStage } from '../../../src/policy/attempt-stage.ts';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import { suppressionFor, type SuppressionFacts } from '../../../src/policy/suppression.ts';
import { parseReply } from '../../../src/smtp/reply.ts';

const parsed = parseBounceRules(
  readFileSync(new URL('../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);
const rules = isBounceRules(parsed) ? parsed : [];

function decide(text: string, changes: Partial<SuppressionFacts> = {}) {
  const reply = parseReply(text);
  const stage = changes.stage ?? 'rcpt';
  const classification = classify({ reply, stage, text: '' }, rules);
  return suppressionFor({ reply, stage, sharedBy: 1, via: 'smtp', classification, ...changes });
}

describe('an unknown address', () => {
  it.each([
    '550 5.1.1 x',
    '550 5.1.2 x',
    '553 5.1.3 x',
    '550 5.1.6 x',
    '556 5.1.10 x',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    '550 No such user here',
    '550 5.0.0 User unknown',
    '550 5.2.1 <user@example.org>... User Unknown',
    "554 delivery error: dd This user doesn't have a yahoo.com account (user@yahoo.com) [0]",
  ])('is suppressed by a reply to RCPT: %s', (text) => {
    expect(decide(text)).toBe('unknown-address');
  });

  it('is suppressed by a reply to the final dot only when it was alone', () => {
    expect(decide('550 5.1.1 x', { stage: 'final' })).toBe('unknown-address');
    expect(decide('550 5.1.1 x', { stage: 'final', sharedBy: 2 })).toBeUndefined();
  });

  it.each([
    'dns',
    'connect',
    'greeting',
    'ehlo',
    'starttls',
    'mail',
    'data',
    'policy',
  ] satisfies AttemptStage[])('is never suppressed at the stage %s', (stage) => {
    expect(decide('550 5.1.1 x', { stage })).toBeUndefined();
  });

  it('is never suppressed for a DSN, nor without a reply', () => {
    expect(decide('550 5.1.1 x', { via: 'dsn' })).toBeUndefined();
    expect(decide('550 5.1.1 x', { reply: undefined })).toBeUndefined();
  });
});

describe('anything else', () => {
  it.each([
    ['a temporary failure', '450 4.1.1 User unknown'],
    ['a temporary failure by text', '450 No such user'],
    ['a policy code, whatever the text', '550 5.7.1 User unknown'],
    ['a policy code of a provider', '550 5.7.606 Access denied, banned sending IP'],
    ['a bare code', '550 x'],
    ['a full mailbox', '552 5.2.2 Mailbox full'],
    ['a full mailbox under a wrong code', '552 5.1.1 <user@example.org> mailbox is full'],
    ['a disabled mailbox', '550 5.2.1 The mailbox is disabled'],
    ['a rate limit under a wrong code', '550 5.1.1 192.0.2.1 has sent to too many recipients this hour'],
    ['a refusal under a wrong code', '550 5.1.1 RCP-P2 Refused due to recipient preferences'],
    ['a DMARC failure under a wrong code', '550 5.1.1 rejected by DMARC policy'],
    ['the standard text of RFC 5321, which also means policy', '550 mailbox unavailable'],
    ['the edge blocking of Microsoft', '550 5.4.1 Recipient address rejected: Access denied.'],
    ['a bad sender at RCPT', '550 Sender address does not exist'],
    ['a bad sender at RCPT, other words', '550 invalid sender address, user unknown'],
    ['a bad sender by code', '550 5.1.8 user unknown'],
    ['an unknown domain', '550 Domain does not exist on this server'],
    ['a blocklist that knows no user', '550 5.0.0 your host is listed at zen.spamhaus.org, user unknown'],
    ['an unknown host by text alone', '550 Host unknown'],
    ['a moved mailbox by text alone', '551 User has moved to new@example.net'],
  ])('is not suppressed: %s', (_name, text) => {
    expect(decide(text)).toBeUndefined();
  });
});
