/** `relayctl message trace`: what an operator reads at night. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OPERATOR_ACCOUNT } from '../../src/store/operator-account.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.relayRuns();
});
afterEach(async () => await stage.dispose());

const MINUTE = 60_000;

/** As the relay stores it: its own Received field on top. */
const stored = (received: string) => `Received: ${received}\r\nSubject: Your invoice\r\n\r\nPlease pay.\r\n`;
const OVER_TLS =
  'from web1.shop.example\r\n\tby mail.example.net (Postern) with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n' +
  '\tid msg_x\r\n\tfor <alice@example.org>;\r\n\tTue, 24 Nov 2026 06:12:31 +0000';

const trace = async (id: string, columns = 90) =>
  (await stage.run(['message', 'trace', id], { columns })).out;

test('shows how a message came in: when, by whom, over TLS, for how many', async () => {
  const { id: credentialId } = (await stage.json('credential', 'add', '--name', 'wordpress')) as {
    id: string;
  };
  const id = await stage.accept({
    content: stored(OVER_TLS),
    credentialId,
    tags: ['invoice'],
    recipients: ['alice@example.org', 'bob@example.org'],
  });
  const page = await trace(id);
  expect(page).toContain('Your invoice');
  expect(page).toContain('from billing@shop.example, reverse-path bounces@shop.example');
  expect(page).toContain('tags invoice');
  expect(page).toContain('accepted 2026-11-24 06:12:31 UTC (now)');
  expect(page).toMatch(/handed in with credential wordpress \(smtp, user wordpress-[0-9a-z]{6}\)/);
  expect(page).toContain('by web1.shop.example, ESMTPSA over TLSv1.3 TLS_AES_256_GCM_SHA384');
  expect(page).toContain('for 2 recipients, stored durably before it was answered 250');
});

test.each([
  [
    'from [192.0.2.7] ([192.0.2.7])\r\n\tby m (Postern) with ESMTP\r\n\tid x;\r\n\tdate',
    'by [192.0.2.7] [192.0.2.7], ESMTP in clear',
  ],
  [
    'from printer ([IPv6:2001:db8::7])\r\n\tby m (Postern) with ESMTPS (TLSv1.2 X)\r\n\tid x;\r\n\tdate',
    'by printer [2001:db8::7], ESMTPS over TLSv1.2 X',
  ],
])('reads its own Received field: %s', async (received, expected) => {
  expect(await trace(await stage.accept({ content: stored(received) }))).toContain(expected);
});

test('says what is odd about a message: an author written anew, lines that are too long', async () => {
  const headerFrom = 'mailer-daemon@shop.example';
  const remarks = { original_from: 'MAILER-DAEMON <>', longest_line_octets: 1_950 };
  const page = await trace(await stage.accept({ headerFrom, reversePath: '', remarks }));
  const unwrapped = page.replace(/\n {2}│ /g, ' ');
  expect(unwrapped).toContain(
    "a notice of the client's own mail system: its From was MAILER-DAEMON <>, which is in X-Original-From, and is mailer-daemon@shop.example now",
  );
  expect(unwrapped).toContain(
    'its longest line has 1950 octets, passed on unchanged: mail servers need not take more than 998',
  );
  const plain = await trace(await stage.accept());
  expect(plain).not.toContain('longest line');
  expect(plain).not.toContain('X-Original-From');
});

test('leaves out a client that the relay does not write down', async () => {
  const received = 'from unknown\r\n\tby m (Postern) with ESMTPSA (TLSv1.3 X)\r\n\tid x;\r\n\tdate';
  expect(await trace(await stage.accept({ content: stored(received) }))).toContain(
    '│ by ESMTPSA over TLSv1.3 X\n',
  );
});

test('says nothing about the session when another Received field stands on top', async () => {
  const page = await trace(await stage.accept({ content: stored('from a by b with SMTP; date') }));
  expect(page).not.toContain('in clear');
});

