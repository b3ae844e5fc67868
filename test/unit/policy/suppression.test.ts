import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AttemptStage } from '../../../src/policy/attempt-stage.ts';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import { suppressionFor, type SuppressionFacts } from '../../../src/policy/suppression.ts';
import { parseReply } from '../../../src/smtp/reply.ts';
import { KNOWN_REPLIES } from '../../corpus/sources/known-replies.ts';
import { LATER_REPLIES } from '../../corpus/sources/later-replies.ts';
import { ADDRESS_CODES, judge } from '../../corpus/sources/read-sources.ts';
import { underAddressCode } from '../../corpus/sources/source-replies.ts';
import { UNSEEN_REPLIES } from '../../corpus/sources/unseen-replies.ts';

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

describe('a code for an unknown address with words about something else', () => {
  it.each([
    ['550 5.1.1 <app@sender.test>: Sender address rejected: User unknown in local sender table', 'policy'],
    ['550 5.1.1 Service refused, 192.0.2.1 blocked using zen.spamhaus.org', 'reputation'],
    ['554 5.1.1 rejected as spam', 'content'],
    ['550 5.1.2 Sender domain not found', 'policy'],
    ['550 5.1.3 no PTR', 'authentication'],
    ['550 5.1.6 relay access denied', 'relaying-denied'],
    ['550 5.1.10 blocked using Spamhaus', 'reputation'],
  ])('says what the words say, and suppresses nobody: %s', (text, wanted) => {
    for (const stage of ['rcpt', 'final'] as const) {
      expect(decide(text, { stage })).toBeUndefined();
      const found = classify({ reply: parseReply(text), stage, text: '' }, rules);
      expect(found).toMatchObject({ class: wanted, hard: false, certain: false, contradicts: true });
    }
  });

  it('leaves a full mailbox and a provider rule what they are', () => {
    const reply = parseReply('552 5.1.1 <user@r.example> mailbox is full');
    const found = classify({ reply, stage: 'rcpt', text: '' }, rules);
    expect(found).toMatchObject({ class: 'mailbox-full', rule: 'mailbox-full' });
    expect(found.contradicts).toBeUndefined();
  });
});

describe("an operator's own rule", () => {
  it.each(['550 5.1.1 blocked by gateway 7', '550 blocked by gateway 7'])('has the last word: %s', (text) => {
    const own = parseBounceRules(
      '[[rule]]\nid = "own"\nclass = "unknown-user"\nover_code = true\ntext = ["blocked by gateway 7"]',
    );
    if (!isBounceRules(own)) throw new Error(own.expected);
    const classification = classify({ reply: parseReply(text), stage: 'rcpt', text: '' }, [...own, ...rules]);
    expect(classification).toMatchObject({ class: 'unknown-user', rule: 'own', certain: true });
    expect(decide(text, { classification })).toBe('unknown-address');
  });
});

describe('a reply to MAIL', () => {
  it.each(['550 5.1.1 <>: Sender address rejected', '550 5.1.1 x', '553 5.1.3 User unknown'])(
    'is about the sender, whatever its code: %s',
    (text) => {
      const found = classify({ reply: parseReply(text), stage: 'mail', text: '' }, rules);
      expect(found).toMatchObject({ class: 'policy', hard: false });
      expect(decide(text, { stage: 'mail' })).toBeUndefined();
    },
  );
});

describe('a backup host while the primary cannot be reached', () => {
  it.each(['550 5.1.1 user unknown', '550 5.1.2 relay not permitted', '550 No such user here'])(
    'suppresses nobody: %s',
    (text) => {
      expect(decide(text, { primaryUnreachable: true })).toBeUndefined();
    },
  );

  it('is believed when the primary was reached', () => {
    expect(decide('550 5.1.1 user unknown', { primaryUnreachable: false })).toBe('unknown-address');
  });
});

describe('words about somebody else without a code that says it', () => {
  it.each(['5.0.0', '5.1.0', '5.2.1', '5.5.0'])('suppress nobody under %s, nor without a code', (status) => {
    const said = [...KNOWN_REPLIES, ...UNSEEN_REPLIES, ...LATER_REPLIES].flatMap(({ others }) =>
      others.map(([, reply]) => underAddressCode(reply, status)),
    );
    const bare = said.map((text) => text.replace(` ${status}`, ''));
    expect([...said, ...bare].filter((text) => judge(text, rules).suppresses)).toEqual([]);
  });
});

describe('a sender or a client that is not there', () => {
  const nouns = [
    'Sender domain',
    "The sender's domain s.example",
    'Your domain s.example',
    'From address',
    'Envelope sender',
    'Client host mx.s.example',
    'Your server',
    'HELO name',
    'The domain in MAIL FROM',
    'Return-path',
    'Your IP address',
    'Originator address',
    'Reverse-path',
  ];
  const verdicts = [
    'does not exist',
    'could not be found',
    'does not resolve',
    'is unknown',
    'is invalid',
    'has no MX record',
    'cannot be verified',
    'not recognised',
    'is not registered',
    'has no mail server',
    'not known here',
  ];

  it.each(nouns)('suppresses nobody, with a code of the address or without: %s', (noun) => {
    const said = verdicts.map((verdict) => `550 ${noun} ${verdict}`);
    const all = said.flatMap((text) => [text, ...ADDRESS_CODES.map((code) => underAddressCode(text, code))]);
    expect(all.filter((text) => judge(text, rules).suppresses)).toEqual([]);
  });
});

describe.each([...KNOWN_REPLIES, ...UNSEEN_REPLIES, ...LATER_REPLIES])('$program', ({ gone, others }) => {
  if (gone.length > 0) {
    it.each(gone)('says that nobody is there: %s', (reply) => {
      expect(judge(underAddressCode(reply, '5.1.1'), rules).suppresses).toBe(true);
    });
  }

  it.each(others)('suppresses nobody under any code (%s): %s', (_classes, reply) => {
    const said = [reply, ...ADDRESS_CODES.map((code) => underAddressCode(reply, code))];
    expect(said.filter((text) => judge(text, rules).suppresses)).toEqual([]);
  });
});
