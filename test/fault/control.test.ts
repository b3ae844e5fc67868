/**
 * An operator's hold and cancel while the relay has the mail in hand, on both engines: a host that answers slowly, and a relay
 * that is killed right afterwards. What waits for its turn is not sent, what is under way ends, nothing is lost or sent twice.
 */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import type { TomlTables } from '../e2e/support/relay-process.ts';
import { SENDER_DOMAIN, Stage, type EventJson } from '../e2e/support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const MESSAGES = 40;
/** More is never under way to one site. */
const UNDER_WAY = 10;
const PATIENT = { timeoutMs: 60_000, everyMs: 100 };

interface Listed {
  readonly recipient: string;
  readonly state: string;
  readonly in_progress: boolean;
}

describe('on SQLite', () => describeControl(() => Promise.resolve({})));

const HERE = POSTGRES_BIN === undefined ? 'on PostgreSQL (skipped: there is none here)' : 'on PostgreSQL';
describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  describeControl(async () => {
    const name = `db${++databases}`;
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    const url = `postgres://${server.user}@/${name}?host=${encodeURIComponent(server.host)}`;
    return { data_key: '5a'.repeat(32), store: { url }, node: { name: 'one' } };
  });
});

function describeControl(storeOf: () => Promise<TomlTables>): void {
  let stage: Stage | undefined;
  afterEach(async () => {
    await stage?.[Symbol.asyncDispose]();
    stage = undefined;
  });

  /** All are accepted, and some are on their way to a host that takes seconds for each. */
  async function busyStage(): Promise<Stage> {
    const busy = (stage = await Stage.start({ config: await storeOf() }));
    const session = await busy.session();
    for (let number = 0; number < MESSAGES; number++)
      await session.submitForId({
        from: FROM,
        to: `slow-3s+${number}@recipient.test`,
        content: `From: <${FROM}>\r\nSubject: ${number}\r\n\r\nbody\r\n`,
      });
    await session.quit();
    return busy;
  }

  const queue = ({ relay }: Stage, ...options: readonly string[]) =>
    relay.ctlList<Listed>('queue', 'list', ...options);
  const arrived = ({ mx }: Stage) =>
    mx.messages.flatMap(({ recipients }) => recipients.map(({ address }) => address));

  it('hold keeps what waits, whatever is in memory; release sends it', { timeout: 180_000 }, async () => {
    const busy = await busyStage();
    await eventually(() => busy.mx.messages.length > 0, PATIENT);
    const { changed } = await busy.relay.ctl<{ changed: number }>('queue', 'hold', '--all');
    const atHold = arrived(busy).length;
    expect(changed).toBeGreaterThanOrEqual(MESSAGES - atHold - UNDER_WAY);
    await eventually(async () => (await queue(busy)).every(({ state }) => state === 'held'), PATIENT);
    const held = await queue(busy);
    expect(held.length).toBeGreaterThanOrEqual(MESSAGES - atHold - UNDER_WAY);
    expect(arrived(busy)).toHaveLength(MESSAGES - held.length);
    await busy.relay.ctl('queue', 'release', '--all');
    await eventually(async () => (await queue(busy)).length === 0, PATIENT);
    expect(new Set(arrived(busy)).size).toBe(MESSAGES);
    expect(arrived(busy)).toHaveLength(MESSAGES);
  });

  it(
    'cancel outlasts kill -9: nothing of it is sent, and each is told once',
    { timeout: 180_000 },
    async () => {
      const busy = await busyStage();
      await eventually(() => busy.mx.messages.length > 0, PATIENT);
      await busy.relay.ctl('queue', 'cancel', '--all', '--yes');
      await busy.relay.kill();
      const atKill = arrived(busy).length;
      await busy.relay.start();
      await eventually(async () => (await queue(busy)).length === 0, PATIENT);
      const events = (type: string) => busy.relay.ctlList<EventJson>('events', '--type', type);
      const cancelled = (await events('cancelled')).map(({ delivery_id: id }) => id);
      const delivered = (await events('delivered')).map(({ delivery_id: id }) => id);
      expect(new Set([...cancelled, ...delivered]).size).toBe(MESSAGES);
      expect(cancelled.length + delivered.length).toBe(MESSAGES);
      expect(cancelled.length).toBeGreaterThanOrEqual(MESSAGES - atKill - UNDER_WAY);
      // Those in flight at the kill may have arrived; nothing was begun after it.
      expect(arrived(busy).length).toBeLessThanOrEqual(atKill + UNDER_WAY);
      expect(new Set(arrived(busy)).size).toBe(arrived(busy).length);
    },
  );
}
