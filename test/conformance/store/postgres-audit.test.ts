/** The audit log on PostgreSQL, also against who has a login to the server; and that no statement can change it. */
import { describe, expect, test } from 'vitest';
import { describeAudit, suppress } from './audit-suite.ts';
import { benchFor } from './engine.ts';
import { describeOnPostgres } from './postgres-engine.ts';

describeOnPostgres('the audit log on PostgreSQL', (engine, database) => {
  const changed = async (dataDir: string, ...statements: readonly string[]) => {
    const pool = database().pool(await database().schemaOf(dataDir));
    try {
      for (const statement of statements) await pool.query(statement);
    } finally {
      await pool.end();
    }
  };
  describeAudit(engine, (dataDir, ...statements) =>
    changed(dataDir, 'ALTER TABLE audit DISABLE TRIGGER USER', ...statements),
  );

  describe('a line of it', () => {
    const bench = benchFor(engine);

    test.each([`UPDATE audit SET actor = 'x'`, 'DELETE FROM audit', 'TRUNCATE audit'])(
      'is not changed by %s',
      async (statement) => {
        const { dataDir, open } = bench();
        await suppress(await open(), 'user@example.com');
        await expect(changed(dataDir, statement)).rejects.toThrow('a line of the audit log is never');
      },
    );
  });
});
