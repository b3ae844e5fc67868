import { describe, expect, test } from 'vitest';
import { SigningError } from '../../../src/delivery/content/message-signer.ts';
import { ContentMissing } from '../../../src/delivery/content/message-source.ts';
import { LOCAL_EXPLANATIONS, type LocalClass } from '../../../src/policy/local-failures.ts';
import { StoreError } from '../../../src/store/errors.ts';
import { OK, replyTo } from './support/fake-remotes.ts';
import { DAY_MS, HOUR_MS, World } from './support/world.ts';

const MX = World.addressOf('dest.test');

describe('what a message is', () => {
  test('goes out signed, is delivered, and its trace says so', async () => {
    await using world = new World();
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('b@dest.test');
    expect(stored.state).toBe('delivered');
    expect(stored.events.map(({ type }) => type)).toEqual(['delivered']);
    expect(stored.history).toMatchObject([
      { host: 'mx.dest.test', address: MX, replyCode: 250, status: '2.0.0', text: 'taken', stage: 'final' },
    ]);
    const [sent] = world.remotes.transactions;
    const content = Buffer.concat(sent!.session.lastContent).toString();
    expect(content).toBe('DKIM-Signature: fake\r\nFrom: <a@sender.test>\r\nSubject: 0\r\n\r\nHi\r\n');
    expect(sent!.transaction.sizeBytes).toBe(content.length);
    expect(world.spool.claimedCount).toBe(0);
  });

  test('is signed once for all its destinations', async () => {
    await using world = new World();
    await world.submit({ to: ['b@one.test', 'c@two.test', 'd@three.test'] });
    await world.clock.advance(0);
    expect(world.remotes.taken.toSorted()).toEqual(['b@one.test', 'c@two.test', 'd@three.test']);
    expect(world.signatures).toBe(1);
  });

  test('goes to several recipients of a destination in one transaction', async () => {
    await using world = new World();
    await world.submit({ to: ['b@dest.test', 'c@dest.test', 'd@dest.test'] });
    await world.clock.advance(0);
    expect(world.remotes.transactions.length).toBe(1);
    expect(world.remotes.taken).toEqual(['b@dest.test', 'c@dest.test', 'd@dest.test']);
  });

  test('goes to more recipients than a transaction takes in several', async () => {
    await using world = new World({ recipientsPerTransaction: 100 });
    await world.submit({ to: Array.from({ length: 250 }, (_, i) => `r${i}@dest.test`) });
    await world.clock.advance(0);
    const sizes = world.remotes.transactions.map(({ transaction }) => transaction.forwardPaths.length);
    expect(sizes).toEqual([100, 100, 50]);
    expect(new Set(world.remotes.taken).size).toBe(250);
  });

  test('is read from the store chunk by chunk when it did not come from memory', async () => {
    await using world = new World({ feedDeliveries: 0 });
    await world.submit({ to: ['b@dest.test'], body: 'x'.repeat(50) });
    world.spool.cutContents(16);
    await world.clock.advance(100);
    const chunks = world.remotes.transactions[0]!.session.lastContent;
    expect(chunks.length).toBeGreaterThan(4);
    expect(Buffer.concat(chunks).toString()).toContain(`Subject: 0\r\n\r\n${'x'.repeat(50)}\r\n`);
  });
});

