/**
 * Nodes of two releases on one PostgreSQL, as in a rolling upgrade: the older one goes on while the newer one migrates, also
 * after a start; one that is too old for what the newer one did stops, with a line that says why.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SmtpTalk } from '../e2e/support/smtp-talk.ts';
import { Relay } from '../e2e/support/relay-process.ts';
import { SENDER_DOMAIN, verifyDomain } from '../e2e/support/stage.ts';
import { MIGRATIONS } from '../../src/store/postgres/migrations/index.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeDns, type FakeDns } from '../support/fake-dns.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { newerProgram } from '../support/newer-program.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { ask } from './support/node-of-fleet.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'nodes of two releases (skipped: there is no PostgreSQL that can be run here)'
    : 'nodes of two releases';
const FROM = `shop@${SENDER_DOMAIN}`;
const PATIENT = { timeoutMs: 90_000, everyMs: 50 };
const CLIENTS = 4;
const NEWER = '0.2.0';

/** A column in each table, one of them with a value, an index, a table: each takes the table for itself for a moment. */
const EXPAND = `DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT table_name FROM information_schema.tables
      WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' LOOP
      EXECUTE format('ALTER TABLE %I ADD COLUMN of_next_release bigint', name);
    END LOOP;
  END $$;
  ALTER TABLE delivery ADD COLUMN rank bigint NOT NULL DEFAULT 7;
  CREATE INDEX delivery_by_rank ON delivery (rank, due_at);
  CREATE TABLE next_release (id bigint PRIMARY KEY)`;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let dns: FakeDns;
  let mx: FakeMx;
  let databases = 0;
  let database: string;
  const relays: Relay[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = `upgrade${++databases}`;
    await ask(server.url, `CREATE DATABASE ${database}`);
    dns = await startFakeDns({
      'recipient.test': { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] },
      'mx.recipient.test': { a: ['127.0.0.1'] },
    });
    mx = await startFakeMx();
    accepted.length = 0;
  });
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.dispose();
    await Promise.all([dns.close(), mx.close()]);
  });

  const url = () => `postgres://${server.user}@/${database}?host=${encodeURIComponent(server.host)}`;

  async function start(name: string, root?: string): Promise<Relay> {
    const config = { data_key: '5a'.repeat(32), store: { url: url() }, node: { name } };
    const relay = new Relay({
      ...{ dnsServer: dns.address, mxPort: mx.port, config },
      ...(root !== undefined && { root }),
    });
    relays.push(relay);
    await relay.start();
    return relay;
  }

  async function startOlder(): Promise<Relay> {
    const relay = await start('older');
    await verifyDomain(relay, dns, SENDER_DOMAIN);
    await relay.ctl('credential', 'add', '--kind', 'network', '--name', 'load', '--allow-ip', '127.0.0.1');
    return relay;
  }

  let messages = 0;
  const accepted: string[] = [];
  async function submit(relay: Relay): Promise<number> {
    const to = `r${messages++}@recipient.test`;
    using talk = await SmtpTalk.connect({ port: relay.port });
    await talk.ehlo();
    const content = `From: <${FROM}>\r\nSubject: upgrade\r\n\r\nbody\r\n`;
    const { code } = await talk.submit({ from: FROM, to, content });
    if (code === 250) accepted.push(to);
    return code;
  }
  const allArrived = () => {
    const arrived = new Set(
      mx.messages.flatMap(({ recipients }) => recipients.map(({ address }) => address)),
    );
    return accepted.every((to) => arrived.has(to));
  };

  const linesOf = (relay: Relay, part: string) =>
    relay
      .log()
      .split('\n')
      .filter((line) => line.includes(part));

  test('the older one takes and delivers mail while the newer one migrates, and starts again after', async () => {
    const older = await startOlder();
    const codes: number[] = [];
    let enough = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!enough) codes.push(await submit(older));
    });
    await eventually(() => codes.length > 20, PATIENT);
    const newer = await start('newer', newerProgram(NEWER, { up: EXPAND }));
    const sinceMigration = codes.length;
    expect(await ask(url(), 'SELECT version FROM postern_schema')).toEqual([
      { version: String(MIGRATIONS.length + 1) },
    ]);
    await eventually(() => codes.length > sinceMigration + 40, PATIENT);
    for (let count = 0; count < 10; count++) expect(await submit(newer)).toBe(250);
    enough = true;
    await Promise.all(clients);
    expect(codes.filter((code) => code !== 250)).toEqual([]);
    await eventually(allArrived, PATIENT);
    expect(linesOf(older, '"level":"error"')).toEqual([]);
    expect(await older.stop()).toBe(0);
    await older.start();
    expect(await submit(older)).toBe(250);
    await eventually(allArrived, PATIENT);
    const nodes = await older.ctlList<{ name: string; state: string; version: string }>('node', 'list');
    expect(nodes.map(({ name, state, version }) => [name, state, version])).toEqual([
      ['newer', 'up', NEWER],
      ['older', 'up', expect.not.stringContaining(NEWER)],
    ]);
    expect(mx.messageCount).toBe(accepted.length);
  });

  test('one that is too old for the schema stops with a line, while it runs and at a start', async () => {
    const older = await startOlder();
    const newer = await start('newer', newerProgram(NEWER, { up: 'SELECT 1', breaking: true }));
    const why = `was written by a newer Postern (schema ${MIGRATIONS.length + 1}, this program knows ${MIGRATIONS.length})`;
    expect(await older.ended()).toBe(1);
    expect(linesOf(older, why)).toHaveLength(1);
    await expect(older.start()).rejects.toThrow(why);
    const printed = linesOf(older, why).filter((line) => line.startsWith('relayd: '));
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain('install that release or a later one');
    expect(older.log()).not.toMatch(/\n\s+at /);
    expect(await older.ctlRaw(['queue', 'list'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(why) as string,
    });
    expect(await submit(newer)).toBe(250);
    await eventually(allArrived, PATIENT);
  });
});
