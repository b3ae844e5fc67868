import { describe, expect, test } from 'vitest';
import { replyTo } from './support/fake-remotes.ts';
import { EVERYTHING, NO_ANSWER, OTHER_RELAY_ADDRESS, RELAY_ADDRESS, routed, rule } from './support/routes.ts';
import { DAY_MS, route, World } from './support/world.ts';

const login = { username: 'me', password: 'secret', mechanism: undefined };

describe('a smart host', () => {
  test('gets the mail that its route matches, for any destination, without a question for their MX', async () => {
    await using world = new World({}, routed(rule('smart')));
    await world.submit({ to: ['b@one.test', 'b@two.test'] });
    await world.clock.advance(0);
    expect(world.remotes.taken.toSorted()).toEqual(['b@one.test', 'b@two.test']);
    expect(world.remotes.connects[0]).toEqual({ host: 'smart.test', address: RELAY_ADDRESS, port: 587 });
    expect(world.remotes.connects.every(({ host }) => host === 'smart.test')).toBe(true);
    expect(world.lookups).toEqual([]);
    expect(world.spool.of('b@one.test').events).toMatchObject([
      { type: 'delivered', data: { hop: 'relay', route: 'smart' } },
    ]);
    expect(world.spool.of('b@one.test').history).toMatchObject([{ route: 'smart', replyCode: 250 }]);
  });

  test('gets the TLS mode and the login of its route', async () => {
    const smartHost = { host: 'smart.test', port: 465, tls: 'implicit', login } as const;
    await using world = new World({}, routed(rule('smart', { smartHost })));
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.remotes.requests[0]?.smartHost).toEqual({ tls: 'implicit', login });
  });

  test('gets mail that requires TLS under a certificate that is checked, whatever its route says', async () => {
    await using world = new World({}, routed(rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, { tls: 'TLSv1.3', extensions: ['REQUIRETLS'] });
    await world.submit({ to: ['b@one.test'], facts: { requireTls: true } });
    await world.clock.advance(0);
    expect(world.remotes.requests[0]).toMatchObject({ requireTls: true, smartHost: { tls: 'verify' } });
  });

  test('gets the message without a signature where its route says so, and others with it', async () => {
    const unsigned = rule('smart', { dkim: false, match: { ...EVERYTHING, domains: ['one.test'] } });
    await using world = new World({}, routed(unsigned));
    await world.submit({ to: ['b@one.test', 'b@two.test'] });
    await world.clock.advance(0);
    const sent = world.remotes.transactions.map(({ session, transaction }) => ({
      to: transaction.forwardPaths[0]?.recipient,
      content: Buffer.concat(session.lastContent).toString().slice(0, 5),
      exact: Buffer.concat(session.lastContent).length === transaction.sizeBytes,
    }));
    expect(sent.toSorted((a, b) => (a.to! < b.to! ? -1 : 1))).toEqual([
      { to: 'b@one.test', content: 'From:', exact: true },
      { to: 'b@two.test', content: 'DKIM-', exact: true },
    ]);
  });

  test('that is down defers what would go there, as a failure of ours, and blocks no destination', async () => {
    const ofShop = rule('smart', { match: { ...EVERYTHING, accounts: ['shop'] } });
    await using world = new World({}, routed(ofShop));
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    await world.submit({ to: ['b@one.test', 'c@one.test'], account: 'acc_1' });
    await world.clock.advance(0);
    const stored = world.spool.of('b@one.test');
    expect(stored).toMatchObject({ state: 'deferred', attempts: 0 });
    expect(stored.events).toMatchObject([
      { type: 'deferred', data: { class: 'local-relay', hard: false, route: 'smart' } },
    ]);
    expect(stored.history).toMatchObject([
      { host: 'smart.test', stage: 'connect', localClass: 'local-relay', route: 'smart' },
    ]);
    expect(world.spool.blocks.size).toBe(0);
    // The same domain, of an account without a route.
    await world.submit({ to: ['d@one.test'], account: 'acc_2' });
    // While it is in back-off nothing is tried there.
    await world.submit({ to: ['e@one.test'], account: 'acc_1' });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['d@one.test']);
    expect(world.spool.of('e@one.test').state).toBe('deferred');
    expect(world.remotes.connectsTo(RELAY_ADDRESS)).toBe(1);
    world.remotes.behave(RELAY_ADDRESS, {});
    await world.clock.advance(60_000);
    expect(world.remotes.taken.toSorted()).toEqual(['b@one.test', 'c@one.test', 'd@one.test', 'e@one.test']);
    expect(world.spool.dsns).toEqual([]);
  });

  test('that refused the login is tried at once after a reload', async () => {
    await using world = new World({}, routed(rule('smart')));
    const refusal = replyTo(535, '5.7.8', 'authentication failed');
    world.remotes.behave(RELAY_ADDRESS, { refuse: { stage: 'auth', reply: refusal.reply, text: 'refused' } });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(3_600_000);
    world.remotes.behave(RELAY_ADDRESS, {});
    world.delivery.settingsChanged();
    world.spool.retry('one.test');
    world.delivery.wake();
    await world.clock.advance(2_000);
    expect(world.spool.of('b@one.test').state).toBe('delivered');
  });

  test('that stays down costs few rows a try, however much waits for it', async () => {
    await using world = new World({}, routed(rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    for (let i = 0; i < 50; i++) await world.submit({ to: [`r${i}@one.test`] });
    await world.clock.advance(12 * 3_600_000);
    const rows = world.spool.deliveries.reduce((sum, { history }) => sum + history.length, 0);
    expect(world.spool.deliveries.every(({ history }) => history.length > 0)).toBe(true);
    expect(rows).toBeLessThanOrEqual(50 + world.remotes.connectsTo(RELAY_ADDRESS));
  });

  test('that stays down is asked ever more seldom, and what expires says that it was ours', async () => {
    await using world = new World({}, routed(rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(DAY_MS);
    const inADay = world.remotes.connectsTo(RELAY_ADDRESS);
    expect(inADay).toBeGreaterThan(100);
    expect(inADay).toBeLessThan(200);
    await world.clock.advance(3 * DAY_MS + 3_600_000);
    const stored = world.spool.of('b@one.test');
    expect(stored.state).toBe('expired');
    expect(stored.events.at(-1)).toMatchObject({ type: 'expired', data: { last_class: 'local-relay' } });
    expect(world.spool.suppressions).toEqual([]);
  });

  test('that refuses our login has a class of its own', async () => {
    await using world = new World({}, routed(rule('smart')));
    const reply = { code: 535, status: '5.7.8', text: 'authentication credentials invalid' };
    world.remotes.behave(RELAY_ADDRESS, { refuse: { stage: 'auth', reply, text: '' } });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test')).toMatchObject({ state: 'deferred', attempts: 0 });
    expect(world.spool.of('b@one.test').events[0]?.data).toMatchObject({ class: 'local-relay-login' });
    expect(world.spool.of('b@one.test').history[0]).toMatchObject({ stage: 'auth', replyCode: 535 });
  });

  test.each([
    [530, '5.7.0', 'authentication required', 'mail'],
    [554, '5.7.1', 'Relay access denied', 'rcpt'],
    [550, '5.7.1', 'relaying denied', 'rcpt'],
  ] as const)('that answers %i %s %s does not bounce the recipient', async (code, status, text, stage) => {
    await using world = new World({}, routed(rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, { reply: () => replyTo(code, status, text, stage) });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('b@one.test');
    expect(stored).toMatchObject({ state: 'deferred', attempts: 1 });
    expect(stored.events[0]?.data).toMatchObject({ class: 'local-relay-login', hard: false });
    world.remotes.behave(RELAY_ADDRESS, {});
    await world.clock.advance(70_000);
    expect(stored.state).toBe('delivered');
  });

  test('that breaks the connection has failed us, and nobody is told that the recipient did', async () => {
    await using world = new World({}, routed(rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, {
      result: ({ forwardPaths }) => ({
        kind: 'lost',
        stage: 'data',
        text: 'the remote closed the connection',
        reply: undefined,
        replies: forwardPaths.map(() => undefined),
        afterFinalDot: false,
        stale: false,
      }),
    });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').events[0]?.data).toMatchObject({ class: 'local-relay' });
  });

  test('that rejects a recipient bounces it, and its word alone does not suppress', async () => {
    await using world = new World({}, routed(rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, { reply: () => replyTo(550, '5.1.1', 'user unknown') });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').state).toBe('bounced');
    expect(world.spool.suppressions).toEqual([]);
    expect(world.spool.dsns.length).toBe(1);
  });

  test('that was out of reach is tried at once when settings have changed', async () => {
    await using world = new World({}, routed(rule('smart')));
    const reply = { code: 535, status: '5.7.8', text: 'credentials invalid' };
    world.remotes.behave(RELAY_ADDRESS, { refuse: { stage: 'auth', reply, text: '' } });
    for (let tries = 0; tries < 6; tries++) {
      await world.submit({ to: ['b@one.test'] });
      await world.clock.advance(600_000);
    }
    world.remotes.behave(RELAY_ADDRESS, {});
    await world.submit({ to: ['c@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('c@one.test').state).toBe('deferred');
    world.delivery.settingsChanged();
    await world.submit({ to: ['d@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('d@one.test').state).toBe('delivered');
  });

  test('whose name DNS does not know is a failure of ours too', async () => {
    const settings = routed(rule('smart'));
    const findSmartHost = async () => ({
      kind: 'none' as const,
      found: 'no-mail-host' as const,
      stage: 'dns' as const,
      status: '4.4.4',
      text: 'smart.test has no address',
      ttlMs: 1_000,
    });
    await using world = new World({}, { ...settings, findSmartHost });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').state).toBe('deferred');
    expect(world.spool.of('b@one.test').events[0]?.data).toMatchObject({ class: 'local-relay' });
  });
});

describe('a fallback', () => {
  const direct = rule('mx', { action: 'direct', fallback: 'smart', fallbackOn: ['unreachable'] });

  test('takes over when the first way leads nowhere, and the first one takes all back when it works', async () => {
    await using world = new World({}, routed(direct, rule('smart')));
    const mx = World.addressOf('one.test');
    world.remotes.behave(mx, { refuse: NO_ANSWER });
    await world.submit({ to: ['a@one.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('a@one.test');
    expect(stored).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(stored.history).toMatchObject([
      { host: 'mx.one.test', stage: 'connect', route: 'mx' },
      { host: 'smart.test', stage: 'final', route: 'smart' },
    ]);
    expect(stored.events).toMatchObject([{ type: 'delivered', data: { route: 'smart', hop: 'relay' } }]);
    // In back-off all goes to the fallback at once.
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').history.map(({ route: by }) => by)).toEqual(['smart']);
    expect(world.remotes.connectsTo(mx)).toBe(1);
    // The back-off is over: one probes, and then all go there again.
    world.remotes.behave(mx, { connectMs: 5_000 });
    await world.clock.advance(31_000);
    for (const name of ['c', 'd', 'e']) await world.submit({ to: [`${name}@one.test`] });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['a@one.test', 'b@one.test', 'd@one.test', 'e@one.test']);
    await world.clock.advance(5_000);
    await world.submit({ to: ['f@one.test'] });
    await world.clock.advance(0);
    for (const name of ['c', 'f'])
      expect(world.spool.of(`${name}@one.test`).history.map(({ route: by }) => by)).toEqual(['mx']);
    expect(world.spool.blocks.size).toBe(0);
  });

  test('to `direct` needs no table', async () => {
    await using world = new World(
      {},
      routed(rule('smart', { fallback: 'direct', fallbackOn: ['unreachable'] })),
    );
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').state).toBe('delivered');
    expect(world.spool.of('b@one.test').history).toMatchObject([
      { route: 'smart', localClass: 'local-relay' },
      { host: 'mx.one.test', replyCode: 250 },
    ]);
  });

  test('that DNS knows no host for bounces nothing: the mail waits for the smart host', async () => {
    await using world = new World(
      {},
      routed(rule('smart', { fallback: 'direct', fallbackOn: ['unreachable'] })),
    );
    world.routes.set('intranet.test', {
      ...{ kind: 'none', found: 'no-such-domain', stage: 'dns', status: '5.1.2', ttlMs: 60_000 },
      text: 'there is no such domain',
    });
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    await world.submit({ to: ['b@intranet.test'] });
    await world.clock.advance(10_000);
    expect(world.spool.of('b@intranet.test').state).toBe('deferred');
    world.remotes.behave(RELAY_ADDRESS, {});
    await world.clock.advance(120_000);
    expect(world.spool.of('b@intranet.test').state).toBe('delivered');
  });

  test('that fails too leaves the mail waiting, and neither way is hammered', async () => {
    await using world = new World({}, routed(direct, rule('smart')));
    const mx = World.addressOf('one.test');
    world.remotes.behave(mx, { refuse: NO_ANSWER });
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    for (let i = 0; i < 20; i++) await world.submit({ to: [`r${i}@one.test`] });
    await world.clock.advance(25_000);
    const stored = world.spool.of('r0@one.test');
    expect(stored.state).toBe('deferred');
    expect(world.remotes.connectsTo(mx)).toBe(1);
    expect(world.remotes.connectsTo(RELAY_ADDRESS)).toBe(1);
    await world.clock.advance(3_600_000);
    expect(world.remotes.connects.length).toBeLessThan(30);
    world.remotes.behave(mx, {});
    await world.clock.advance(660_000);
    expect(world.spool.deliveries.every(({ state }) => state === 'delivered')).toBe(true);
  });

  test('of a smart host that refuses our login is another one', async () => {
    const first = rule('smart', { fallback: 'second', fallbackOn: ['unreachable'] });
    await using world = new World({}, routed(first, rule('second')));
    world.remotes.behave(RELAY_ADDRESS, { reply: () => replyTo(530, '5.7.0', 'login first', 'mail') });
    await world.submit({ to: ['a@one.test'] });
    await world.clock.advance(0);
    expect(world.remotes.connectsTo(OTHER_RELAY_ADDRESS)).toBe(1);
    expect(world.spool.of('a@one.test')).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(world.spool.of('a@one.test').history).toMatchObject([
      { route: 'smart', replyCode: 530, localClass: 'local-relay-login' },
      { route: 'second', replyCode: 250 },
    ]);
  });

  test('for mail that is refused for our address takes each such message, and the others of the transaction stay', async () => {
    const blocked = rule('mx', { action: 'direct', fallback: 'smart', fallbackOn: ['blocked'] });
    await using world = new World({}, routed(blocked, rule('smart')));
    const listed = '5.7.1 Service unavailable; client host [192.0.2.9] blocked using zen.example.org';
    const reply = (recipient: string) =>
      recipient.startsWith('bad') ? replyTo(554, '5.7.1', listed) : replyTo(250, '2.0.0', 'taken', 'final');
    world.remotes.behave(World.addressOf('one.test'), { reply });
    await world.submit({ to: ['bad@one.test', 'good@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('bad@one.test').history.map(({ route: by, replyCode }) => [by, replyCode])).toEqual(
      [
        ['mx', 554],
        ['smart', 250],
      ],
    );
    expect(world.spool.of('good@one.test').history.map(({ route: by }) => by)).toEqual(['mx']);
    expect(world.spool.dsns).toEqual([]);
  });

  test('that is down when the address is refused leaves the refusal standing', async () => {
    const blocked = rule('mx', { action: 'direct', fallback: 'smart', fallbackOn: ['blocked'] });
    await using world = new World({}, routed(blocked, rule('smart')));
    world.remotes.behave(RELAY_ADDRESS, { refuse: NO_ANSWER });
    const text = 'client host [192.0.2.9] blocked using zen.example.org';
    world.remotes.behave(World.addressOf('one.test'), { reply: () => replyTo(554, '5.7.1', text) });
    await world.submit({ to: ['a@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('a@one.test').state).toBe('deferred');
    world.remotes.behave(RELAY_ADDRESS, {});
    await world.clock.advance(60_000);
    expect(world.spool.of('a@one.test').state).toBe('delivered');
  });

  test('where the port is closed takes all mail after three silent domains, and a probe finds it open again', async () => {
    const closed = rule('mx', { action: 'direct', fallback: 'smart', fallbackOn: ['port-closed'] });
    await using world = new World({}, routed(closed, rule('smart')));
    const domains = ['one', 'two', 'three', 'four'];
    const mx = (name: string) => `192.0.2.1 ${name}.test`;
    for (const name of domains) {
      world.routes.set(`${name}.test`, route(`mx.${name}.test`, [mx(name)]));
      world.remotes.behave(mx(name), { refuse: NO_ANSWER, connectMs: 1_000 });
    }
    await world.submit({ to: ['a@one.test', 'a@two.test'] });
    await world.clock.advance(5_000);
    expect(world.spool.of('a@one.test').state).toBe('deferred');
    await world.submit({ to: ['a@three.test'] });
    await world.clock.advance(5_000);
    await world.submit({ to: ['a@four.test'] });
    await world.clock.advance(0);
    expect(world.remotes.connectsTo(mx('four'))).toBe(0);
    expect(world.remotes.taken).toEqual(['a@three.test', 'a@four.test']);
    // What was deferred follows.
    await world.clock.advance(60_000);
    expect(world.remotes.taken.toSorted()).toEqual([
      'a@four.test',
      'a@one.test',
      'a@three.test',
      'a@two.test',
    ]);
    for (const name of domains) world.remotes.behave(mx(name), {});
    await world.clock.advance(300_000);
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    await world.submit({ to: ['b@two.test'] });
    await world.clock.advance(0);
    for (const name of ['one', 'two'])
      expect(world.spool.of(`b@${name}.test`).history.map(({ route: by }) => by)).toEqual(['mx']);
  });
});
