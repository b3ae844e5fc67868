/**
 * The disk of a real PostgreSQL runs full under a real relay, a small file system of its own in memory: that of the tables
 * alone, where single statements fail, and that of the log of changes, which ends the server. Needs to mount, so it is
 * skipped by name for all but root on Linux.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { FleetStage, TAKE_OVER } from './support/fleet-stage.ts';
import { ask } from './support/node-of-fleet.ts';
import { mayMount, SmallDisk } from './support/small-disk.ts';

const MIB = 1024 * 1024;
const DISK_MIB = 128;
const CANNOT = [
  ...(mayMount() ? [] : ['only root may mount one']),
  ...(POSTGRES_BIN === undefined ? ['there is no PostgreSQL that can be run here'] : []),
];
const HERE = `a PostgreSQL whose disk runs full${CANNOT.length > 0 ? ` (skipped: ${CANNOT.join(', ')})` : ''}`;
/** To one host, and so the attempts that are under way when the last octet is taken. */
const MOST_CONNECTIONS = 20;
const NO_ATTEMPT = 'no attempt starts';
/** Takes what room there is, in pages of outcomes and beside them; what it wrote is undone, the pages stay. */
const FILL = `INSERT INTO attempt (delivery_id, fence, number, at, text, stage, duration_ms)
  SELECT -n, 1, 1, 1, repeat('x', 200), 'dot', 1 FROM generate_series(1, 1000000) n`;

describe.skipIf(CANNOT.length > 0)(HERE, () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function startServer(settings: readonly string[]) {
    const disk = new SmallDisk(DISK_MIB);
    cleanups.push(() => disk[Symbol.dispose]());
    const server = await startPostgres(settings);
    cleanups.push(() => server.stop());
    const { uid, gid } = statSync(path.join(server.host, 'data'));
    chownSync(disk.dataDir, uid, gid);
    return { disk, server };
  }

  async function startStage(server: PostgresServer, tablespace?: string): Promise<FleetStage> {
    const stage = await FleetStage.start({ server, names: ['a'], ...(tablespace && { tablespace }) });
    cleanups.push(() => stage[Symbol.asyncDispose]());
    return stage;
  }

  /**
   * Each answered 250 by the relay, and late by the host that it goes to, where the first have just begun: none is tried
   * before all are accepted, however long that takes.
   */
  async function acceptMany(stage: FleetStage, count: number): Promise<readonly string[]> {
    await stage.ask("INSERT INTO destination (name, suspended) VALUES ('recipient.test', 1)");
    const recipients = Array.from({ length: count }, (_, at) => `slow-5000ms+${at}@recipient.test`);
    for (const to of recipients) expect(await stage.submit(to)).toBe(250);
    await stage.ask('UPDATE destination SET suspended = 0');
    await eventually(() => begunIn(stage) > 0, TAKE_OVER);
    return recipients;
  }

  const begins = (stage: FleetStage) =>
    eventually(() => stage.relay().log().includes(NO_ATTEMPT), { ...TAKE_OVER, what: NO_ATTEMPT });

  describe('under its tables', () => {
    async function startFillable() {
      const { disk, server } = await startServer(['autovacuum=off']);
      await ask(server.url, `CREATE TABLESPACE small LOCATION '${disk.dataDir}'`);
      const stage = await startStage(server, 'small');
      const fill = async () => {
        disk.leaveFree(8 * MIB);
        await expect(stage.ask(FILL)).rejects.toMatchObject({ code: '53100' });
        disk.leaveFree(0);
      };
      return { disk, stage, fill };
    }

    test('turns mail away in time, begins no attempt, keeps outcomes, and goes on when there is room', async () => {
      const { disk, stage, fill } = await startFillable();
      const recipients = await acceptMany(stage, 60);
      await fill();
      await begins(stage);
      const begun = begunIn(stage);
      // It is no lease that runs out: that row has room.
      for (let renewals = 0; renewals < 2; renewals++) {
        const before = await renewedAt(stage);
        await eventually(async () => (await renewedAt(stage)) > before, TAKE_OVER);
        await stage.refusesForNow();
      }
      // Some may have been on their way to MAIL.
      expect(begunIn(stage)).toBeLessThanOrEqual(begun + MOST_CONNECTIONS);
      expect(begunIn(stage)).toBeLessThan(recipients.length);
      disk.leaveFree(Infinity);
      await stage.accepts('after@recipient.test');
      await eventually(() => stage.isSettled(), TAKE_OVER);
      expect(recipients.map((to) => stage.arrivals(to))).toEqual(recipients.map(() => 1));
      expect(stage.arrivals('refused@recipient.test')).toBe(0);
      expect(stage.relay().log()).toContain('the disk of the database is full');
    });

    test('loses nothing over a kill meanwhile, and a relay that cannot start says why', async () => {
      const { disk, stage, fill } = await startFillable();
      const relay = stage.relay();
      const recipients = await acceptMany(stage, 40);
      await fill();
      await begins(stage);
      await relay.kill();
      await relay.start().catch((error: unknown) => {
        expect(String(error)).toContain('the disk of the database is full');
      });
      disk.leaveFree(Infinity);
      if (!relay.running) await relay.start();
      await eventually(() => recipients.every((to) => stage.arrivals(to) > 0), TAKE_OVER);
      await eventually(() => stage.isSettled(), TAKE_OVER);
      expect(recipients.filter((to) => stage.arrivals(to) > 1).length).toBeLessThanOrEqual(MOST_CONNECTIONS);
    });
  });

  test('under its log ends, and all that was accepted is delivered once when it is back', async () => {
    const { disk, server } = await startServer(['wal_recycle=off']);
    await server.crash();
    const [log, there] = [path.join(server.host, 'data', 'pg_wal'), path.join(disk.dataDir, 'pg_wal')];
    execFileSync('cp', ['-a', log, there]);
    rmSync(log, { recursive: true });
    symlinkSync(there, log);
    await server.restart();
    const stage = await startStage(server);
    const recipients = await acceptMany(stage, 60);
    disk.leaveFree(0);
    // Whoever writes next needs a new segment of the log, and the server ends. It cannot recover without room.
    await expect(stage.ask('SELECT pg_switch_wal()', 'CREATE TABLE more (n int)')).rejects.toThrow();
    await eventually(() => !existsSync(server.socket), TAKE_OVER);
    await stage.refusesForNow();
    await begins(stage);
    disk.leaveFree(Infinity);
    await server.crash();
    await server.restart();
    await stage.accepts('after@recipient.test');
    await eventually(() => stage.isSettled(), TAKE_OVER);
    expect(recipients.map((to) => stage.arrivals(to))).toEqual(recipients.map(() => 1));
    expect(stage.arrivals('refused@recipient.test')).toBe(0);
    expect(stage.relay().running).toBe(true);
  });
});

/** Transactions of the relay with the host. */
function begunIn(stage: FleetStage): number {
  return stage.mx.commands.filter((command) => command.startsWith('MAIL')).length;
}

async function renewedAt(stage: FleetStage): Promise<number> {
  const [row] = await stage.ask('SELECT max(seen_at) AS at FROM node_life');
  return Number(row?.['at']);
}
