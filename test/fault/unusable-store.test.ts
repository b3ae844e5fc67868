/**
 * A database that relayd cannot work with: it says which file, what is wrong with it and what to do, ends with code 1,
 * and leaves the file as it is. Or one that another process holds for a while: mail is turned away with 451 and taken
 * again, and nothing is lost.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, cpSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Stage } from '../e2e/support/stage.ts';
import { Ledger } from './support/ledger.ts';
import { makeOpenCopy, type OpenCopy } from './support/open-copy.ts';
import { connect, handOver, queueEmpty, startFaultStage } from './support/load.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
/** `nobody`, whom the system's own files do not belong to. */
const NOBODY = 65_534;

interface Start extends OpenCopy {
  readonly uid?: number;
}

describe('relayd', () => {
  const ledger = new Ledger();
  let stage: Stage;
  let file: string;
  let saved: string;
  let others: ChildProcess[] = [];

  /** A data folder with a queue in it, put back before each test. */
  beforeAll(async () => {
    stage = await startFaultStage({ ledger });
    const { relay, mx } = stage;
    file = path.join(relay.dataDir, 'postern.db');
    saved = path.join(relay.folder, 'saved');
    mx.change({ respond: () => ({ fault: 'silent' }) });
    const session = await connect(stage);
    for (let number = 0; number < 30; number++) {
      await handOver(session, number);
      await session.expect(250, 'the dot');
      ledger.accepted.add(number);
    }
    session.destroy();
    expect(await relay.stop()).toBe(0);
    cpSync(relay.dataDir, saved, { recursive: true });
  }, 60_000);
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    for (const other of others) other.kill('SIGKILL');
    others = [];
    rmSync(stage.relay.dataDir, { recursive: true });
    cpSync(saved, stage.relay.dataDir, { recursive: true });
  });

  /** What a start says that has to fail, and leave the database as it is. */
  async function refusal(
    { node, folder, uid }: Start = { node: process.execPath, folder: ROOT },
  ): Promise<string> {
    const before = readFileSync(file);
    const child = spawn(node, ['bin/relayd.js', '--config', stage.relay.configFile], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(uid !== undefined && { uid }),
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    expect(code, said).toBe(1);
    expect(said).not.toMatch(/^ {4}at /m);
    expect(readFileSync(file).equals(before)).toBe(true);
    return said;
  }

  /** Overwrites `octets` of the database from `offset` on. */
  function damage(offset: number, octets: Buffer): void {
    const handle = openSync(file, 'r+');
    writeSync(handle, octets, 0, octets.length, offset);
    closeSync(handle);
  }

  /** Another process that holds a lock of the database until it is killed. */
  async function holdLock(statements: readonly string[]): Promise<ChildProcess> {
    const program = `
      const db = new (require('better-sqlite3'))(${JSON.stringify(file)});
      for (const sql of ${JSON.stringify(statements)}) db.exec(sql);
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['-e', program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    others.push(child);
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('error', reject);
    });
    return child;
  }

  describe('refuses to start', () => {
    it('on a database with a damaged header, and says to restore it', async () => {
      damage(0, Buffer.alloc(100, 0x55));
      expect(await refusal()).toMatch(/postern\.db is not a database: restore it from a backup/);
    });

    it('on a database of which a part is missing, and says to restore it', async () => {
      truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096);
      expect(await refusal()).toMatch(/postern\.db is damaged .*restore a backup/);
    });

    it('on a database whose table of contents is damaged, and says to restore it', async () => {
      damage(100, Buffer.alloc(200, 0xff));
      expect(await refusal()).toMatch(/postern\.db is damaged .*restore a backup/);
    });

    it('on a file that is something else', async () => {
      writeFileSync(file, 'From: a@example.test\n\nThis is no database, it is a message.\n'.repeat(20));
      expect(await refusal()).toMatch(/postern\.db is not a database: restore it from a backup/);
    });

    it('while another process keeps the database for itself', async () => {
      await holdLock(['PRAGMA locking_mode = EXCLUSIVE', 'BEGIN EXCLUSIVE']);
      expect(await refusal()).toMatch(/postern\.db is locked by another process/);
    });

    describe.skipIf(!isRoot)('as another user (needs root, to become one)', () => {
      let copy: Start;
      beforeAll(() => {
        copy = { ...makeOpenCopy(), uid: NOBODY };
      });
      afterAll(() => {
        rmSync(copy.folder, { recursive: true });
      });
      beforeEach(() => {
        // Everything up to the data folder has to be open for that user.
        for (let at = stage.relay.folder; at !== path.dirname(at); at = path.dirname(at)) {
          if (at.startsWith(stage.relay.folder)) chmodSync(at, 0o755);
        }
        chownSync(stage.relay.dataDir, NOBODY, NOBODY);
        for (const name of ['master.key', 'self-signed.pem', 'relayd.lock.db'])
          chownSync(path.join(stage.relay.dataDir, name), NOBODY, NOBODY);
      });

      it('on a database that it may only read', async () => {
        chmodSync(file, 0o444);
        expect(await refusal(copy)).toMatch(/postern\.db cannot be (written|opened): .*user/);
      });

      it('on a database that it may not even read', async () => {
        chmodSync(file, 0o600);
        expect(await refusal(copy)).toMatch(/postern\.db cannot be (written|opened): .*own/);
      });

      it('in a data folder that it may not write to', async () => {
        chownSync(file, NOBODY, NOBODY);
        chownSync(stage.relay.dataDir, 0, 0);
        chmodSync(stage.relay.dataDir, 0o755);
        expect(await refusal(copy)).toMatch(/cannot be (written|opened): /);
      });
    });
  });

  it('starts on what a checkpoint left when the WAL is gone, and delivers it', async () => {
    // A clean stop leaves none; this is a kill, then somebody who tidies up.
    const { relay, mx } = stage;
    await relay.start();
    await relay.kill();
    rmSync(`${file}-wal`, { force: true });
    rmSync(`${file}-shm`, { force: true });
    mx.change({ respond: () => undefined });
    await relay.start();
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    expect(await relay.stop()).toBe(0);
  });

  it('turns mail away with 451 while another process holds the database, and takes it again', async () => {
    const { relay, mx } = stage;
    mx.change({ respond: () => undefined });
    await relay.start();
    await queueEmpty(stage);
    const session = await connect(stage);
    const holder = await holdLock(['BEGIN IMMEDIATE']);
    await handOver(session, 1_000);
    // It waits some seconds for its turn first.
    expect((await session.read()).text).toMatch(/^451 4\.3\.0 /);
    expect(relay.running).toBe(true);
    holder.kill('SIGKILL');
    await eventually(async () => {
      await handOver(session, 1_001);
      return (await session.read()).code === 250;
    });
    await session.quit();
    await queueEmpty(stage);
    expect(ledger.arrivalsOf(1_000)).toBe(0);
    expect(ledger.arrivalsOf(1_001)).toBe(1);
    expect(await relay.stop()).toBe(0);
  });

  it('does not lose an outcome that comes while another process holds the database', async () => {
    const { relay, mx } = stage;
    mx.change({ respond: () => undefined });
    await relay.start();
    await queueEmpty(stage);
    let holding: Promise<ChildProcess> | undefined;
    mx.change({
      respond: (command) => {
        if (command !== '.') return undefined;
        holding ??= holdLock(['BEGIN IMMEDIATE']);
        return { reply: '250 2.0.0 late', delayMs: 1_500 };
      },
    });
    const session = await connect(stage);
    await handOver(session, 2_000);
    await session.expect(250, 'the dot');
    await session.quit();
    await eventually(() => ledger.arrivalsOf(2_000) === 1);
    const holder = await holding!;
    await eventually(() => relay.log().includes('store does not take outcomes'), { timeoutMs: 20_000 });
    holder.kill('SIGKILL');
    mx.change({ respond: () => undefined });
    await queueEmpty(stage);
    expect(ledger.arrivalsOf(2_000)).toBe(1);
    expect(await relay.stop()).toBe(0);
  });
});
