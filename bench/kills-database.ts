/**
 * A PostgreSQL that syncs, behind a wire that leads to whoever is the primary, with a standby that has on its disk whatever
 * was acknowledged (synchronous_standby_names). It is killed (-9, every process of it) and started again, or killed for good
 * and its standby promoted, which gets a standby of its own.
 */
import { readFileSync } from 'node:fs';
import { withConnection } from '../src/store/postgres/engine/connection.ts';
import { startPostgresServer, type PostgresServer } from '../src/demo/postgres-server.ts';
import { eventually } from '../test/support/eventually.ts';
import { startFlakyWire, type FlakyWire } from '../test/support/flaky-wire.ts';
import { startStandby, type PostgresStandby } from '../test/support/postgres-standby.ts';

/** The log of changes stays short enough to copy, and long enough for a standby that was away. */
const SETTINGS = ['max_wal_size=256MB', 'wal_keep_size=128MB'];
const PATIENT = { timeoutMs: 60_000, everyMs: 50 };

export class KillsDatabase {
  readonly #wire: FlakyWire;
  #primary: PostgresServer;
  #standby: PostgresStandby | undefined;

  private constructor(wire: FlakyWire, primary: PostgresServer) {
    this.#wire = wire;
    this.#primary = primary;
  }

  static async start(): Promise<KillsDatabase> {
    const primary = await startPostgresServer({ durable: true, settings: SETTINGS });
    const database = new KillsDatabase(await startFlakyWire({ path: primary.socket }), primary);
    await database.follow();
    return database;
  }

  /** As store.url names it: by the wire. */
  get url(): string {
    return `postgres://${this.#primary.user}@127.0.0.1:${this.#wire.port}/${this.#primary.database}`;
  }

  /** Resolves when a new standby has all that is there, and every commit waits for it. */
  async follow(): Promise<void> {
    this.#standby = await startStandby(this.#primary, { durable: true });
    await this.ask("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await this.ask('SELECT pg_reload_conf()');
    await this.#synchronous();
  }

  /** Resolves when it takes changes again. */
  async killAndRestart(): Promise<void> {
    await kill(this.#primary);
    await this.#primary.restart();
    await this.#synchronous();
  }

  /** The standby has every commit, then the primary dies for good. Resolves when the standby takes changes. */
  async failOver(): Promise<void> {
    const standby = this.#standby;
    if (standby === undefined) throw new Error('there is no standby');
    await this.#synchronous();
    await kill(this.#primary);
    this.#wire.cut();
    await standby.promote();
    this.#wire.leadTo({ path: standby.socket });
    this.#wire.pass();
    await this.#primary.stop();
    this.#primary = standby;
    this.#standby = undefined;
  }

  /** The first column of the first row, past the wire. */
  async ask(text: string): Promise<unknown> {
    return await withConnection(this.#primary.url, async (client) => {
      const { rows } = await client.query<Record<string, unknown>>(text);
      return Object.values(rows[0] ?? {})[0];
    });
  }

  async stop(): Promise<void> {
    await this.#wire.stop();
    await this.#standby?.stop();
    await this.#primary.stop();
  }

  /** A commit of this moment has come back from the standby's disk, and with it all before. */
  async #synchronous(): Promise<void> {
    await eventually(
      () => this.ask("SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'"),
      PATIENT,
    );
    await this.ask("SELECT pg_logical_emit_message(true, 'kills', '')");
  }
}

/** Every process of it at once, so that none writes anything more. */
async function kill(server: PostgresServer): Promise<void> {
  const { pid } = server;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  for (const one of [pid, ...children.filter((text) => text !== '').map(Number)]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  await server.crash();
  await eventually(() => children.every((child) => hasEnded(child)), PATIENT);
}

function hasEnded(pid: string): boolean {
  try {
    // A zombie has no memory and no files any more.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') ?? true;
  } catch {
    return true;
  }
}
