import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import type { AttemptStage } from '../../../src/policy/attempt-stage.ts';
import { classify } from '../../../src/policy/classify.ts';
import { classifyReport } from '../../../src/policy/classify-report.ts';
import { whoIsNamed, type Parties } from '../../../src/policy/named-party.ts';
import { suppressionFor } from '../../../src/policy/suppression.ts';
import { parseReply } from '../../../src/smtp/reply.ts';

const parties: Parties = { recipients: ['Anna@R.Example'], senders: ['app@shop.test'] };
const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

describe('whom a text names', () => {
  it.each([
    ['<anna@r.example>: no', { recipient: true, sender: undefined }],
    ['Domain R.EXAMPLE. unknown', { recipient: true, sender: undefined }],
    ['mx.r.example says no', { recipient: false, sender: undefined }],
    ['other.example, r.example.net and xr.example', { recipient: false, sender: undefined }],
    ['<app@shop.test>: no', { recipient: false, sender: 'address' }],
    ['shop.test does not exist', { recipient: false, sender: 'domain' }],
    ['no bounces.shop.test here', { recipient: false, sender: 'domain' }],
    ['b2-x@bounces.shop.test', { recipient: false, sender: 'domain' }],
    ['notshop.test and shop.test.example', { recipient: false, sender: undefined }],
    ['from app@shop.test to anna@r.example', { recipient: true, sender: 'address' }],
    ['', { recipient: false, sender: undefined }],
  ] as const)('%s', (text, named) => {
    expect(whoIsNamed(text, parties)).toEqual(named);
  });

  it('is not told where both have one domain, or where nobody is known', () => {
    const colleagues = { recipients: ['anna@r.example'], senders: ['app@mail.r.example'] };
    expect(whoIsNamed('mail.r.example does not exist', colleagues).sender).toBeUndefined();
    expect(whoIsNamed('r.example does not exist', { recipients: [''], senders: [''] })).toEqual({
      recipient: false,
      sender: undefined,
    });
  });

  it('is found in time that grows with the text alone', () => {
    const text = 'shop.test-'.repeat(100_000);
    expect(whoIsNamed(text, parties)).toEqual({ recipient: false, sender: undefined });
  });
});

function answer(text: string, stage: AttemptStage) {
  const reply = parseReply(text);
  const classification = classify({ reply, stage, text: '', parties }, rules);
  const facts = { reply, stage, sharedBy: 1, via: 'smtp', classification } as const;
  return { class: classification.class, hard: classification.hard, suppresses: suppressionFor(facts) };
}

describe('an answer to RCPT that names the sender', () => {
  it.each([
    '550 5.1.1 <app@shop.test>: User unknown',
    '550 5.1.2 <app@shop.test>: Domain not found',
    '550 <app@shop.test>: no such user here',
    '553 5.1.3 <app@shop.test>... Invalid route address',
    '550 shop.test: domain does not exist',
    '550 No MX record for bounces.shop.test',
  ])('suppresses nobody, and is about the sender: %s', (text) => {
    expect(answer(text, 'rcpt')).toEqual({ class: 'policy', hard: false, suppresses: undefined });
  });

  it.each([
    '550 5.1.1 <anna@r.example>: User unknown',
    '550 5.1.1 User unknown',
    '550 no such user, message from <app@shop.test> to <anna@r.example> refused',
  ])('but says something of the recipient where that is named, or nobody: %s', (text) => {
    expect(answer(text, 'rcpt')).toMatchObject({ class: 'unknown-user', suppresses: 'unknown-address' });
  });
});

describe('a domain that is not there', () => {
  it.each([
    ['550 Domain not found', 'rcpt', 'unknown-host', false],
    ['550 Domain not found', 'final', 'unknown-host', false],
    ['550 r.example: domain not found', 'rcpt', 'unknown-host', true],
    ['550 Recipient domain not found', 'rcpt', 'unknown-host', true],
    ['550 Host unknown', 'rcpt', 'unknown-host', true],
    ['550 Domain not found', 'mail', 'policy', false],
  ] as const)('%s to %s is %s, hard: %s', (text, stage, bounceClass, hard) => {
    expect(answer(text, stage)).toMatchObject({ class: bounceClass, hard, suppresses: undefined });
  });

  it('is the sender’s in a report that knows the sender, and the recipient’s in its own words', () => {
    const facts = {
      kind: 'bounce',
      action: 'failed',
      status: '5.0.0',
      stage: 'rcpt',
      ownMailbox: false,
      feedbackType: undefined,
      recipient: 'anna@r.example',
    } as const;
    const quoted = { ...facts, reply: parseReply('550 Domain shop.test not found'), text: '' };
    const own = { ...facts, stage: undefined, reply: undefined, text: 'Host or domain name not found' };
    expect(classifyReport(quoted, rules, { recipients: [], senders: ['app@shop.test'] })).toMatchObject({
      class: 'policy',
      hard: false,
    });
    expect(classifyReport(quoted, rules)).toMatchObject({ class: 'unknown-host', hard: false });
    expect(classifyReport(own, rules)).toMatchObject({ class: 'unknown-host', hard: true });
  });
});
