/** Routes of the real relay: smart hosts with and without a login, fallbacks, sources of what is told, mail that is kept. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import type { FakeMxOptions } from '../support/fake-mx-options.ts';
import type { TomlTable, TomlTables } from './support/toml.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, verifyDomain, type EventJson } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const LOGIN = { username: 'postern', password: 'a-password-of-the-smart-host' };
const OFFERED = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'STARTTLS', 'AUTH PLAIN LOGIN'];

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function staged(config: TomlTables): Promise<Stage> {
  const stage = await Stage.start({ config });
  open.push(stage);
  return stage;
}

async function host(options: FakeMxOptions = {}): Promise<FakeMx> {
  const mx = await startFakeMx(options);
  open.push({ [Symbol.asyncDispose]: () => mx.close() });
  return mx;
}

/** To a smart host on loopback, whose certificate nobody signed. */
function relayTo(name: string, { host: at, port }: FakeMx, parts: TomlTable = {}): TomlTable {
  return { name, action: 'relay', host: at, port, tls: 'encrypt', ...parts };
}

async function submitted(stage: Stage, to: string): Promise<string> {
  const session = await stage.session();
  const content = `From: <${FROM}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n\r\nbody text\r\n`;
  const id = await session.submitForId({ from: FROM, to, content });
  await session.quit();
  return id;
}

interface RoutedHistory {
  readonly route: string | null;
  readonly host: string | null;
  readonly reply_code: number | null;
  readonly local_class: string | null;
}

async function history(stage: Stage, id: string): Promise<readonly RoutedHistory[]> {
  const { deliveries } = await stage.message(id);
  return deliveries[0]?.history as unknown as readonly RoutedHistory[];
}

async function events(stage: Stage, id: string) {
  return await stage.relay.ctlList<EventJson & Record<string, unknown>>('events', '--message', id);
}

async function deferred(stage: Stage, id: string): Promise<void> {
  await stage.messageWhere(
    id,
    `${id} to be deferred`,
    ({ deliveries }) => deliveries[0]?.state === 'deferred',
  );
}

