/**
 * Real relays that share a real PostgreSQL, with one of them or the database taken away: what was answered 250 arrives,
 * clients get 451 in time, nobody has to be started again.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFlakyWire, type FlakyWire } from '../support/flaky-wire.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { startStandby } from '../support/postgres-standby.ts';
import { FleetStage, TAKE_OVER } from './support/fleet-stage.ts';
import { ask } from './support/node-of-fleet.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'relays that share a PostgreSQL (skipped: there is no PostgreSQL that can be run here)'
    : 'relays that share a PostgreSQL';
const HELD_BY_A = `SELECT 1 FROM delivery d JOIN node_life l ON l.id = d.claim_life JOIN node n ON n.id = l.node_id
  WHERE n.name = 'a'`;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let wire: FlakyWire;
  let stage: FleetStage | undefined;

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
    await stage?.[Symbol.asyncDispose]();
    stage = undefined;
  });

  /** Relays on a new database, whose wire a test can take away. */
  const start = async (...names: readonly string[]) => {
    stage = await FleetStage.start({ server, port: wire.port, names });
    return stage;
  };
  const manyTo = (place: string, count = 40) =>
    Array.from({ length: count }, (_, at) => `${place}+${at}@recipient.test`);

  test('what a killed one had in hand is delivered by the other, once where nothing was under way', async () => {
    const fleet = await start('a', 'b');
    const [killed, other] = [fleet.relay(0), fleet.relay(1)];
    const recipients = manyTo('slow-3000ms');
    for (const to of recipients) expect(await fleet.submit(to, killed)).toBe(250);
    await killed.kill();
    const killedAtMs = performance.now();
    const left = recipients.filter((to) => fleet.arrivals(to) === 0);
    expect(left.length).toBeGreaterThan(0);
    expect(await fleet.submit('next@recipient.test', other)).toBe(250);
    await eventually(() => fleet.arrivals('next@recipient.test') === 1, TAKE_OVER);
    await eventually(async () => (await fleet.ask(HELD_BY_A)).length === 0, TAKE_OVER);
    expect(performance.now() - killedAtMs).toBeLessThan(32_000);
    await eventually(() => left.every((to) => fleet.arrivals(to) >= 1), TAKE_OVER);
    await eventually(() => fleet.isSettled(), TAKE_OVER);
    // Its connections at that moment, ten at most.
    expect(recipients.filter((to) => fleet.arrivals(to) > 1).length).toBeLessThanOrEqual(10);
    expect(recipients.every((to) => fleet.arrivals(to) <= 2)).toBe(true);
    const nodes = await other.ctlList<{ name: string; state: string }>('node', 'list');
    expect(nodes.map(({ name, state }) => `${name} ${state}`)).toEqual(['a down', 'b up']);
  });

  test('one that was stopped and wakes up sends nothing that others have taken over', async () => {
    const fleet = await start('a', 'b');
    const slow = fleet.relay(0);
    const recipients = manyTo('slow-2000ms');
    for (const to of recipients) expect(await fleet.submit(to, slow)).toBe(250);
    process.kill(slow.pid, 'SIGSTOP');
    await eventually(async () => (await fleet.ask(HELD_BY_A)).length === 0, TAKE_OVER);
    process.kill(slow.pid, 'SIGCONT');
    await eventually(() => recipients.every((to) => fleet.arrivals(to) >= 1), TAKE_OVER);
    await eventually(() => slow.log().includes('others ended the life of this node'), TAKE_OVER);
    await eventually(() => fleet.isSettled(), TAKE_OVER);
    // What was on its connections when it was stopped, ten at most.
    expect(recipients.filter((to) => fleet.arrivals(to) > 1).length).toBeLessThanOrEqual(10);
    expect(slow.running).toBe(true);
    await fleet.accepts('after@recipient.test', slow);
    await eventually(() => fleet.arrivals('after@recipient.test') >= 1, TAKE_OVER);
  });

  test.each([
    ['crashes', () => server.crash(), () => server.restart()],
    ['is cut off', () => wire.cut(), () => wire.pass()],
    ['does not answer', () => wire.hang(), () => wire.pass()],
    ['takes no changes', () => readOnly('on'), () => readOnly('off')],
    [
      'has no connection left',
      (database: string) => connections(database, 0),
      (database: string) => connections(database, -1),
    ],
  ] as const)(
    'while the database %s, clients get 451 in time, and mail goes on after',
    async (_, take, giveBack) => {
      const fleet = await start('a');
      expect(await fleet.submit('before@recipient.test')).toBe(250);
      await eventually(() => fleet.arrivals('before@recipient.test') === 1);
      await take(fleet.database);
      await fleet.refusesForNow();
      await giveBack(fleet.database);
      await fleet.accepts('after@recipient.test');
      await eventually(() => fleet.arrivals('after@recipient.test') >= 1, TAKE_OVER);
      expect(fleet.arrivals('before@recipient.test')).toBe(1);
      // Its commit may be on the wire when the client is told to come again.
      expect(fleet.arrivals('refused@recipient.test')).toBeLessThanOrEqual(1);
      expect(fleet.relay().running).toBe(true);
    },
  );

  test('a standby that is promoted has all that was answered 250, and the relay finds it', async () => {
    const primary = await startPostgres();
    const standby = await startStandby(primary);
    await ask(primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'", 'SELECT pg_reload_conf()');
    const way = await startFlakyWire({ path: primary.socket });
    const fleet = await FleetStage.start({ server: primary, port: way.port, names: ['a'] });
    try {
      const recipients = manyTo('prompt', 20);
      for (const to of recipients) expect(await fleet.submit(to)).toBe(250);
      await primary.crash();
      way.cut();
      await fleet.refusesForNow();
      await standby.promote();
      way.leadTo({ path: standby.socket });
      way.pass();
      await fleet.accepts('after@recipient.test');
      await eventually(
        () => [...recipients, 'after@recipient.test'].every((to) => fleet.arrivals(to) >= 1),
        TAKE_OVER,
      );
    } finally {
      await fleet[Symbol.asyncDispose]();
      await way.stop();
      await standby.stop();
      await primary.stop();
    }
  });

  const readOnly = (value: 'on' | 'off') =>
    endConnections(`ALTER ROLE relay SET default_transaction_read_only = ${value}`);
  const connections = (database: string, limit: number) =>
    endConnections(`ALTER DATABASE ${database} CONNECTION LIMIT ${limit}`);
  /** After that. */
  const endConnections = (change: string) =>
    ask(
      server.url,
      change,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
    );
});
