/** Nodes that share a real PostgreSQL share the limits of shaping: together they never exceed one, however they are fed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { FleetStage, TAKE_OVER } from './support/fleet-stage.ts';

const LIMIT = 12;
const MINUTE_MS = 60_000;

describe.skipIf(POSTGRES_BIN === undefined)('nodes under one limit', () => {
  let server: PostgresServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'postern-shaping-'));
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test('send no more in a minute than it says, and as many as they may', async () => {
    const rules = path.join(folder, 'destinations.toml');
    writeFileSync(rules, `[[rule]]\nname = "shared"\nmessages_per_minute = ${String(LIMIT)}\n`);
    await using fleet = await FleetStage.start({
      server,
      names: ['a', 'b'],
      delivery: { destination_rules: rules },
    });
    const recipients = Array.from({ length: 30 }, (_one, at) => `r${String(at)}@recipient.test`);
    const begunMs: number[] = [];
    const count = () => {
      while (begunMs.length < fleet.mx.messages.length) begunMs.push(performance.now());
      return begunMs.length;
    };
    for (const [at, to] of recipients.entries()) {
      expect(await fleet.submit(to, fleet.relay(at % 2))).toBe(250);
      count();
    }
    await eventually(() => count() >= LIMIT);
    const { waits_for: waitsFor } = await fleet
      .relay(1)
      .ctl<{ waits_for: string | null }>(...['destination', 'show', 'recipient.test']);
    expect(waitsFor).toBe(`rule shared: ${String(LIMIT)} messages a minute`);
    await eventually(() => count() > LIMIT, { ...TAKE_OVER, everyMs: 20 });
    const [first = 0] = begunMs;
    expect((begunMs[LIMIT] ?? 0) - first).toBeGreaterThan(MINUTE_MS - 1_000);
    await eventually(() => count() >= 2 * LIMIT, { ...TAKE_OVER, everyMs: 20 });
    for (const atMs of begunMs) {
      const within = begunMs.filter((other) => other >= atMs && other < atMs + MINUTE_MS - 1_000);
      expect(within.length).toBeLessThanOrEqual(LIMIT);
    }
  });
});