describe('a smart host', () => {
  it('takes all mail with our login, and trace, events and statistics say that it was one', async () => {
    const smart = await host({ login: LOGIN, extensions: OFFERED, hostname: 'smart.test' });
    const route = relayTo('office', smart, { username: LOGIN.username, password: LOGIN.password });
    const stage = await staged({ route: [route] });
    const id = await submitted(stage, `a@${RECIPIENT_DOMAIN}`);
    await stage.settled(id);
    expect(smart.messages.map(({ recipients }) => recipients[0]?.address)).toEqual([`a@${RECIPIENT_DOMAIN}`]);
    expect(stage.mx.messages).toEqual([]);
    expect(await history(stage, id)).toMatchObject([{ route: 'office', reply_code: 250 }]);
    expect((await events(stage, id)).at(-1)).toMatchObject({
      event: 'delivered',
      route: 'office',
      hop: 'relay',
    });
    const stats = await stage.relay.ctl<{ total: { delivered: number; relayed: number } }>('stats');
    expect(stats.total).toMatchObject({ delivered: 1, relayed: 1 });
    const trace = await stage.relay.ctlRaw(['message', 'trace', id]);
    expect(trace.stdout).toContain('by route office');
    expect(stage.relay.log()).not.toContain(LOGIN.password);
  });

  it('that refuses our login defers mail as a failure of ours, until SIGHUP brings the right password', async () => {
    const smart = await host({ login: LOGIN, extensions: OFFERED });
    const stage = await staged({});
    const passwordFile = path.join(stage.relay.dataDir, 'office.password');
    const write = (password: string) => writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    write('an-old-password');
    const route = relayTo('office', smart, { username: LOGIN.username, password_file: passwordFile });
    const reload = async () => {
      const before = stage.relay.log().split('"event":"reload').length;
      stage.relay.configure({ route: [route] });
      stage.relay.signal('SIGHUP');
      await eventually(() => stage.relay.log().split('"event":"reload').length > before, {
        what: 'a reload',
      });
    };
    await reload();
    const id = await submitted(stage, `a@${RECIPIENT_DOMAIN}`);
    await deferred(stage, id);
    expect(await history(stage, id)).toMatchObject([{ reply_code: 535, local_class: 'local-relay-login' }]);
    expect((await events(stage, id)).at(-1)).toMatchObject({ event: 'deferred', class: 'local-relay-login' });
    write(LOGIN.password);
    await reload();
    await stage.relay.ctl('queue', 'retry', id);
    await stage.settled(id);
    expect((await stage.message(id)).deliveries[0]?.state).toBe('delivered');
    for (const secret of ['an-old-password', LOGIN.password]) expect(stage.relay.log()).not.toContain(secret);
  });

  it('gets mail without our signature where the route says so, and reports still find their way back', async () => {
    const smart = await host({ extensions: OFFERED });
    const stage = await Stage.start({
      config: {
        inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
        route: [relayTo('office', smart, { dkim: false })],
      },
      zone: {
        [`bounces.${SENDER_DOMAIN}`]: {
          mx: [{ preference: 10, exchange: 'relay.test' }],
          txt: ['v=spf1 a:relay.test ~all'],
        },
      },
    });
    open.push(stage);
    const id = await submitted(stage, `a@${RECIPIENT_DOMAIN}`);
    await stage.settled(id);
    const [message] = smart.messages;
    expect(message?.content.toString()).not.toContain('DKIM-Signature');
    expect(message?.reversePath).toMatch(/^b2-[0-9a-z-]+@bounces\.sender\.test$/);
  });

  it('may be a second Postern, which signs and delivers', async () => {
    const second = await Stage.start({});
    open.push(second);
    const { username, password } = second.login;
    const route = { name: 'second', action: 'relay', host: '127.0.0.1', tls: 'encrypt', dkim: false };
    const stage = await staged({ route: [{ ...route, port: second.relay.port, username, password }] });
    const id = await submitted(stage, `a@${RECIPIENT_DOMAIN}`);
    await stage.settled(id);
    const received = await second.received(`a@${RECIPIENT_DOMAIN}`);
    expect(received.content.toString().match(/^DKIM-Signature:/gm)).toHaveLength(2);
    expect(stage.mx.messages).toEqual([]);
    // A domain that the second one does not relay for is refused there, and bounces: it speaks of the message.
    await verifyDomain(stage.relay, stage.dns, 'unknown-there.test');
    const session = await stage.session();
    const from = 'shop@unknown-there.test';
    const content = `From: <${from}>\r\nTo: b@${RECIPIENT_DOMAIN}\r\nSubject: x\r\n\r\nx\r\n`;
    const other = await session.submitForId({ from, to: `b@${RECIPIENT_DOMAIN}`, content });
    await session.quit();
    await eventually(async () => (await history(stage, other)).length > 0, { what: 'an answer' });
    expect((await stage.message(other)).deliveries[0]?.state).not.toBe('delivered');
    expect(await stage.relay.ctlList('suppression', 'list')).toEqual([]);
  });

  it('that is down is a failure of ours, and mail of other routes goes on', async () => {
    const smart = await host();
    await smart.close();
    const stage = await staged({ route: [relayTo('office', smart, { match: { stream: 'broadcast' } })] });
    await stage.relay.ctl('stream', 'add', 'broadcast', '--kind', 'broadcast').catch(() => undefined);
    const session = await stage.session();
    const content = (to: string, stream: string) =>
      `From: <${FROM}>\r\nTo: ${to}\r\nX-Relay-Stream: ${stream}\r\nSubject: x\r\n\r\nx\r\n`;
    const to = `a@${RECIPIENT_DOMAIN}`;
    const bulk = await session.submitForId({ from: FROM, to, content: content(to, 'broadcast') });
    await deferred(stage, bulk);
    const direct = await session.submitForId({ from: FROM, to, content: content(to, 'transactional') });
    await session.quit();
    await stage.settled(direct);
    expect((await stage.message(direct)).deliveries[0]?.state).toBe('delivered');
    expect(await history(stage, bulk)).toMatchObject([{ route: 'office', local_class: 'local-relay' }]);
  });
});