test('counts and shows what failed for the destination as a whole, for whoever waits', async () => {
  const id = await stage.accept();
  const greeting = { host: 'mx1.example.org', address: '192.0.2.1', tls: undefined, replyCode: 421 } as const;
  const tries = Array.from({ length: 30 }, (_, minute) => [
    {
      ...{ ...greeting, atMs: stage.clock.now() + minute * MINUTE, status: '4.3.2', durationMs: 5 },
      ...{ text: `too busy ${minute}`, stage: 'greeting' as const },
    },
  ]);
  await stage.clock.advance(30 * MINUTE);
  const untilMs = stage.clock.now() + MINUTE;
  await stage.store.spool.blockDestinations([
    { destination: 'example.org', untilMs, failures: 30, lastError: 'too busy', tries },
  ]);
  const page = await trace(id, 100);
  expect(page).toContain('queued, 30 attempts so far');
  expect(page).toContain('5 earlier attempts at example.org as a whole left out');
  expect(page).not.toContain('too busy 4\n');
  expect(page).toContain('421 4.3.2 too busy 29');
  expect(page).not.toContain('no attempt');
  const [line] = (await stage.jsonLines('queue', 'list')) as { attempts: number; last_reply: string }[];
  expect(line).toMatchObject({ attempts: 30, last_reply: '421 4.3.2 too busy 29' });
});

test('tells a failure of the relay itself as one, whatever its words look like', async () => {
  const id = await stage.accept();
  await stage.settle(() => ({
    state: 'deferred',
    nextAttemptAtMs: stage.clock.now() + MINUTE,
    attempts: [
      {
        ...{ host: undefined, address: undefined, tls: undefined, replyCode: undefined, status: '4.3.5' },
        ...{ text: 'the domain shop.example was removed: account inactive', stage: 'policy' },
        localClass: 'local-domain',
      },
    ],
  }));
  const page = await trace(id, 100);
  expect(page).toContain('this relay, ');
  expect(page).toContain('the sending domain was removed from it');
  expect(page).not.toMatch(/receiving server|mailbox|TLS|mx1/i);
});

test('shows every attempt with host, address, TLS, time, reply, and what a refusal means', async () => {
  const id = await stage.accept();
  await stage.settle(() => ({
    state: 'deferred',
    nextAttemptAtMs: stage.clock.now() + MINUTE,
    attempts: [{ replyCode: 452, status: '4.2.2', text: 'Mailbox full', stage: 'rcpt', durationMs: 1500 }],
  }));
  await stage.clock.advance(MINUTE);
  await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
  expect(await trace(id, 100)).toContain(
    [
      '',
      '✓ alice@example.org  delivered after 1 min, at attempt 2',
      '  │ 06:12:31  mx1.example.org [192.0.2.10], TLSv1.3 TLS_AES_256_GCM_SHA384, 1.5 s',
      '  │           452 4.2.2 Mailbox full',
      '  │           → The mailbox is full or over its quota.',
      '  │ 06:13:31  mx1.example.org [192.0.2.10], TLSv1.3 TLS_AES_256_GCM_SHA384, 240 ms',
      '  │           250 2.0.0 queued as 9F2',
      '',
    ].join('\n'),
  );
});

test('a bounce says what it means, what to do, and that the address is suppressed', async () => {
  const id = await stage.accept();
  const atMs = stage.clock.now();
  await stage.settle(({ recipient }) => ({
    state: 'bounced',
    attempts: [{ replyCode: 550, status: '5.1.1', text: 'No such user', stage: 'rcpt' }],
    suppression: {
      accountId: stage.defaultAccountId,
      scope: '',
      address: recipient,
      reason: 'unknown-address',
      evidence: '550 5.1.1 No such user',
      createdAtMs: atMs,
      expiresAtMs: undefined,
      createdBy: 'delivery',
    },
  }));
  const page = await trace(id);
  expect(page).toContain('✗ alice@example.org  bounced');
  expect(page).toContain('  means   The receiving server says that this mailbox does not exist.');
  expect(page).toContain('  do      Check the address for typing errors');
  expect(page).toContain(
    '  note    alice@example.org is on the suppression list since 2026-11-24 06:12:31 UTC',
  );
  expect(page).toContain('  undo    relayctl suppression remove alice@example.org\n');
});

