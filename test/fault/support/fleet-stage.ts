/**
 * Real relays that share one database of a PostgreSQL, between a fake DNS server and a fake MX, and what a test does with
 * them: hand a message in, count what arrives, look into the database past them.
 */
import { expect } from 'vitest';
import { Relay } from '../../e2e/support/relay-process.ts';
import type { TomlTable } from '../../e2e/support/toml.ts';
import { SmtpTalk, type Login } from '../../e2e/support/smtp-talk.ts';
import { SENDER_DOMAIN, verifyDomain } from '../../e2e/support/stage.ts';
import { eventually } from '../../support/eventually.ts';
import { startFakeDns, type FakeDns } from '../../support/fake-dns.ts';
import { startFakeMx, type FakeMx } from '../../support/fake-mx.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { ask } from './node-of-fleet.ts';

/** A lease lasts 20 seconds, and others take over within 30. */
export const TAKE_OVER = { timeoutMs: 90_000, everyMs: 100 };
/** A client waits minutes for the reply to its final dot; a relay that cannot store answers long before. */
const IN_TIME_MS = 30_000;
const KEY = '5a'.repeat(32);
const FROM = `shop@${SENDER_DOMAIN}`;
const CONTENT = `From: <${FROM}>\r\nSubject: On a server\r\n\r\nbody\r\n`;

let databases = 0;

export interface FleetStageOptions {
  readonly server: Pick<PostgresServer, 'host' | 'user'>;
  /** Where relays connect to on 127.0.0.1; default: the server's own socket. */
  readonly port?: number;
  /** The names of the nodes. */
  readonly names: readonly string[];
  /** Of the database. */
  readonly tablespace?: string;
  /** Of every node. */
  readonly delivery?: TomlTable;
}

export class FleetStage implements AsyncDisposable {
  readonly relays: readonly Relay[];
  readonly mx: FakeMx;
  readonly #dns: FakeDns;
  readonly #server: FleetStageOptions['server'];
  readonly database: string;
  readonly #login: Login;

  private constructor(
    parts: Pick<FleetStage, 'relays' | 'mx' | 'database'> & {
      readonly dns: FakeDns;
      readonly server: FleetStageOptions['server'];
      readonly login: Login;
    },
  ) {
    this.relays = parts.relays;
    this.mx = parts.mx;
    this.#dns = parts.dns;
    this.#server = parts.server;
    this.database = parts.database;
    this.#login = parts.login;
  }

  /** On a new database, owned by the role `relay`. */
  static async start({ server, port, names, tablespace, delivery }: FleetStageOptions): Promise<FleetStage> {
    const database = `fleet${++databases}`;
    await ask(
      urlOf(server, 'postgres'),
      `DO $$ BEGIN CREATE ROLE relay LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      `CREATE DATABASE ${database} OWNER relay ${tablespace === undefined ? '' : `TABLESPACE ${tablespace}`}`,
    );
    const dns = await startFakeDns({
      'recipient.test': { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] },
      'mx.recipient.test': { a: ['127.0.0.1'] },
    });
    const mx = await startFakeMx();
    const url =
      port === undefined
        ? urlOf({ ...server, user: 'relay' }, database)
        : `postgres://relay@127.0.0.1:${port}/${database}`;
    const relays: Relay[] = [];
    try {
      for (const name of names) {
        const config = { data_key: KEY, store: { url }, node: { name }, ...(delivery && { delivery }) };
        const relay = new Relay({ dnsServer: dns.address, mxPort: mx.port, config });
        relays.push(relay);
        await relay.start();
      }
      const [first] = relays;
      if (first === undefined) throw new Error('no relay');
      await verifyDomain(first, dns, SENDER_DOMAIN);
      const login = await first.ctl<Login>('credential', 'add', '--kind', 'smtp', '--name', 'test');
      return new FleetStage({ relays, mx, dns, server, database, login });
    } catch (error) {
      for (const relay of relays) await relay.dispose();
      await Promise.all([dns.close(), mx.close()]);
      throw error;
    }
  }

  /** Of that place in `names`. */
  relay(at = 0): Relay {
    const relay = this.relays[at];
    if (relay === undefined) throw new Error(`there is no relay ${at}`);
    return relay;
  }

  /** The rows of the last statement, as the server's administrator, past the relays. */
  ask(...texts: readonly string[]) {
    return ask(urlOf(this.#server, this.database), ...texts);
  }

  /** The code of the reply to the final dot. */
  async submit(to: string, relay = this.relay()): Promise<number> {
    const session = await SmtpTalk.session({ port: relay.port, login: this.#login });
    try {
      return (await session.submit({ from: FROM, to, content: CONTENT })).code;
    } finally {
      session.destroy();
    }
  }

  arrivals(to: string): number {
    return this.mx.messages.filter(({ recipients }) => recipients.some(({ address }) => address === to))
      .length;
  }

  /** Resolves when a message to `to` was answered 250. */
  async accepts(to: string, relay = this.relay()): Promise<void> {
    await eventually(
      () =>
        this.submit(to, relay)
          .then((code) => code === 250)
          .catch(() => false),
      {
        ...TAKE_OVER,
        everyMs: 250,
        what: '250',
      },
    );
  }

  /** A reply that is no 250 and no refusal for good, in time; a login may need the database too. */
  async refusesForNow(relay = this.relay()): Promise<void> {
    const startMs = performance.now();
    const code = await this.submit('refused@recipient.test', relay).catch((error: unknown) => String(error));
    expect(String(code)).toMatch(/45\d|42\d/);
    expect(performance.now() - startMs).toBeLessThan(IN_TIME_MS);
  }

  async isSettled(): Promise<boolean> {
    return (await this.ask('SELECT 1 FROM message WHERE unsettled > 0')).length === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const relay of this.relays) await relay.dispose();
    await Promise.all([this.#dns.close(), this.mx.close()]);
  }
}

function urlOf({ host, user }: FleetStageOptions['server'], database: string): string {
  return `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`;
}
