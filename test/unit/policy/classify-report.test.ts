import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { classifyReport, type ReportedFacts } from '../../../src/policy/classify-report.ts';
import { parseReply } from '../../../src/smtp/reply.ts';

const parsed = parseBounceRules(
  readFileSync(new URL('../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);
const rules = isBounceRules(parsed) ? parsed : [];

function classOf(said: string, changes: Partial<ReportedFacts> = {}) {
  const reply = parseReply(said);
  const facts: ReportedFacts = {
    kind: 'bounce',
    action: 'failed',
    status: reply?.status,
    reply,
    text: reply?.text ?? said,
    stage: undefined,
    ownMailbox: false,
    feedbackType: undefined,
    ...changes,
  };
  return classifyReport(facts, rules);
}

describe('a report that gave up', () => {
  it('is hard for an unknown address, whatever the class of its code', () => {
    expect(classOf('550 5.1.1 User unknown')).toMatchObject({ class: 'unknown-user', hard: true });
    expect(classOf('450 4.1.1 User unknown')).toMatchObject({ class: 'unknown-user', hard: true });
    expect(classOf('450 4.2.2 Mailbox full')).toMatchObject({ class: 'mailbox-full', hard: false });
    expect(classOf('550 5.1.6 moved')).toMatchObject({ class: 'moved', hard: true });
  });

  it('is hard for an unknown domain only when the code is permanent', () => {
    expect(classOf('550 5.1.2 Host unknown')).toMatchObject({ class: 'unknown-host', hard: true });
    expect(classOf('DNS lookup responded with code NXDOMAIN')).toMatchObject({
      class: 'unknown-host',
      hard: true,
    });
    expect(classOf('responded with code NXDOMAIN', { status: '4.0.0' })).toMatchObject({ hard: false });
  });

  it('is never hard for policy codes, whatever the words', () => {
    expect(classOf('550 5.7.1 User unknown', { stage: 'rcpt' })).toMatchObject({ hard: false });
  });
});

describe('a report of a failure', () => {
  it('is never taken for a delivery, whatever its codes say', () => {
    expect(classOf('250 2.0.0 Ok')).toMatchObject({ class: 'undefined', hard: false });
    expect(classOf('accepted', { status: '2.1.5' })).toMatchObject({ class: 'undefined', hard: false });
    expect(classOf('550 5.1.5 No such user', { stage: 'rcpt' })).toMatchObject({ class: 'unknown-user' });
  });
});

describe('a report whose code and words contradict each other', () => {
  it.each([
    ['550 5.1.1 <app@sender.test>: Sender address rejected: User unknown in local sender table', 'policy'],
    ['550 5.1.1 192.0.2.1 blocked using zen.spamhaus.org', 'reputation'],
    ['554 5.1.2 relay access denied', 'relaying-denied'],
    ['554 5.1.1 rejected as spam', 'content'],
  ])('is not hard: %s', (said, wanted) => {
    expect(classOf(said, { stage: 'rcpt' })).toMatchObject({ class: wanted, hard: false });
    expect(classOf(said, { stage: 'final' })).toMatchObject({ class: wanted, hard: false });
    // The words beside the reply do not turn it back.
    const text = `The address was not found. ${said}`;
    expect(classOf(said, { text })).toMatchObject({ class: wanted, hard: false });
  });

  it('is hard where its own prose says much, and that nobody is there', () => {
    const text = 'The recipient was not found. Please try again later or ask your administrator.';
    const facts = { reply: undefined, status: '5.1.1', text };
    expect(classOf('', facts)).toMatchObject({ class: 'unknown-user', hard: true });
  });
});

describe('"user unknown" without a code that says it', () => {
  it.each([
    ['rcpt', true],
    ['final', false],
    ['data', false],
    [undefined, false],
  ] as const)('in answer to %s: hard is %s', (stage, hard) => {
    expect(classOf('550 User unknown', { stage })).toMatchObject({ class: 'unknown-user', hard });
  });

  it('counts from a mailer that owns the mailbox', () => {
    const said = 'User bob (bob@example.org) not listed in Domino Directory';
    expect(classOf(said, { ownMailbox: true })).toMatchObject({ class: 'unknown-user', hard: true });
    expect(classOf(said)).toMatchObject({ class: 'unknown-user', hard: false });
  });

  it('counts where a provider means nothing else by it', () => {
    expect(
      classOf("554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]"),
    ).toMatchObject({ class: 'unknown-user', hard: true });
  });
});

describe('words that are not sure', () => {
  it.each([
    [
      '550 5.4.1 <bob@example.org>: Recipient address rejected: Access denied [mx.example.org]',
      'unknown-user',
    ],
    ['550 Recipient user name bob (bob@example.org) not unique. Several matches found', 'unknown-user'],
    ['550 5.1.1 Suspended user <bob@example.org>', 'inactive-mailbox'],
    ['553 example.net does not exist', 'policy'],
    ['550 The mailbox was not found at this time', 'unknown-user'],
    ['550 User not known to accept mail from strangers', 'unknown-user'],
  ])('are not hard, not even in answer to RCPT: %s', (said, wanted) => {
    expect(classOf(said, { stage: 'rcpt' })).toMatchObject({ class: wanted, hard: false });
  });

  it('are those of others: nobody is there where they say no more than that', () => {
    for (const said of ['550 The mailbox "bob" was not found', '550 Das Postfach bob existiert hier nicht'])
      expect(classOf(said, { stage: 'rcpt' })).toMatchObject({ class: 'unknown-user', hard: true });
  });
});

describe('a report that only warns', () => {
  it('is never hard', () => {
    expect(classOf('550 5.1.1 User unknown', { action: 'delayed' })).toMatchObject({
      class: 'unknown-user',
      hard: false,
    });
  });
});

describe('what a report says without a reply', () => {
  it.each([
    ['mailbox is full: retry timeout exceeded', 'mailbox-full'],
    ['retry timeout exceeded', 'expired'],
    ['an MX or SRV record indicated no SMTP service', 'unknown-host'],
    ['Unrouteable address', 'unknown-host'],
    ['The recipient name is not recognized', 'unknown-user'],
    ['Connection refused', 'network'],
    ['Name service error for domain example.org: Host not found, try again', 'network'],
    ['This mail message has exceeded the maximum incoming message size.', 'too-big'],
    ['Command died with status 17: "/usr/sbin/filter"', 'system'],
    ['You are not a member of this mailing list', 'policy'],
    ['', 'undefined'],
  ])('%s: %s', (text, bounceClass) => {
    expect(classOf(text).class).toBe(bounceClass);
  });

  it('speaks where the reply says nothing', () => {
    expect(classOf('554 5.0.0 x', { text: 'The mailbox of this user is full' }).class).toBe('mailbox-full');
    expect(classOf('550 5.1.1 x', { text: 'The mailbox of this user is full' }).class).toBe('unknown-user');
  });
});

describe('a report that is no failure', () => {
  it.each([
    ['complaint', 'complaint'],
    ['auto-reply', 'auto-reply'],
    ['delivered', 'delivered'],
  ] as const)('of kind %s is %s, and never hard', (kind, bounceClass) => {
    expect(classOf('550 5.1.1 User unknown', { kind, action: 'delivered' })).toMatchObject({
      class: bounceClass,
      hard: false,
    });
  });

  it('says in words what kind of feedback it is', () => {
    const words = (feedbackType: string) => classOf('', { kind: 'complaint', feedbackType }).meaning;
    expect(words('abuse')).toContain('marked a message as spam');
    expect(words('opt-out')).toContain('unsubscribed');
    expect(words('not-spam')).toContain('not spam');
    expect(words('auth-failure')).toContain('DMARC');
  });

  it('says how far a message came', () => {
    expect(classOf('250 2.0.0 OK', { kind: 'delivered', action: 'relayed' }).meaning).toContain('passed on');
  });
});