test('a bounce by report stands after the attempt that was taken', async () => {
  const id = await stage.accept();
  await stage.settle(() => ({
    state: 'delivered',
    attempts: [{ replyCode: 250, status: '2.0.0', text: 'queued', stage: 'final' }],
  }));
  const data = {
    via: 'report',
    reply: '550 5.1.1 No such user',
    host: 'inner.example.org',
    meaning: 'No mailbox.',
    action: 'Remove it.',
  };
  await stage.store.reports.applyReport([
    {
      messageId: id,
      recipientNumber: 1,
      state: 'bounced',
      event: { type: 'bounced', atMs: stage.clock.now(), data },
      suppression: undefined,
      dsns: [],
    },
  ]);
  const page = await trace(id);
  expect(page).toMatch(/250 2\.0\.0 queued\n.*report from inner\.example\.org\n.*550 5\.1\.1 No such user\n/);
  expect(page).toContain('means   No mailbox.');
});

test('the words of the event win over words made anew: they are those of the moment', async () => {
  const id = await stage.accept();
  await stage.settle(() => ({
    state: 'bounced',
    attempts: [{ replyCode: 550, status: '5.1.1', text: 'No such user', stage: 'rcpt' }],
    event: { type: 'bounced', atMs: stage.clock.now(), data: { meaning: 'Told then.', action: 'Do this.' } },
  }));
  const page = await trace(id);
  expect(page).toContain('means   Told then.');
  expect(page).toContain('do      Do this.');
});

describe('a delivery that waits', () => {
  const deferred = () => ({
    state: 'deferred' as const,
    nextAttemptAtMs: stage.clock.now() + 5 * MINUTE,
    attempts: [
      {
        host: 'mx.example.org',
        replyCode: undefined,
        status: undefined,
        tls: undefined,
        text: 'connect timed out',
        stage: 'connect' as const,
      },
    ],
  });

  test('says when it is tried next, how to hurry it, and until when', async () => {
    const id = await stage.accept();
    await stage.settle(deferred);
    const page = await trace(id);
    expect(page).toContain('… alice@example.org  deferred, 1 attempt so far');
    expect(page).toContain('  │ 06:12:31  mx.example.org [192.0.2.10], 240 ms\n');
    expect(page).toContain('means   The receiving server could not be reached, or the connection broke.');
    expect(page).toContain('  next    attempt at 06:17:31 UTC (in 5 min)\n');
    expect(page).toMatch(/ {2}sooner {2}relayctl queue retry dlv_[0-9a-z]+-1\n/);
    expect(page).toContain('  until   2026-11-28 06:12:31 UTC (in 4 d), then it expires');
  });

  test('says that the destination as a whole is waited for', async () => {
    const id = await stage.accept();
    await stage.settle(deferred);
    await stage.store.spool.blockDestinations([
      {
        destination: 'example.org',
        untilMs: stage.clock.now() + 9 * MINUTE,
        failures: 3,
        lastError: 'refused',
      },
    ]);
    expect(await trace(id, 110)).toContain(
      '  next    attempt at 06:21:31 UTC (in 9 min): example.org as a whole is left alone after 3 failures\n',
    );
  });

  test('says that an operator suspended the destination, and how it goes on', async () => {
    const id = await stage.accept();
    await stage.text('destination', 'suspend', 'example.org');
    const page = await trace(id);
    expect(page).toContain('  waits   example.org is suspended by an operator\n');
    expect(page).toContain('  let go  relayctl destination resume example.org\n');
  });

  test('says that relayd does not run', async () => {
    stage.relay = undefined;
    expect(await trace(await stage.accept())).toContain(
      'relayd is not running: nothing is tried until it is started',
    );
  });

  test('says that it is held, and how it goes on', async () => {
    const id = await stage.accept();
    await stage.text('queue', 'hold', id);
    const page = await trace(id);
    expect(page).toContain('‖ alice@example.org  held, no attempt yet');
    expect(page).toMatch(/let go {2}relayctl queue release dlv_/);
  });

  test('says that it is being tried, and after a crash that it is not', async () => {
    const id = await stage.accept();
    const request = { nowMs: stage.clock.now(), limit: 9, limitPerDestination: 9, excludedDestinations: [] };
    await stage.store.spool.claim(request);
    expect(await trace(id)).toContain('alice@example.org  being tried at this moment');
    await stage.clock.advance(60_000);
    expect(await trace(id)).toMatch(
      /being tried at this moment, waits since 2026-11-24 06:12:31.* \(1 min ago\)/,
    );
    stage.relay = undefined;
    expect(await trace(id)).toContain('alice@example.org  queued, no attempt yet');
  });
});