describe('a fallback', () => {
  it('takes what MX hosts that take no connection leave, and MX hosts that do keep their mail', async () => {
    const smart = await host({ extensions: OFFERED });
    const stage = await staged({
      route: [{ name: 'mx', action: 'direct', fallback: 'smart' }, relayTo('smart', smart, { match: false })],
    });
    stage.dns.zone.set('closed.test', { mx: [{ preference: 10, exchange: 'mx.closed.test' }] });
    // Nobody listens there.
    stage.dns.zone.set('mx.closed.test', { a: ['127.0.0.77'] });
    const [closed, working] = [
      await submitted(stage, 'a@closed.test'),
      await submitted(stage, `a@${RECIPIENT_DOMAIN}`),
    ];
    await stage.settled(closed);
    await stage.settled(working);
    expect(await history(stage, closed)).toMatchObject([
      { route: 'mx', host: 'mx.closed.test', reply_code: null },
      { route: 'smart', reply_code: 250 },
    ]);
    expect(await history(stage, working)).toMatchObject([{ route: 'mx', reply_code: 250 }]);
    expect(smart.messages).toHaveLength(1);
  });

  it('takes what a provider refuses for our address, and the other provider gets its mail from us', async () => {
    const smart = await host({ extensions: OFFERED });
    const stage = await staged({
      route: [
        { name: 'mx', action: 'direct', fallback: 'smart', fallback_on: ['blocked'] },
        relayTo('smart', smart, { match: false }),
      ],
    });
    const listed = '554 5.7.1 Service unavailable; client host [127.0.0.1] blocked using zen.example.org';
    await host({
      host: '127.0.0.5',
      port: stage.mx.port,
      respond: (command) => (command.startsWith('RCPT') ? listed : undefined),
    });
    stage.dns.zone.set('picky.test', { mx: [{ preference: 10, exchange: 'mx.picky.test' }] });
    stage.dns.zone.set('mx.picky.test', { a: ['127.0.0.5'] });
    const picky = await submitted(stage, 'a@picky.test');
    const other = await submitted(stage, `a@${RECIPIENT_DOMAIN}`);
    await stage.settled(picky);
    await stage.settled(other);
    expect(await history(stage, picky)).toMatchObject([
      { route: 'mx', reply_code: 554 },
      { route: 'smart', reply_code: 250 },
    ]);
    expect(await history(stage, other)).toMatchObject([{ route: 'mx', reply_code: 250 }]);
  });
});

describe('mail that a route keeps', () => {
  it('is held until it is released, discarded, or rejected, each with its reason', async () => {
    const reason = (name: string) => `${name} by the test`;
    const stage = await staged({
      route: [
        { name: 'wait', action: 'hold', match: `held.test`, reason: reason('held') },
        { name: 'void', action: 'discard', match: 'void.test', reason: reason('discarded') },
        { name: 'never', action: 'reject', match: 'never.test', reason: reason('rejected') },
      ],
    });
    for (const domain of ['held', 'void', 'never'])
      stage.dns.zone.set(`${domain}.test`, { mx: [{ preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` }] });
    const held = await submitted(stage, 'a@held.test');
    await stage.messageWhere(held, 'held', ({ deliveries }) => deliveries[0]?.state === 'held');
    expect((await stage.relay.ctlRaw(['message', 'trace', held])).stdout).toContain(
      'the route wait holds it: held by the test',
    );
    await stage.relay.ctl('queue', 'release', held);
    await stage.settled(held);
    expect((await stage.message(held)).deliveries[0]?.state).toBe('delivered');

    const discarded = await submitted(stage, 'a@void.test');
    await stage.settled(discarded);
    expect((await events(stage, discarded)).at(-1)).toMatchObject({
      event: 'cancelled',
      route: 'void',
      reason: 'discarded by the test',
    });

    const rejected = await submitted(stage, 'a@never.test');
    await stage.settled(rejected);
    expect((await events(stage, rejected)).at(-1)).toMatchObject({
      event: 'bounced',
      via: 'route',
      route: 'never',
      reply: 'rejected by the test',
      status: '5.7.1',
    });
    // The sender is told by a DSN.
    const dsn = await stage.received(FROM);
    expect(dsn.content.toString()).toContain('rejected by the test');
    expect(await stage.relay.ctlList('suppression', 'list')).toEqual([]);
  });
});
