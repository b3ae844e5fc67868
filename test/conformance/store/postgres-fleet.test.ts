/** The nodes that share a PostgreSQL as an operator sees and changes them, and the limits that they keep together. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { FleetReader, FleetWriter } from '../../../src/store/fleet.ts';
import { Database } from '../../../src/store/postgres/engine/database.ts';
import { beginLife, endLife, type Life } from '../../../src/store/postgres/engine/life.ts';
import { addDuties, takeDuties } from '../../../src/store/postgres/fleet/duties.ts';
import { fleetReads, fleetWrites } from '../../../src/store/postgres/fleet/nodes.ts';
import { limitWrites } from '../../../src/store/postgres/fleet/shared-limits.ts';
import { PostgresStepRunner } from '../../../src/store/postgres/engine/step-runner.ts';
import { egressWrites } from '../../../src/store/sql/egress/egress.ts';
import { findingReads, findingWrites } from '../../../src/store/sql/findings/findings.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { PostgresDatabase } from './postgres-engine.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'a fleet on PostgreSQL (skipped: there is no PostgreSQL that can be run here)'
    : 'a fleet on PostgreSQL';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: Database;
  let fleet: FleetReader & FleetWriter;
  let lives: readonly Life[];

  beforeAll(async () => {
    server = await startPostgres();
    const schemas = new PostgresDatabase(server);
    database = new Database({
      ...{ url: schemas.url(await schemas.schemaOf('fleet')), preparedStatements: 'auto' },
      ...{ clock: systemClock, random: systemRandom, maxConnections: 8, applicationName: 'test' },
    });
    fleet = { ...fleetReads(database), ...fleetWrites(database, new PostgresStepRunner(database)) };
    const begin = (name: string) => database.transaction((session) => beginLife(session, name, '0.1.0'));
    lives = [await begin('b'), await begin('a')];
    await database.transaction(addDuties);
    await database.transaction((session) => takeDuties(session, lives[0]?.lifeKey ?? 0));
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  const change = (text: string) => database.transaction((session) => session.query(text));
  const claim = (count: number) =>
    change(
      `INSERT INTO delivery (id, destination_id, account_id, state, claim_life, expires_at, recipient)
       SELECT n, 1, 1, 'queued', ${lives[0]?.lifeKey ?? 0}, 0, 'a@dest.test' FROM generate_series(1, ${count}) n`,
    );

  test('is listed by name, with versions, duties and what is in hand', async () => {
    await claim(3);
    const nodes = await fleet.nodes();
    expect(nodes.map(({ name, state, inHand, duties }) => ({ name, state, inHand, duties }))).toEqual([
      { name: 'a', state: 'up', inHand: 0, duties: [] },
      { name: 'b', state: 'up', inHand: 3, duties: ['checks', 'events', 'retention', 'webhooks'] },
    ]);
    expect(nodes[0]).toMatchObject({ version: '0.1.0', draining: false });
    expect(nodes[0]?.seenAgoMs).toBeLessThan(20_000);
  });

  test('a node drains, and goes on', async () => {
    await fleet.drainNode('a', true, 1, 'relayctl:test');
    expect((await fleet.nodes())[0]).toMatchObject({ state: 'draining', draining: true });
    await fleet.drainNode('a', false, 2, 'relayctl:test');
    expect((await fleet.nodes())[0]).toMatchObject({ state: 'up', draining: false });
    await expect(fleet.drainNode('c', true, 1, 'relayctl:test')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is removed when it is down and has nothing in hand, and not before', async () => {
    await expect(fleet.removeNode('b', 1, 'relayctl:test')).rejects.toThrow('is up');
    const life = lives[0] ?? { nodeKey: 0, lifeKey: 0 };
    await database.transaction((session) => endLife(session, life));
    expect((await fleet.nodes())[1]).toMatchObject({ name: 'b', state: 'down' });
    await expect(fleet.removeNode('b', 1, 'relayctl:test')).rejects.toThrow('taking over');
    await change('DELETE FROM delivery');
    await fleet.removeNode('b', 3, 'relayctl:test');
    expect((await fleet.nodes()).map(({ name }) => name)).toEqual(['a']);
    const { rows } = await database.read((session) =>
      session.query('SELECT action, subject FROM audit ORDER BY id'),
    );
    expect(rows).toEqual([
      { action: 'node drain', subject: '["a"]' },
      { action: 'node drain --off', subject: '["a"]' },
      { action: 'node remove', subject: '["b"]' },
    ]);
  });

  test('tells what its database is, and how far events are behind', async () => {
    expect(await fleet.databaseState()).toMatchObject({ role: 'primary', eventsPending: 0, eventLagMs: 0 });
    await change(
      `INSERT INTO event_pending (type, at, account_id) VALUES ('accepted', ${systemClock.now() - 90_000}, 1)`,
    );
    const state = await fleet.databaseState();
    expect(state?.eventsPending).toBe(1);
    expect(state?.eventLagMs).toBeGreaterThan(60_000);
  });

  test('tokens that many lease at once are given once', async () => {
    const limits = limitWrites(database);
    const lease = () => limits.leaseTokens({ name: 'c', ratePerMinute: 60, wanted: 7 });
    const granted = await Promise.all(Array.from({ length: 20 }, lease));
    const sum = granted.reduce((before, one) => before + one, 0);
    // One a second comes after.
    expect(sum).toBeGreaterThanOrEqual(60);
    expect(sum).toBeLessThanOrEqual(60 + 10);
    expect(granted.filter((one) => one === 7)).toHaveLength(8);
  });

  test('tokens of a source that many nodes lease at once stay below the ceiling of the day', async () => {
    const egress = new PostgresStepRunner(database).writes(egressWrites);
    const key = { source: 'new', provider: 'google', day: 20_000 };
    const lease = (wanted: number) =>
      egress.leaseSource({ ...key, step: 0, ceiling: 100, reason: 'planned', wanted });
    const leases = await Promise.all(Array.from({ length: 30 }, (_, number) => lease(1 + (number % 9))));
    expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
    await Promise.all([
      egress.countSources([{ ...key, handedOver: 0, turnedAway: 0, returned: 30 }]),
      ...Array.from({ length: 10 }, () => lease(5)),
    ]);
    expect((await lease(100)).reserved).toBe(100);
  });

  test('a source that many nodes are refused with is taken out once, with one event', async () => {
    const runner = new PostgresStepRunner(database);
    const egress = runner.writes(egressWrites);
    const findings = runner.reads(findingReads);
    const refusal = { provider: 'google', class: 'reputation', reply: 'no', atMs: 1 } as const;
    const check = { name: 'dns', ok: false, sinceMs: 1, detail: 'down', remedy: undefined };
    await runner.writes(findingWrites).recordChecks([check], 1);
    const all = await Promise.all(
      ['a', 'a', 'a', 'b', 'b', 'c'].map((source) => egress.limitSource({ ...refusal, source })),
    );
    expect(all.filter(({ isNew }) => isNew).length).toBe(3);
    const events = await findings.serverEvents({ after: 1, limit: 10 });
    expect(events.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    expect(events.map(({ data }) => data['source']).sort()).toEqual(['a', 'b', 'c']);
  });

  test('tokens come at the rate, up to a minute of them', async () => {
    const limits = limitWrites(database);
    const lease = (wanted: number) => limits.leaseTokens({ name: 'd', ratePerMinute: 600, wanted });
    expect(await lease(600)).toBe(600);
    await change("UPDATE shared_bucket SET at = at - 1000 WHERE name = 'd'");
    const second = await lease(600);
    expect(second).toBeGreaterThanOrEqual(10);
    expect(second).toBeLessThan(60);
    await change("UPDATE shared_bucket SET at = at - 3600000 WHERE name = 'd'");
    expect(await lease(10_000)).toBe(600);
    expect(await limits.leaseTokens({ name: 'none', ratePerMinute: 0, wanted: 5 })).toBe(0);
  });
});
