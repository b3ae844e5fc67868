/**
 * The power goes: the process dies and the disk keeps only what was synced. A kill cannot tell a commit that was synced
 * from one that the system still holds in memory; this does. What was answered 250 is there after it, all the same.
 */
import { writeFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../e2e/support/programs.ts';
import { DiskFaults, noCompiler } from './support/disk-faults.ts';
import { Ledger } from './support/ledger.ts';
import { startFaultStage } from './support/load.ts';
import { cutThePower } from './support/power.ts';

const MESSAGES = 400;

describe.skipIf(noCompiler)('a power cut (needs gcc)', () => {
  it('loses what was not synced: the means of these tests work', async () => {
    using faults = new DiskFaults({ powerCuts: true });
    const folder = path.join(path.dirname(faults.env['FAULT_CONTROL']!), 'data');
    mkdirSync(folder);
    const file = path.join(folder, 'postern.db');
    writeFileSync(file, '');
    const program = `
      const Database = require('better-sqlite3');
      const db = new Database(${JSON.stringify(file)});
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.exec('CREATE TABLE t (n)');
      db.exec('INSERT INTO t VALUES (1)');
      db.pragma('synchronous = OFF');
      db.exec('INSERT INTO t VALUES (2)');
      process.kill(process.pid, 'SIGKILL');`;
    await run(process.execPath, ['-e', program], { env: faults.env });
    expect(await numbersIn(file)).toEqual([1, 2]);
    faults.loseUnsynced(folder);
    expect(await numbersIn(file)).toEqual([1]);
    rmSync(folder, { recursive: true });
  });

  it('loses nothing that was answered 250', { timeout: 120_000 }, async () => {
    using faults = new DiskFaults({ powerCuts: true });
    const ledger = new Ledger();
    await using stage = await startFaultStage({ ledger, env: faults.env });
    const key = readFileSync(path.join(stage.relay.dataDir, 'master.key'));
    await cutThePower({
      stage,
      ledger,
      faults,
      messages: MESSAGES,
      connections: 20,
      atAccepted: [40, 150, 320],
    });
    expect(ledger.lost()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
    expect(ledger.uninvited()).toEqual([]);
    expect(ledger.repeatedWithoutKill()).toEqual([]);
    expect(ledger.accepted.size).toBeGreaterThanOrEqual(MESSAGES - 3 * 20);
    expect(readFileSync(path.join(stage.relay.dataDir, 'master.key'))).toEqual(key);
    process.stdout.write(`power cuts: ${ledger.toString()}\n`);
  });
});

/** Read by a process of its own that leaves the file as it is. */
async function numbersIn(file: string): Promise<unknown> {
  const program = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(file)}, { readonly: true });
    console.log(JSON.stringify(db.prepare('SELECT n FROM t').pluck().all()));`;
  const { stdout, stderr } = await run(process.execPath, ['-e', program]);
  return stdout === '' ? stderr : JSON.parse(stdout);
}