test('a report of the relay itself is called so', async () => {
  const page = await trace(await stage.accept({ via: 'dsn', reversePath: '' }));
  expect(page).toContain('written by the relay itself');
  expect(page).toContain('null reverse-path');
});

test('a notice for the operator is called so', async () => {
  stage.openStore();
  await stage.store.directory.addAccount({ ...OPERATOR_ACCOUNT, createdAtMs: 0 }, 'relayd');
  const id = await stage.accept({ via: 'dsn', reversePath: '', accountId: OPERATOR_ACCOUNT.id });
  expect(await trace(id)).toContain('written by the relay itself: a notice or summary for the operator');
});

test('nothing that a remote or a sender wrote reaches the terminal as a command', async () => {
  const id = await stage.accept({ subject: 'Red \u001b[31malert\u202e' });
  await stage.settle(() => ({
    state: 'bounced',
    attempts: [{ replyCode: 550, status: '5.7.1', text: 'no\u001b]0;owned\u0007', stage: 'rcpt' }],
  }));
  const page = await trace(id);

  expect(page).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  expect(page).toContain('\\u001b[31malert\\u202e');
});

test('no line is wider than the terminal, except commands, which stay whole', async () => {
  const id = await stage.accept();
  await stage.settle(() => ({
    state: 'bounced',
    attempts: [{ replyCode: 550, status: '5.7.1', text: 'word '.repeat(100), stage: 'final' }],
  }));
  const lines = (await trace(id, 60)).split('\n').filter((line) => !line.includes('relayctl '));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.filter((line) => line.includes('word')).every((line) => line.length <= 60)).toBe(true);
});

test('says of mail that a smart host took that the server of the recipient has not answered', async () => {
  const NOTE = /note +a smart host took it/;
  const direct = await stage.accept();
  await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
  expect(await trace(direct, 100)).not.toMatch(NOTE);
  const relayed = await stage.accept();
  await stage.settle(() => ({
    state: 'delivered',
    attempts: [{ route: 'smart' }],
    event: { type: 'delivered', atMs: stage.clock.now(), data: { route: 'smart', hop: 'relay' } },
  }));
  expect(await trace(relayed, 100)).toMatch(NOTE);
});

test('in JSON it is the message with history, explanations and events', async () => {
  const id = await stage.accept();
  await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
  expect(await stage.json('message', 'trace', id)).toMatchObject({
    id,
    deliveries: [{ state: 'delivered', history: [{ reply: '250 2.0.0 queued as 9F2', duration_ms: 240 }] }],
    explanations: [{ meaning: null, action: null, waiting: [] }],
    events: [{ event: 'accepted' }, { event: 'delivered' }],
  });
});
