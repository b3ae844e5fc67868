/**
 * The roles that are written once (store/sql) on a real PostgreSQL: the suites of those roles, and every shared statement
 * compiled by the server.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/store/postgres/engine/database.ts';
import { POSTGRES } from '../../../src/store/postgres/engine/dialect.ts';
import { appendPending } from '../../../src/store/postgres/events/pending.ts';
import { PostgresStepRunner } from '../../../src/store/postgres/engine/step-runner.ts';
import type { Steps } from '../../../src/store/sql/steps.ts';
import { openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { StepRunner } from '../../../src/store/sqlite/engine/step-runner.ts';
import { statisticReads } from '../../../src/store/sql/statistics/statistics-reads.ts';
import { CHANGES, DAYS, fillStore, READS } from './cold-roles.ts';
import { STATEMENTS, withMarks } from '../../../src/store/sql/statement.ts';
import { describeDataKeys } from './data-key-suite.ts';
import { describeDirectory } from './directory-suite.ts';
import { describeDomains } from './domain-suite.ts';
import { describeRotation } from './rotation-suite.ts';
import { describeDestinationLimits } from './destination-limit-suite.ts';
import { describeEgress } from './egress-suite.ts';
import { describeFindings } from './finding-suite.ts';
import { describeLogins } from './login-suite.ts';
import { describeFactors } from './factors-suite.ts';
import { describePeople } from './people-suite.ts';
import { describeOnPostgres } from './postgres-engine.ts';
import { describeRefusals } from './refusal-suite.ts';
import { describeTemplates } from './template-suite.ts';
import { describeWindows } from './window-suite.ts';

describeOnPostgres('on PostgreSQL', (engine, database) => {
  describeDirectory(engine);
  describeDataKeys(engine);
  describeDomains(engine);
  describeRotation(engine);
  describeLogins(engine);
  describePeople(engine);
  describeFactors(engine);
  describeFindings(engine);
  describeDestinationLimits(engine);
  describeWindows(engine);
  describeEgress(engine);
  describeRefusals(engine);
  describeTemplates(engine);

  describe('as on SQLite', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-both-'));
    const db = openWriter(folder, 100);
    const sqlite = new StepRunner(db, () => undefined);
    const onSqlite = <T>(begin: () => Steps<T>): T => db.transaction(() => sqlite.run(begin()))();
    let connections: Database;
    let postgres: PostgresStepRunner;

    beforeAll(async () => {
      connections = database().connect(await database().schemaOf('both'));
      postgres = new PostgresStepRunner(connections, appendPending);
      onSqlite(fillStore);
      await postgres.write(fillStore);
    });
    afterAll(async () => {
      db.close();
      rmSync(folder, { recursive: true });
      await connections.close();
    });

    test.each(Object.entries({ ...READS, ...CHANGES }))('%s', async (_, begin) => {
      const expected = onSqlite(begin);
      expect(expected).not.toEqual([]);
      expect(await postgres.write(begin)).toEqual(expected);
    });

    test('statistics are read in one snapshot', async () => {
      const reads = postgres.snapshotReads(statisticReads);
      const expected = onSqlite(() => statisticReads.statistics(DAYS));
      expect(expected.total.counts.accepted).toBeGreaterThan(0);
      expect(await reads.statistics(DAYS)).toEqual(expected);
    });
  });

  test('every shared statement is understood, with the types of its parameters', async () => {
    expect(STATEMENTS.length).toBeGreaterThan(90);
    const pool = database().pool(await database().schemaOf('statements'));
    for (const [index, statement] of STATEMENTS.entries()) {
      const names: string[] = [];
      const text = withMarks(statement.textFor(POSTGRES), (name) => {
        if (!names.includes(name)) names.push(name);
        return `$${names.indexOf(name) + 1}`;
      });
      await expect(pool.query(`PREPARE s${index} AS ${text}`), text).resolves.toBeDefined();
    }
    await pool.end();
  });
});