describe('temporary failures', () => {
  test('defer by the schedule and succeed later, every attempt in the trace', async () => {
    await using world = new World();
    world.remotes.behave(MX, { reply: () => replyTo(451, '4.7.1', 'greylisted') });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(1_000);
    const stored = world.spool.of('b@dest.test');
    expect(stored).toMatchObject({ state: 'deferred', attempts: 1 });
    expect(stored.dueAtMs! - world.clock.now()).toBeGreaterThan(52_000);
    expect(stored.dueAtMs! - world.clock.now()).toBeLessThan(67_000);
    world.remotes.behave(MX, {});
    await world.clock.advance(70_000);
    expect(stored).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(stored.history.map(({ replyCode }) => replyCode)).toEqual([451, 250]);
    expect(stored.events.map(({ type }) => type)).toEqual(['deferred', 'delivered']);
    expect(world.spool.dsns).toEqual([]);
  });

  test('end as expired when the time is up, with one notification', async () => {
    await using world = new World();
    world.remotes.behave(MX, { reply: () => replyTo(451, '4.3.0', 'later') });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(4.2 * DAY_MS);
    const stored = world.spool.of('b@dest.test');
    expect(stored.state).toBe('expired');
    expect(stored.attempts).toBeGreaterThan(20);
    expect(stored.history.every(({ text }) => text === 'later')).toBe(true);
    expect(world.spool.dsns.length).toBe(1);
    expect(world.spool.suppressions).toEqual([]);
  });

  test('an earlier end of the message counts', async () => {
    await using world = new World();
    world.remotes.behave(MX, { reply: () => replyTo(451, '4.3.0', 'later') });
    const endMs = world.clock.now() + 300_000;
    await world.submit({ to: ['b@dest.test'], facts: { expiresAtMs: endMs } });
    await world.clock.advance(310_000);
    const stored = world.spool.of('b@dest.test');
    expect(stored.state).toBe('expired');
    expect(stored.history.every(({ atMs }) => atMs < endMs)).toBe(true);
  });

  test('too many recipients: the rest goes at once', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      reply: (recipient, { forwardPaths }) =>
        forwardPaths.findIndex((path) => path.recipient === recipient) >= 2
          ? replyTo(452, '4.5.3', 'too many recipients')
          : { reply: OK, stage: 'final', sharedBy: 2 },
    });
    await world.submit({ to: ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => `${name}@dest.test`) });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => `${name}@dest.test`));
    expect(world.remotes.transactions.length).toBe(3);
    expect(world.spool.of('a5@dest.test')).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(world.spool.claimedCount).toBe(0);
  });

  test('a message that cannot be signed is deferred and never sent', async () => {
    await using world = new World();
    world.signFails = new Error('the key is gone');
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(1_000);
    expect(world.remotes.transactions).toEqual([]);
    const stored = world.spool.of('b@dest.test');
    expect(stored).toMatchObject({ state: 'deferred', attempts: 1 });
    expect(stored.history).toMatchObject([
      { stage: 'policy', text: 'the key is gone', host: undefined, address: undefined, tls: undefined },
    ]);
    world.signFails = undefined;
    await world.clock.advance(70_000);
    expect(stored.state).toBe('delivered');
  });

  test.each<[Error, LocalClass]>([
    [new SigningError('domain-removed', 'the domain sender.test was removed'), 'local-domain'],
    [new SigningError('key-unusable', 'the key is disabled: no such user, mailbox full'), 'local-key'],
    [new StoreError('failed', 'user unknown, account inactive'), 'local-store'],
    [new ContentMissing('the stored content is gone'), 'local-store'],
    [Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' }), 'local-store'],
    [new Error('550 5.1.1 user unknown'), 'local-fault'],
  ])('a failure of our own is told as one, to the end: %s', async (error, localClass) => {
    await using world = new World();
    world.signFails = error;
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(1_000);
    const stored = world.spool.of('b@dest.test');
    expect(stored).toMatchObject({ state: 'deferred', history: [{ localClass }] });
    const [deferred] = stored.events;
    expect(deferred?.data).toMatchObject({ class: localClass, hard: false, reply: error.message });
    expect(deferred?.data['host']).toBeUndefined();
    expect(String(deferred?.data['meaning'])).toMatch(/this relay/i);
    await world.clock.advance(4 * DAY_MS + HOUR_MS);
    expect(stored).toMatchObject({ state: 'expired' });
    expect(stored.events.at(-1)?.data).toMatchObject({ class: 'expired', last_class: localClass });
    const [dsn] = world.spool.dsns;
    const text = dsn?.content.kind === 'whole' ? Buffer.from(dsn.content.bytes).toString() : '';
    expect(text.replace(/\s+/g, ' ')).toContain(LOCAL_EXPLANATIONS[localClass].meaning);
    expect(text).not.toMatch(/receiving server|Remote-MTA|The server |relayctl/i);
    expect(world.spool.suppressions).toEqual([]);
    expect(world.spool.softBounces).toEqual([]);
    expect(world.spool.blocks.size).toBe(0);
  });

  test('content that is gone defers', async () => {
    await using world = new World({ feedDeliveries: 0 });
    await world.submit({ to: ['b@dest.test'] });
    world.spool.loseContent();
    await world.clock.advance(1_000);
    expect(world.spool.of('b@dest.test')).toMatchObject({ state: 'deferred' });
    expect(world.remotes.taken).toEqual([]);
  });

  test('a connection lost after the final dot: tried again, and the trace says that a copy is possible', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      result: (transaction) => ({
        kind: 'lost',
        stage: 'final',
        text: 'the connection was closed',
        reply: undefined,
        replies: transaction.forwardPaths.map(() => undefined),
        afterFinalDot: true,
        stale: false,
      }),
    });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(1_000);
    const stored = world.spool.of('b@dest.test');
    expect(stored).toMatchObject({ state: 'deferred', attempts: 1 });
    expect(stored.history[0]?.text).toMatch(/second copy/);
    world.remotes.behave(MX, {});
    await world.clock.advance(70_000);
    expect(stored.state).toBe('delivered');
  });

  test('what was answered before a connection was lost counts', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      result: () => ({
        kind: 'lost',
        stage: 'data',
        text: 'reset',
        reply: undefined,
        replies: [replyTo(550, '5.1.1', 'unknown'), undefined],
        afterFinalDot: false,
        stale: false,
      }),
    });
    await world.submit({ to: ['gone@dest.test', 'b@dest.test'] });
    await world.clock.advance(1_000);
    expect(world.spool.of('gone@dest.test').state).toBe('bounced');
    expect(world.spool.of('b@dest.test').state).toBe('deferred');
    expect(world.spool.suppressions.map(({ address }) => address)).toEqual(['gone@dest.test']);
  });
});

