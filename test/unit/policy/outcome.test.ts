import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { mayFollow } from '../../../src/policy/delivery-state.ts';
import type { OutcomeFacts, RecipientResult } from '../../../src/policy/outcome-facts.ts';
import { decideOutcome } from '../../../src/policy/outcome.ts';
import { DEFAULT_RETRY_SCHEDULE_MS } from '../../../src/policy/retry.ts';
import { makeReply, type Reply } from '../../../src/smtp/reply.ts';

const parsed = parseBounceRules(
  readFileSync(new URL('../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);
const rules = isBounceRules(parsed) ? parsed : [];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = 10 * MINUTE;

function settle(result: RecipientResult, changes: Partial<OutcomeFacts> = {}) {
  return decideOutcome({
    result,
    recipient: 'anna@r.example',
    host: 'mx.example.org',
    state: 'queued',
    attempts: 0,
    nowMs: NOW,
    lifetime: { acceptedAtMs: 0, expiresAtMs: undefined, maxAgeMs: 4 * DAY },
    scheduleMs: DEFAULT_RETRY_SCHEDULE_MS,
    random: 0.5,
    destinationRetryAtMs: NOW + 30_000,
    reversePath: 'sender@example.com',
    notify: undefined,
    sendDsn: true,
    via: 'smtp',
    rules,
    ...changes,
  });
}

function reply(text: string): Reply {
  return makeReply(Number(text.slice(0, 3)), [text.slice(4)]);
}

type Replied = Extract<RecipientResult, { kind: 'replied' }>;

function replied(text: string, stage: Replied['stage'] = 'rcpt', changes: Partial<Replied> = {}): Replied {
  return { kind: 'replied', reply: reply(text), stage, sharedBy: 1, ...changes };
}

describe('the outcome of a reply', () => {
  it('that names a time is tried again then, whatever it is about', () => {
    for (const stage of ['mail', 'rcpt', 'data', 'final'] as const)
      expect(
        settle(replied('451 4.7.1 Greylisted, try again in 20 minutes', stage), { random: 0 }),
      ).toMatchObject({
        state: 'deferred',
        nextAttemptAtMs: NOW + 20 * MINUTE,
      });
  });
  it('of 250 to the final dot is delivered', () => {
    expect(settle(replied('250 2.0.0 Ok: queued as 1234', 'final'), { attempts: 2 })).toEqual({
      state: 'delivered',
      nextAttemptAtMs: undefined,
      eventType: 'delivered',
      eventData: {
        reply: '250 2.0.0 Ok: queued as 1234',
        status: '2.0.0',
        class: 'delivered',
        host: 'mx.example.org',
        attempts: 3,
      },
      failure: undefined,
      suppress: undefined,
      dsn: undefined,
      countsAsAttempt: true,
      blocksDestination: false,
    });
  });

  it('of 4yz is deferred by the schedule, with meaning and next attempt in the event', () => {
    const outcome = settle(replied('451 4.7.1 Greylisting in action'), { attempts: 1, state: 'deferred' });
    expect(outcome).toMatchObject({
      state: 'deferred',
      nextAttemptAtMs: NOW + 5 * MINUTE,
      eventType: 'deferred',
      eventData: {
        reply: '451 4.7.1 Greylisting in action',
        status: '4.7.1',
        class: 'rate-limited',
        hard: false,
        host: 'mx.example.org',
        attempts: 2,
        next_attempt_at: '1970-01-01T00:15:00.000Z',
      },
      dsn: undefined,
      countsAsAttempt: true,
      blocksDestination: false,
    });
    expect(outcome.eventData['meaning']).toContain('Greylisting');
  });

  it('of 550 5.1.1 to RCPT that names the sender is bounced, and suppresses nobody', () => {
    const said = replied('550 5.1.1 <sender@example.com>: no such user');
    expect(settle(said, { recipient: 'anna@r.example' })).toMatchObject({
      state: 'bounced',
      eventData: { class: 'policy', hard: false },
      suppress: undefined,
    });
  });

  it('of 550 5.1.1 to RCPT is bounced, suppressed and reported', () => {
    expect(settle(replied('550 5.1.1 No such user'))).toMatchObject({
      state: 'bounced',
      nextAttemptAtMs: undefined,
      eventType: 'bounced',
      eventData: { via: 'reply', class: 'unknown-user', hard: true, status: '5.1.1', attempts: 1 },
      failure: { reply: '550 5.1.1 No such user', replied: true },
      suppress: 'unknown-address',
      dsn: 'failed',
      countsAsAttempt: true,
    });
  });

  it.each([
    ['MAIL', replied('550 5.1.1 no such user', 'mail', { sharedBy: 3 })],
    ['the DATA command', replied('554 5.1.1 no valid recipients', 'data')],
    ['the final dot, shared', replied('550 5.1.1 no such user', 'final', { sharedBy: 2 })],
  ])('of 5yz to %s is bounced and suppresses nobody', (_name, result) => {
    expect(settle(result)).toMatchObject({ state: 'bounced', suppress: undefined, dsn: 'failed' });
  });

  it('of a code and words that contradict each other is bounced by the words, as a soft bounce', () => {
    for (const stage of ['rcpt', 'final'] as const) {
      expect(settle(replied('550 5.1.1 blocked using zen.spamhaus.org', stage))).toMatchObject({
        state: 'bounced',
        eventData: { class: 'reputation', hard: false, status: '5.1.1' },
        suppress: undefined,
        softBounce: true,
      });
    }
  });

  it.each(['550 5.1.1 user unknown', '550 5.1.1 relay not permitted'])(
    'of a backup host while the primary cannot be reached suppresses nobody: %s',
    (text) => {
      const outcome = settle(replied(text), { primaryUnreachable: true });
      expect(outcome).toMatchObject({ state: 'bounced', suppress: undefined });
      expect(outcome.softBounce).toBeUndefined();
    },
  );

  it('of 5.1.1 to the MAIL of a notification is policy', () => {
    const result = replied('550 5.1.1 <>: Sender address rejected', 'mail');
    expect(settle(result, { via: 'dsn', reversePath: '' })).toMatchObject({
      state: 'bounced',
      eventData: { class: 'policy', hard: false },
      suppress: undefined,
    });
  });

  it('of 2yz before the final dot or 3yz at the end is deferred, never delivered', () => {
    for (const result of [replied('250 2.1.5 Ok', 'rcpt'), replied('354 go ahead', 'final')]) {
      expect(settle(result)).toMatchObject({ state: 'deferred', failure: { class: 'protocol' } });
    }
  });

  it('with a long text keeps the beginning of it', () => {
    const outcome = settle(replied(`550 5.1.1 ${'x'.repeat(5000)}`));
    expect(outcome.failure?.reply).toHaveLength(1000);
  });
});

describe('too many recipients', () => {
  it.each([
    '452 4.5.3 Too many recipients',
    '552 5.5.3 Too many recipients',
    '552 too many recipients',
    '452 later',
  ])('as %s sends the rest at once when others were taken', (text) => {
    expect(settle(replied(text, 'rcpt', { othersTaken: true }))).toMatchObject({
      state: 'queued',
      nextAttemptAtMs: NOW,
      eventType: undefined,
      countsAsAttempt: false,
    });
  });

  it('defers by the schedule when nobody was taken, also for 552', () => {
    expect(settle(replied('552 5.5.3 Too many recipients'))).toMatchObject({
      state: 'deferred',
      eventData: { reply: '552 5.5.3 Too many recipients', status: '4.5.3' },
      countsAsAttempt: true,
    });
  });

  it.each(['552 5.2.2 Mailbox full', '552 Mailbox full'])('is not what %s says', (text) => {
    expect(settle(replied(text, 'rcpt', { othersTaken: true }))).toMatchObject({
      state: 'bounced',
      suppress: undefined,
      failure: { class: 'mailbox-full' },
    });
  });

  it('is not what 452 4.2.2 says', () => {
    expect(settle(replied('452 4.2.2 Mailbox full', 'rcpt', { othersTaken: true }))).toMatchObject({
      state: 'deferred',
      failure: { class: 'mailbox-full' },
    });
  });
});

describe('the outcome without a reply', () => {
  it('is a deferral when the session broke, and says that a second copy is possible after the final dot', () => {
    const lost = {
      kind: 'lost',
      stage: 'final',
      text: 'connection closed',
      reply: undefined,
      afterFinalDot: true,
    } as const;
    const outcome = settle(lost);
    expect(outcome).toMatchObject({
      state: 'deferred',
      failure: { class: 'network', status: '4.4.2', replied: false },
      countsAsAttempt: true,
    });
    expect(outcome.failure?.reply).toContain('a second copy is possible');
    expect(settle({ ...lost, stage: 'data', afterFinalDot: false }).failure?.reply).toBe('connection closed');
  });

  it('keeps what the remote said before it hung up, and does not believe its permanence', () => {
    const result = {
      kind: 'lost',
      stage: 'rcpt',
      text: 'closed by the remote',
      afterFinalDot: false,
    } as const;
    expect(settle({ ...result, reply: reply('554 5.7.1 go away') })).toMatchObject({
      state: 'deferred',
      failure: { reply: '554 5.7.1 go away (closed by the remote)', status: '4.7.1', hard: false },
    });
  });

  it.each([
    ['5.6.7', 'bounced', 'protocol'],
    ['5.3.4', 'bounced', 'too-big'],
    ['5.7.30', 'bounced', 'policy'],
    ['4.7.4', 'deferred', 'policy'],
  ])('is for an unsendable message with %s: %s', (status, state, bounceClass) => {
    expect(settle({ kind: 'unsendable', status, text: 'not here' })).toMatchObject({
      state,
      failure: { class: bounceClass, status, reply: 'not here' },
      suppress: undefined,
    });
  });

  it.each([
    ['no-such-domain', '5.1.2', 'unknown-host'],
    ['no-mail-host', '5.1.2', 'unknown-host'],
    ['null-mx', '5.1.10', 'unknown-host'],
    ['loop', '5.4.6', 'network'],
  ] as const)(
    'is for the DNS answer %s a bounce with %s that suppresses nobody',
    (found, status, bounceClass) => {
      expect(settle({ kind: 'dns', found, text: 'example.org: nothing' })).toMatchObject({
        state: 'bounced',
        failure: { class: bounceClass, status },
        suppress: undefined,
        dsn: 'failed',
      });
    },
  );

  it('defers the destination when DNS does not answer', () => {
    expect(settle({ kind: 'dns', found: 'failed', text: 'SERVFAIL' })).toMatchObject({
      state: 'deferred',
      nextAttemptAtMs: NOW + 30_000,
      failure: { class: 'network', status: '4.4.3' },
      countsAsAttempt: false,
      blocksDestination: true,
    });
  });
});

describe('a connection that fails before MAIL', () => {
  const refused = { kind: 'connection-failed', stage: 'connect', reply: undefined, text: 'refused' } as const;

  it.each([
    ['connect', undefined, 'network', '4.0.0'],
    ['greeting', '554 5.7.1 blocked using zen.spamhaus.org', 'reputation', '4.7.1'],
    ['greeting', '554 no', 'reputation', '4.0.0'],
    ['greeting', '421 4.3.2 busy', 'system', '4.3.2'],
    ['ehlo', '550 5.1.1 user unknown', 'unknown-user', '4.1.1'],
    ['starttls', '454 4.7.0 TLS not available', 'policy', '4.7.0'],
  ] as const)('at %s with %s defers the destination, class %s', (stage, text, bounceClass, status) => {
    const result = { ...refused, stage, reply: text === undefined ? undefined : reply(text) };
    expect(settle(result)).toMatchObject({
      state: 'deferred',
      nextAttemptAtMs: NOW + 30_000,
      eventType: 'deferred',
      failure: { class: bounceClass, hard: false, status, reply: text ?? 'refused' },
      suppress: undefined,
      dsn: undefined,
      countsAsAttempt: false,
      blocksDestination: true,
    });
  });

  it('tells it in one event, not again at each try', () => {
    expect(settle(refused, { state: 'deferred' })).toMatchObject({ state: 'deferred', eventType: undefined });
  });

  it('expires the delivery when its time is over, and waits no longer than that', () => {
    const lifetime = { acceptedAtMs: 0, expiresAtMs: NOW + 1000, maxAgeMs: 4 * DAY };
    expect(settle(refused, { lifetime })).toMatchObject({ state: 'deferred', nextAttemptAtMs: NOW + 1000 });
    expect(settle(refused, { lifetime, nowMs: NOW + 1000 })).toMatchObject({
      state: 'expired',
      failure: { status: '4.4.7', reply: 'refused' },
      dsn: 'failed',
      blocksDestination: true,
    });
  });
});

describe('the end of the time', () => {
  it('turns a deferral into expired, with the last reply and its class', () => {
    expect(settle(replied('452 4.2.2 Mailbox full'), { attempts: 30, nowMs: 4 * DAY - 10 })).toMatchObject({
      state: 'expired',
      nextAttemptAtMs: undefined,
      eventType: 'expired',
      eventData: { class: 'expired', last_class: 'mailbox-full', status: '4.4.7', attempts: 31 },
      failure: { reply: '452 4.2.2 Mailbox full', replied: true },
      dsn: 'failed',
      countsAsAttempt: true,
    });
  });

  it('does not turn a bounce or a delivery into expired', () => {
    expect(settle(replied('550 5.1.1 no'), { nowMs: 5 * DAY }).state).toBe('bounced');
    expect(settle(replied('250 ok', 'final'), { nowMs: 5 * DAY }).state).toBe('delivered');
  });

  it('comes untried with the words of the attempt before, and what they mean', () => {
    const last = { reply: reply('452 4.2.2 over quota'), status: '4.2.2', stage: 'rcpt', text: '' } as const;
    const outcome = settle({ kind: 'expired', last }, { attempts: 3, destinationTries: 5 });
    expect(outcome).toMatchObject({
      state: 'expired',
      eventData: { reply: '452 4.2.2 over quota', last_class: 'mailbox-full', attempts: 8 },
      countsAsAttempt: false,
      dsn: 'failed',
    });
    expect(outcome.failure).toMatchObject({ replied: true, lastClass: 'mailbox-full' });
  });

  it('never makes a failure of our own look like a reply', () => {
    const last = { reply: undefined, status: '4.3.5', stage: 'policy', text: 'user unknown' } as const;
    const { eventData } = settle({ kind: 'expired', last: { ...last, localClass: 'local-key' } });
    expect(eventData).toMatchObject({ last_class: 'local-key', hard: false });
    expect(eventData['meaning']).toContain('At last: This relay could not sign the message');
  });
});

describe('a DSN', () => {
  const bounce = replied('550 5.1.1 no such user');
  it.each([
    ['by default', {}, true],
    ['for NOTIFY=FAILURE', { notify: ['failure', 'delay'] }, true],
    ['for NOTIFY=NEVER', { notify: ['never'] }, false],
    ['for NOTIFY=SUCCESS', { notify: ['success'] }, false],
    ['for the null reverse-path', { reversePath: '' }, false],
    ['for a DSN', { via: 'dsn' }, false],
    ['when the credential wants none', { sendDsn: false }, false],
  ] as const)('is due or not: %s', (_name, changes, due) => {
    expect(settle(bounce, changes).dsn).toBe(due ? 'failed' : undefined);
  });

  it('that fails suppresses nobody', () => {
    expect(settle(bounce, { via: 'dsn', reversePath: '' })).toMatchObject({
      state: 'bounced',
      suppress: undefined,
    });
  });
});

describe('a suppressed recipient', () => {
  it('is settled with the reason and without a DSN', () => {
    expect(settle({ kind: 'suppressed', reason: 'complaint' })).toMatchObject({
      state: 'suppressed',
      eventType: 'suppressed',
      eventData: { reason: 'complaint' },
      dsn: undefined,
      countsAsAttempt: false,
    });
  });
});

describe('every outcome', () => {
  it('is a state that may follow a waiting one', () => {
    const results: RecipientResult[] = [
      replied('250 ok', 'final'),
      replied('451 later'),
      replied('550 no'),
      replied('452 too many recipients', 'rcpt', { othersTaken: true }),
      { kind: 'expired' },
      { kind: 'suppressed', reason: 'manual' },
      { kind: 'dns', found: 'failed', text: '' },
    ];
    for (const state of ['queued', 'deferred'] as const) {
      for (const result of results) expect(mayFollow(state, settle(result, { state }).state)).toBe(true);
    }
  });
});

describe('a notice of delay', () => {
  const busy = replied('451 4.7.1 Greylisted', 'rcpt');
  const HOUR = 3_600_000;
  const late = (changes: Partial<OutcomeFacts>) =>
    settle(busy, {
      notify: ['delay'],
      lifetime: { acceptedAtMs: NOW - 4 * HOUR, expiresAtMs: undefined },
      ...changes,
    }).dsn;

  it('is due once the message has waited four hours, when NOTIFY asks for it', () => {
    expect(late({})).toBe('delayed');
    expect(late({ lifetime: { acceptedAtMs: NOW - 4 * HOUR + 1, expiresAtMs: undefined } })).toBeUndefined();
    expect(late({ delayTold: true })).toBeUndefined();
  });

  it('is due as well when the destination as a whole fails', () => {
    const down = { kind: 'connection-failed', stage: 'connect', reply: undefined, text: 'refused' } as const;
    const lifetime = { acceptedAtMs: NOW - 4 * HOUR, expiresAtMs: undefined };
    expect(settle(down, { notify: ['delay'], lifetime }).dsn).toBe('delayed');
  });

  it.each([
    ['when NOTIFY says nothing', { notify: undefined }],
    ['when NOTIFY asks for failures only', { notify: ['failure'] }],
    ['when NOTIFY is NEVER', { notify: ['never'] }],
    ['to the null reverse-path', { reversePath: '' }],
    ['when the credential wants none', { sendDsn: false }],
    ['for a DSN', { via: 'dsn' }],
  ] as const)('is not due %s', (_, changes) => {
    expect(late(changes)).toBeUndefined();
  });
});

describe('a notice of success', () => {
  const taken = replied('250 2.0.0 Ok', 'final');

  it('says relayed where the host sends none itself', () => {
    expect(settle(taken, { notify: ['success'] }).dsn).toBe('relayed');
    expect(settle(taken, { notify: ['success'], hopSendsDsns: true }).dsn).toBeUndefined();
  });

  it.each([
    ['when NOTIFY says nothing', { notify: undefined }],
    ['when NOTIFY is NEVER', { notify: ['never'] }],
    ['to the null reverse-path', { notify: ['success'], reversePath: '' }],
    ['when the credential wants none', { notify: ['success'], sendDsn: false }],
    ['for a DSN', { notify: ['success'], via: 'dsn' }],
  ] as const)('is not due %s', (_, changes) => {
    expect(settle(taken, changes).dsn).toBeUndefined();
  });
});
