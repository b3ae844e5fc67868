/**
 * Real relays that share a real PostgreSQL, with one of them or the database taken away: what was answered 250 arrives,
 * clients get 451 in time, nobody has to be started again.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SmtpTalk, type Login } from '../e2e/support/smtp-talk.ts';
import { Relay, type TomlTables } from '../e2e/support/relay-process.ts';
import { SENDER_DOMAIN, verifyDomain } from '../e2e/support/stage.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeDns, type FakeDns } from '../support/fake-dns.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { startFlakyWire, type FlakyWire } from '../support/flaky-wire.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { startStandby } from '../support/postgres-standby.ts';
import { ask } from './support/node-of-fleet.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'relays that share a PostgreSQL (skipped: there is no PostgreSQL that can be run here)'
    : 'relays that share a PostgreSQL';
const FROM = `shop@${SENDER_DOMAIN}`;
const CONTENT = `From: <${FROM}>\r\nSubject: On a server\r\n\r\nbody\r\n`;
const KEY = '5a'.repeat(32);
/** A lease lasts 20 seconds, and others take over within 30. */
const TAKE_OVER = { timeoutMs: 90_000, everyMs: 100 };
/** A client waits minutes for the reply to its final dot; a relay that cannot store answers long before. */
const IN_TIME_MS = 30_000;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let wire: FlakyWire;
  let dns: FakeDns;
  let mx: FakeMx;
  let databases = 0;
  let database = '';
  const relays: Relay[] = [];
  let login: Login;

  beforeAll(async () => {
    server = await startPostgres();
    wire = await startFlakyWire({ path: server.socket });
  });
  afterAll(async () => {
    await wire.stop();
    await server.stop();
  });
  afterEach(async () => {
    wire.pass();
    for (const relay of relays.splice(0)) await relay.dispose();
    await Promise.all([dns.close(), mx.close()]);
  });

  const direct = (name = database) => `postgres://postern@/${name}?host=${encodeURIComponent(server.host)}`;

  /** Relays named `names` on a new database, whose wire a test can take away. */
  async function fleet(names: readonly string[], port = wire.port): Promise<readonly Relay[]> {
    database = `fleet${++databases}`;
    await ask(
      direct('postgres'),
      `DO $$ BEGIN CREATE ROLE relay LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      `CREATE DATABASE ${database} OWNER relay`,
    );
    dns = await startFakeDns({
      'recipient.test': { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] },
      'mx.recipient.test': { a: ['127.0.0.1'] },
    });
    mx = await startFakeMx();
    for (const name of names) {
      const config: TomlTables = {
        data_key: KEY,
        store: { url: `postgres://relay@127.0.0.1:${port}/${database}` },
        node: { name },
      };
      const relay = new Relay({ dnsServer: dns.address, mxPort: mx.port, config });
      relays.push(relay);
      await relay.start();
    }
    const [first] = relays;
    if (first === undefined) throw new Error('no relay');
    await verifyDomain(first, dns, SENDER_DOMAIN);
    login = await first.ctl<Login>('credential', 'add', '--kind', 'smtp', '--name', 'test');
    return relays;
  }

  const submit = async (relay: Relay, to: string) => {
    const session = await SmtpTalk.session({ port: relay.port, login });
    try {
      return (await session.submit({ from: FROM, to, content: CONTENT })).code;
    } finally {
      session.destroy();
    }
  };
  const arrivals = (to: string) =>
    mx.messages.filter(({ recipients }) => recipients.some(({ address }) => address === to)).length;
  const accepts = async (relay: Relay, to: string) => {
    await eventually(
      async () => {
        try {
          return (await submit(relay, to)) === 250;
        } catch {
          return false;
        }
      },
      { ...TAKE_OVER, everyMs: 250 },
    );
  };
  /** A reply that is no 250 and no refusal for good, in time; a login may need the database too. */
  const refusesForNow = async (relay: Relay) => {
    const startMs = performance.now();
    const code = await submit(relay, 'refused@recipient.test').catch((error: unknown) => String(error));
    expect(String(code)).toMatch(/45\d|42\d/);
    expect(performance.now() - startMs).toBeLessThan(IN_TIME_MS);
  };

  test('what a killed one had in hand is delivered by the other, once where nothing was under way', async () => {
    const [killed, other] = await fleet(['a', 'b']);
    if (killed === undefined || other === undefined) throw new Error('two relays');
    const recipients = Array.from({ length: 40 }, (_, at) => `slow-3000ms+${at}@recipient.test`);
    for (const to of recipients) expect(await submit(killed, to)).toBe(250);
    await killed.kill();
    const killedAtMs = performance.now();
    const left = recipients.filter((to) => arrivals(to) === 0);
    expect(left.length).toBeGreaterThan(0);
    expect(await submit(other, 'next@recipient.test')).toBe(250);
    await eventually(() => arrivals('next@recipient.test') === 1, TAKE_OVER);
    const held = `SELECT 1 FROM delivery d JOIN node_life l ON l.id = d.claim_life JOIN node n ON n.id = l.node_id WHERE n.name = 'a'`;
    await eventually(async () => (await ask(direct(), held)).length === 0, TAKE_OVER);
    expect(performance.now() - killedAtMs).toBeLessThan(32_000);
    await eventually(() => left.every((to) => arrivals(to) >= 1), TAKE_OVER);
    await eventually(
      async () => (await ask(direct(), 'SELECT 1 FROM message WHERE unsettled > 0')).length === 0,
      TAKE_OVER,
    );
    // Its connections at that moment, ten at most.
    expect(recipients.filter((to) => arrivals(to) > 1).length).toBeLessThanOrEqual(10);
    expect(recipients.every((to) => arrivals(to) <= 2)).toBe(true);
    const nodes = await other.ctlList<{ name: string; state: string }>('node', 'list');
    expect(nodes.map(({ name, state }) => `${name} ${state}`)).toEqual(['a down', 'b up']);
  });

  test('one that was stopped and wakes up sends nothing that others have taken over', async () => {
    const [slow, other] = await fleet(['a', 'b']);
    if (slow === undefined || other === undefined) throw new Error('two relays');
    const recipients = Array.from({ length: 40 }, (_, at) => `slow-2000ms+${at}@recipient.test`);
    for (const to of recipients) expect(await submit(slow, to)).toBe(250);
    process.kill(slow.pid, 'SIGSTOP');
    const held = `SELECT 1 FROM delivery d JOIN node_life l ON l.id = d.claim_life JOIN node n ON n.id = l.node_id WHERE n.name = 'a'`;
    await eventually(async () => (await ask(direct(), held)).length === 0, TAKE_OVER);
    process.kill(slow.pid, 'SIGCONT');
    await eventually(() => recipients.every((to) => arrivals(to) >= 1), TAKE_OVER);
    await eventually(() => slow.log().includes('others ended the life of this node'), TAKE_OVER);
    await eventually(
      async () => (await ask(direct(), 'SELECT 1 FROM message WHERE unsettled > 0')).length === 0,
      TAKE_OVER,
    );
    // What was on its connections when it was stopped, ten at most.
    expect(recipients.filter((to) => arrivals(to) > 1).length).toBeLessThanOrEqual(10);
    expect(slow.running).toBe(true);
    await accepts(slow, 'after@recipient.test');
    await eventually(() => arrivals('after@recipient.test') >= 1, TAKE_OVER);
  });

  test.each([
    ['crashes', () => server.crash(), () => server.restart()],
    ['is cut off', () => wire.cut(), () => wire.pass()],
    ['does not answer', () => wire.hang(), () => wire.pass()],
    ['takes no changes', () => readOnly('on'), () => readOnly('off')],
    ['has no connection left', () => connections(0), () => connections(-1)],
  ] as const)(
    'while the database %s, clients get 451 in time, and mail goes on after',
    async (_, take, giveBack) => {
      const [relay] = await fleet(['a']);
      if (relay === undefined) throw new Error('one relay');
      expect(await submit(relay, 'before@recipient.test')).toBe(250);
      await eventually(() => arrivals('before@recipient.test') === 1);
      await take();
      await refusesForNow(relay);
      await giveBack();
      await accepts(relay, 'after@recipient.test');
      await eventually(() => arrivals('after@recipient.test') >= 1, TAKE_OVER);
      expect(arrivals('before@recipient.test')).toBe(1);
      // Its commit may be on the wire when the client is told to come again.
      expect(arrivals('refused@recipient.test')).toBeLessThanOrEqual(1);
      expect(relay.running).toBe(true);
    },
  );

  test('a standby that is promoted has all that was answered 250, and the relay finds it', async () => {
    const primary = await startPostgres();
    const standby = await startStandby(primary);
    await ask(primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'", 'SELECT pg_reload_conf()');
    const way = await startFlakyWire({ path: primary.socket });
    const before = server;
    server = primary;
    try {
      const [relay] = await fleet(['a'], way.port);
      if (relay === undefined) throw new Error('one relay');
      const recipients = Array.from({ length: 20 }, (_, at) => `r${at}@recipient.test`);
      for (const to of recipients) expect(await submit(relay, to)).toBe(250);
      await primary.crash();
      way.cut();
      await refusesForNow(relay);
      await standby.promote();
      way.leadTo({ path: standby.socket });
      way.pass();
      await accepts(relay, 'after@recipient.test');
      await eventually(
        () => [...recipients, 'after@recipient.test'].every((to) => arrivals(to) >= 1),
        TAKE_OVER,
      );
    } finally {
      server = before;
      for (const relay of relays.splice(0)) await relay.dispose();
      await way.stop();
      await standby.stop();
      await primary.stop();
    }
  });

  const readOnly = async (value: 'on' | 'off') => {
    await ask(direct('postgres'), `ALTER ROLE relay SET default_transaction_read_only = ${value}`);
    await endConnections();
  };
  const connections = async (limit: number) => {
    await ask(direct('postgres'), `ALTER DATABASE ${database} CONNECTION LIMIT ${limit}`);
    await endConnections();
  };
  const endConnections = () =>
    ask(
      direct('postgres'),
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
    );
});