describe('permanent failures', () => {
  const bounce = { reply: () => replyTo(550, '5.1.1', 'no such user') };

  test('bounce, suppress the address and notify the sender, all in one write', async () => {
    await using world = new World();
    world.remotes.behave(MX, bounce);
    await world.submit({ to: ['Gone@dest.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('Gone@dest.test').state).toBe('bounced');
    expect(world.spool.suppressions).toMatchObject([
      {
        accountId: 'acc_1',
        scope: '',
        address: 'gone@dest.test',
        reason: 'unknown-address',
        createdBy: 'delivery',
      },
    ]);
    const batch = world.spool.settleCalls[0]!;
    expect(batch.settlements.map(({ state }) => state)).toEqual(['bounced']);
    expect(batch.dsns.length).toBe(1);
    const { facts, content, deliveries } = batch.dsns[0]!;
    expect(facts).toMatchObject({
      via: 'dsn',
      reversePath: '',
      headerFrom: 'mailer-daemon@sender.test',
      signingDomain: 'sender.test',
    });
    expect(deliveries).toMatchObject([{ recipient: 'a@sender.test', destination: 'sender.test' }]);
    const text = Buffer.from((content as { bytes: Uint8Array }).bytes).toString();
    expect(text).toContain('Final-Recipient: rfc822; Gone@dest.test');
    expect(facts.sizeBytes).toBe(text.length);
    expect(text.slice(0, facts.headerSizeBytes).endsWith('\r\n\r\n')).toBe(true);
    // The notification itself goes out, signed.
    expect(world.spool.of('a@sender.test').state).toBe('delivered');
  });

  test('of several recipients make one notification', async () => {
    await using world = new World();
    world.remotes.behave(MX, bounce);
    await world.submit({ to: ['b@dest.test', 'c@dest.test', 'd@dest.test'] });
    await world.clock.advance(0);
    expect(world.spool.dsns.length).toBe(1);
  });

  test('of some recipients leave the others delivered', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      reply: (recipient) =>
        recipient.startsWith('gone')
          ? replyTo(550, '5.1.1', 'no such user')
          : { reply: OK, stage: 'final', sharedBy: 1 },
    });
    await world.submit({ to: ['gone@dest.test', 'b@dest.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('gone@dest.test').state).toBe('bounced');
    expect(world.spool.of('b@dest.test').state).toBe('delivered');
  });

  test.each([
    ['a null reverse-path', { from: '', facts: { reversePath: '' } }],
    ['NOTIFY=NEVER', { notify: ['never'] as const }],
    ['a credential that wants none', { facts: { sendDsn: false } }],
    ['a notification', { facts: { via: 'dsn' as const } }],
  ])('make no notification for %s', async (_name, submitted) => {
    await using world = new World();
    world.remotes.behave(MX, bounce);
    await world.submit({ to: ['b@dest.test'], ...submitted });
    await world.clock.advance(0);
    expect(world.spool.of('b@dest.test').state).toBe('bounced');
    expect(world.spool.dsns).toEqual([]);
  });

  test('return the whole message when the sender asked for it', async () => {
    await using world = new World();
    world.remotes.behave(MX, bounce);
    await world.submit({ to: ['b@dest.test'], facts: { dsnReturn: 'full' }, body: 'the whole text' });
    await world.clock.advance(0);
    const { content } = world.spool.dsns[0]!;
    expect(Buffer.from((content as { bytes: Uint8Array }).bytes).toString()).toContain('the whole text');
  });

  test('a destination that suddenly knows nobody suppresses nobody, and takes back what it did', async () => {
    await using world = new World();
    world.remotes.behave(MX, bounce);
    for (let i = 0; i < 19; i++) await world.submit({ to: [`r${i}@dest.test`] });
    await world.clock.advance(1_000);
    expect(world.spool.suppressions.length).toBe(19);
    for (let i = 19; i < 60; i++) await world.submit({ to: [`r${i}@dest.test`] });
    await world.clock.advance(1_000);
    expect(world.spool.deliveries.filter((one) => one.state === 'bounced').length).toBe(60);
    expect(world.spool.suppressions.length).toBe(0);
    // Among many that are taken, unknown ones are believed.
    world.remotes.behave(World.addressOf('good.test'), {
      reply: (recipient) =>
        recipient.startsWith('gone') ? bounce.reply() : { reply: OK, stage: 'final', sharedBy: 1 },
    });
    for (let i = 0; i < 60; i++) await world.submit({ to: [`${i % 3 === 0 ? 'gone' : 'r'}${i}@good.test`] });
    await world.clock.advance(1_000);
    expect(world.spool.suppressions.length).toBe(20);
  });

  test('a message that ends at a full mailbox is a soft bounce, one that is deferred is not yet', async () => {
    const softBounces = { messages: 5, spanMs: 7 * DAY_MS, lastsMs: 30 * DAY_MS };
    await using world = new World({}, { softBounces });
    world.remotes.behave(MX, {
      reply: (recipient) =>
        recipient.startsWith('full')
          ? replyTo(452, '4.2.2', 'over quota')
          : replyTo(552, '5.2.2', 'mailbox full'),
    });
    await world.submit({ to: ['Over@dest.test'] });
    await world.submit({ to: ['full@dest.test'] });
    await world.clock.advance(HOUR_MS);
    expect(world.spool.softBounces).toMatchObject([
      { rule: softBounces, suppression: { address: 'over@dest.test', reason: 'soft-bounces' } },
    ]);
    await world.clock.advance(5 * DAY_MS);
    expect(world.spool.of('full@dest.test').state).toBe('expired');
    const last = world.spool.softBounces.at(-1)!.suppression;
    expect(last).toMatchObject({
      address: 'full@dest.test',
      evidence: expect.stringContaining('452 4.2.2') as string,
    });
    expect(last.expiresAtMs! - last.createdAtMs).toBe(30 * DAY_MS);
    expect(world.spool.softBounces).toHaveLength(2);
    expect(world.spool.suppressions).toEqual([]);
  });

  test('a hop that cannot take some of the recipients still gets the others', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      result: ({ forwardPaths }) => {
        const at = forwardPaths.findIndex(({ recipient }) => recipient.startsWith('ü'));
        return at === -1
          ? undefined
          : { kind: 'unsendable', status: '5.6.7', text: 'no SMTPUTF8', forwardPaths: [at] };
      },
    });
    await world.submit({ to: ['b@dest.test', 'ü@dest.test', 'c@dest.test'] });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['b@dest.test', 'c@dest.test', 'a@sender.test']);
    const stored = world.spool.of('ü@dest.test');
    expect(stored.state).toBe('bounced');
    expect(stored.history).toMatchObject([{ status: '5.6.7', text: 'no SMTPUTF8' }]);
  });

  test('a message that requires TLS does not go in clear', async () => {
    await using world = new World();
    await world.submit({ to: ['b@dest.test'], facts: { requireTls: true } });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['a@sender.test']);
    expect(world.spool.of('b@dest.test')).toMatchObject({ state: 'bounced' });
    expect(world.spool.of('b@dest.test').history).toMatchObject([{ status: '5.7.10' }]);
    world.remotes.behave(World.addressOf('safe.test'), { tls: 'TLSv1.3 X' });
    await world.submit({ to: ['b@safe.test'], facts: { requireTls: true } });
    await world.clock.advance(0);
    expect(world.spool.of('b@safe.test').state).toBe('delivered');
  });
});

test('a recipient that was suppressed meanwhile is settled without an attempt, the others are mailed', async () => {
  await using world = new World();
  world.spool.suppressedNow.add('c@dest.test');
  await world.submit({ to: ['b@dest.test', 'c@dest.test'] });
  await world.clock.advance(0);
  expect(world.remotes.taken).toEqual(['b@dest.test']);
  const stored = world.spool.of('c@dest.test');
  expect(stored).toMatchObject({ state: 'suppressed', history: [] });
  expect(stored.events).toMatchObject([{ type: 'suppressed', data: { reason: 'manual' } }]);
});
