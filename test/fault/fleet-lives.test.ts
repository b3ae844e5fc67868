/** Nodes that share a PostgreSQL: who lives, who has what in hand, who does what for all; with the database taken away. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { StoreError } from '../../src/store/errors.ts';
import { DUTIES } from '../../src/store/node-standing.ts';
import { Database } from '../../src/store/postgres/engine/database.ts';
import { beginLife } from '../../src/store/postgres/engine/life.ts';
import { addDuties, holdsStill, takeDuties } from '../../src/store/postgres/fleet/duties.ts';
import { PostgresDatabase } from '../conformance/store/postgres-engine.ts';
import { eventually } from '../support/eventually.ts';
import { startFlakyWire, type FlakyWire } from '../support/flaky-wire.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { ask, startNode, type TestNode } from './support/node-of-fleet.ts';

/** Leases last seconds here. */
const PATIENT = { timeoutMs: 30_000, everyMs: 20 };

const HERE =
  POSTGRES_BIN === undefined
    ? 'nodes of a fleet (skipped: there is no PostgreSQL that can be run here)'
    : 'nodes of a fleet';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let schemas: PostgresDatabase;
  let wire: FlakyWire;
  let direct: string;
  let flaky: string;
  let tests = 0;
  const nodes: TestNode[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    schemas = new PostgresDatabase(server);
    wire = await startFlakyWire({ path: server.socket });
  });
  afterAll(async () => {
    await wire.stop();
    await server.stop();
  });
  beforeEach(async () => {
    const schema = await schemas.schemaOf(String(tests++));
    direct = schemas.url(schema);
    flaky = `postgres://postern@127.0.0.1:${wire.port}/postgres?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
  });
  afterEach(async () => {
    wire.pass();
    for (const node of nodes.splice(0)) await node.stop();
  });

  const start = async (name: string, url = direct) => {
    const node = await startNode(url, name);
    nodes.push(node);
    return node;
  };
  const dies = (node: TestNode) => {
    node.die();
    nodes.splice(nodes.indexOf(node), 1);
  };
  const claim = async (life: number, count: number) => {
    await ask(
      direct,
      `INSERT INTO destination (name) VALUES ('dest.test') ON CONFLICT DO NOTHING;
       INSERT INTO delivery (id, destination_id, account_id, state, claim_life, expires_at, recipient)
       SELECT (SELECT count(*) FROM delivery) + n, (SELECT id FROM destination), 1, 'queued', ${life}, 0, 'a@dest.test'
       FROM generate_series(1, ${count}) n`,
    );
  };
  const claimed = async () =>
    Number((await ask(direct, 'SELECT count(*) FROM delivery WHERE claim_life IS NOT NULL'))[0]?.['count']);
  const dutiesOf = ({ standing }: TestNode) => DUTIES.filter((duty) => standing.holds(duty) !== undefined);

  test('one of them has each duty, and all know how many they are', async () => {
    const first = await start('a');
    const second = await start('b');
    await eventually(() => first.standing.nodes === 2 && second.standing.nodes === 2);
    expect(dutiesOf(first)).toEqual([...DUTIES]);
    expect(dutiesOf(second)).toEqual([]);
    await eventually(() => first.holds && second.holds);
  });

  test('what a dead one had in hand, and its duties, go to another, under a higher fence', async () => {
    const dead = await start('a');
    const other = await start('b');
    await claim(dead.context.life.lifeKey, 1_200);
    await claim(other.context.life.lifeKey, 10);
    const fence = dead.standing.holds('events') ?? 0;
    dies(dead);
    await eventually(() => dutiesOf(other).length === DUTIES.length, PATIENT);
    await eventually(async () => (await claimed()) === 10, PATIENT);
    expect(other.standing.holds('events')).toBe(fence + 1);
    const [destination] = await ask(direct, 'SELECT next_due_at FROM destination');
    expect(Number(destination?.['next_due_at'])).toBeGreaterThan(0);
    expect(other.standing.nodes).toBe(1);
  });

  test('what a life that was ended still writes is freed too', async () => {
    const dead = await start('a');
    await start('b');
    dies(dead);
    const ended = () => ask(direct, 'SELECT 1 FROM node_life WHERE ended_at > 0');
    await eventually(async () => (await ended()).length === 1, PATIENT);
    await claim(dead.context.life.lifeKey, 5);
    await eventually(async () => (await claimed()) === 0, PATIENT);
  });

  test('a node that stops hands its duties over at once', async () => {
    const first = await start('a');
    const second = await start('b');
    nodes.splice(nodes.indexOf(first), 1);
    await first.stop();
    await eventually(() => dutiesOf(second).length === DUTIES.length, { timeoutMs: 3_500 });
  });

  test('one that is cut off stops before others take over, and begins a new life when it is back', async () => {
    const lost = await start('a', flaky);
    const other = await start('b');
    await claim(lost.context.life.lifeKey, 5);
    const before = lost.context.life.lifeKey;
    const fence = lost.standing.holds('events') ?? 0;
    wire.hang();
    let tookOverWhileHeld = false;
    await eventually(async () => {
      const taken = (await claimed()) === 0;
      if (taken && lost.holds) tookOverWhileHeld = true;
      return taken;
    }, PATIENT);
    expect(tookOverWhileHeld).toBe(false);
    expect(dutiesOf(lost)).toEqual([]);
    await eventually(() => dutiesOf(other).length === DUTIES.length, PATIENT);
    wire.pass();
    await eventually(() => lost.holds, PATIENT);
    expect(lost.context.life.lifeKey).not.toBe(before);
    expect(lost.standing.life).toBe(lost.context.life.lifeKey);
    expect(lost.failures).toEqual([]);
    // What it began under the old fence changes nothing.
    const database = new Database({
      ...{ url: direct, preparedStatements: 'auto', clock: systemClock, random: systemRandom },
      ...{ maxConnections: 1, applicationName: 'test' },
    });
    const still = (life: number, under: number) =>
      database.transaction((session) => holdsStill(session, 'events', { life, fence: under }));
    expect(await still(before, fence)).toBe(false);
    expect(await still(other.context.life.lifeKey, fence + 1)).toBe(true);
    await database.close();
  });

  test('a slow wire costs nobody his life', async () => {
    const slow = await start('a', flaky);
    const other = await start('b');
    wire.slow(60);
    const [before] = await ask(direct, 'SELECT max(lease_until) AS until FROM node_life');
    await eventually(async () => {
      const [now] = await ask(direct, `SELECT min(lease_until) AS until FROM node_life`);
      return Number(now?.['until']) > Number(before?.['until']) + 5_000;
    }, PATIENT);
    await eventually(() => slow.holds && other.holds);
    expect(await ask(direct, 'SELECT 1 FROM node_life WHERE ended_at > 0')).toEqual([]);
  });

  test.each([
    ['is cut off', () => wire.cut(), () => wire.pass()],
    ['crashes', () => server.crash(), () => server.restart()],
    ['takes no changes', () => readOnly('on'), () => readOnly('off')],
  ] as const)(
    'the lease runs out while the database %s, and holds again after',
    async (_, take, giveBack) => {
      const node = await start('a', flaky);
      await take();
      await eventually(() => !node.holds, PATIENT);
      await giveBack();
      await eventually(() => node.holds, PATIENT);
      expect(node.failures).toEqual([]);
      expect(
        node.log.filter((line) => line.startsWith('the lease of this node is not renewed')),
      ).toHaveLength(1);
      await eventually(() => dutiesOf(node).length === DUTIES.length);
    },
  );

  const readOnly = async (value: 'on' | 'off') => {
    await ask(
      direct,
      'SET default_transaction_read_only = off',
      `ALTER ROLE postern SET default_transaction_read_only = ${value}`,
    );
    // It counts for new connections.
    await ask(
      direct,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user',
    );
  };

  test('a second process under the name of one that lives is refused, and the first goes on', async () => {
    const first = await start('a');
    await expect(startNode(direct, 'a')).rejects.toMatchObject({ code: 'locked' });
    await expect(startNode(direct, 'a')).rejects.toThrow(StoreError);
    await eventually(() => first.holds);
  });

  test('a process that follows a dead one under its name frees what that had in hand', async () => {
    const dead = await start('a');
    await claim(dead.context.life.lifeKey, 5);
    dies(dead);
    const next = await start('a');
    expect(await claimed()).toBe(0);
    expect(next.context.life.lifeKey).not.toBe(dead.context.life.lifeKey);
    expect(dutiesOf(next)).toEqual([...DUTIES]);
  });

  test('a machine that falls silent within a transaction keeps no rows from the others', async () => {
    const silent = await start('a', flaky);
    const other = await start('b');
    const fence = silent.standing.holds('events') ?? 0;
    const shared = { preparedStatements: 'auto', clock: systemClock, random: systemRandom } as const;
    const database = new Database({ ...shared, url: flaky, maxConnections: 1, applicationName: 'test' });
    const life = silent.context.life.lifeKey;
    // Its end never comes: nobody closes the connection, and the server looks after hours.
    const held = Promise.withResolvers<boolean>();
    const end = Promise.withResolvers<undefined>();
    const transaction = database.transaction(async (session) => {
      held.resolve(await holdsStill(session, 'events', { life, fence }));
      await end.promise;
    });
    expect(await held.promise).toBe(true);
    wire.hang();
    await eventually(() => dutiesOf(other).length === DUTIES.length, PATIENT);
    const third = await start('c');
    expect(third.holds).toBe(true);
    wire.pass();
    end.resolve(undefined);
    await expect(transaction).rejects.toMatchObject({ code: 'busy' });
    await database.close();
  });

  test('a node that starts while somebody keeps it waiting says so', async () => {
    await start('a');
    const somebody = new pg.Client(direct);
    await somebody.connect();
    await somebody.query('BEGIN; LOCK TABLE duty');
    await expect(startNode(direct, 'b')).rejects.toMatchObject({ code: 'busy' });
    await somebody.end();
  });

  test('of two nodes that take what is free at the same moment one has it', async () => {
    const shared = { preparedStatements: 'auto', clock: systemClock, random: systemRandom } as const;
    const database = new Database({ ...shared, url: direct, maxConnections: 2, applicationName: 'test' });
    await database.transaction(addDuties);
    const [one, other] = [
      await database.transaction((session) => beginLife(session, 'a', '0.1.0')),
      await database.transaction((session) => beginLife(session, 'b', '0.1.0')),
    ];
    const taken = Promise.withResolvers<undefined>();
    const waits = Promise.withResolvers<undefined>();
    const first = database.transaction(async (session) => {
      const duties = await takeDuties(session, one.lifeKey);
      taken.resolve(undefined);
      await waits.promise;
      return duties;
    });
    await taken.promise;
    const second = database.transaction((session) => takeDuties(session, other.lifeKey));
    await eventually(async () => (await ask(direct, 'SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0);
    waits.resolve(undefined);
    expect([...(await first).keys()].sort()).toEqual([...DUTIES].sort());
    expect([...(await second).keys()]).toEqual([]);
    await database.close();
  });

  test('a node that drains has no duty any more when another has it', async () => {
    const first = await start('a', flaky);
    await start('b');
    wire.slow(150);
    await ask(direct, `UPDATE node SET draining = 1 WHERE name = 'a'`);
    let both = false;
    await eventually(
      () => {
        const holders = nodes.filter((node) => dutiesOf(node).length > 0);
        both ||= holders.length > 1;
        return holders.length === 1 && holders[0] !== first;
      },
      { ...PATIENT, everyMs: 2 },
    );
    expect(both).toBe(false);
  });

  test('a node that drains leaves its duties to others, and keeps them where there are none', async () => {
    const alone = await start('a');
    await ask(direct, 'UPDATE node SET draining = 1');
    await eventually(() => alone.standing.draining);
    expect(dutiesOf(alone)).toEqual([...DUTIES]);
    const other = await start('b');
    await eventually(() => dutiesOf(other).length === DUTIES.length, PATIENT);
    expect(dutiesOf(alone)).toEqual([]);
  });
});
