/**
 * The restore drill, with the real programs: a backup under load, the machine gone, the copy in another folder. And a queue
 * that moves to another machine. What docs/backup.md tells an operator to type is what is typed here.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { FROM, Ledger } from '../fault/support/ledger.ts';
import { startFaultStage, startLoad, waiting } from '../fault/support/load.ts';
import { eventually } from '../support/eventually.ts';
import { Relay } from './support/relay-process.ts';
import { RECIPIENT_DOMAIN, type Stage } from './support/stage.ts';

const CLOSED = 'closed.test';

let stage: Stage;
let second: Relay | undefined;
afterEach(async () => {
  await second?.dispose();
  second = undefined;
  await stage[Symbol.asyncDispose]();
});

/** Another machine: nothing of the first but DNS, the MX hosts and what `place` puts into its data folder. */
function otherMachine(place: (dataDir: string) => void): Relay {
  const other = new Relay({
    dnsServer: stage.dns.address,
    mxPort: stage.mx.port,
    config: { hostname: 'other.test', delivery: { retry_schedule: ['1s'] } },
  });
  mkdirSync(other.dataDir, { mode: 0o700 });
  place(other.dataDir);
  return other;
}

function putBack(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o600);
}

/** Ids of the numbered messages in a store. Looks into the database itself: what is asked is not how it is shown. */
function numbersIn(dataDir: string): ReadonlyMap<number, string> {
  const db = new Database(databasePath(dataDir), { readonly: true });
  try {
    const rows = db.prepare<[], { subject: string; id: string }>(
      `SELECT subject, public_id AS id FROM message WHERE subject GLOB '[0-9]*'`,
    );
    return new Map(rows.all().map(({ subject, id }) => [Number(subject), id]));
  } finally {
    db.close();
  }
}

interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly message?: string;
}

function acceptedInLog(log: string): readonly LogLine[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"message accepted"'))
    .map((line) => JSON.parse(line) as LogLine);
}

describe('the restore drill', () => {
  it('brings back and delivers all that was accepted before the backup, and names what came later', async () => {
    const ledger = new Ledger();
    stage = await startFaultStage({
      ledger,
      config: { delivery: { retry_schedule: ['1s'] }, log: { level: 'info', format: 'json' } },
      zone: { [CLOSED]: { fault: 'servfail' } },
    });
    const { relay } = stage;
    // These wait in the queue when the machine is lost.
    const session = await stage.session();
    const waits: string[] = [];
    for (let at = 0; at < 5; at++)
      waits.push(
        await session.submitForId({
          from: FROM,
          to: `waits-${at}@${CLOSED}`,
          content: `From: <${FROM}>\r\nSubject: waits\r\n\r\nbody\r\n`,
        }),
      );
    await session.quit();

    const file = path.join(relay.folder, 'backup.db');
    const load = startLoad(stage, ledger, 6);
    await eventually(() => ledger.accepted.size >= 100, { what: '100 acceptances', timeoutMs: 30_000 });
    const before = new Set(ledger.accepted);
    const made = await relay.ctl<{ started_at: string; checked: boolean }>(
      'db',
      'backup',
      file,
      '--with-key',
    );
    expect(made.checked).toBe(true);
    const during = new Set(ledger.accepted);
    await eventually(() => ledger.accepted.size >= during.size + 50, {
      what: 'later mail',
      timeoutMs: 30_000,
    });
    // The relay went on taking mail while it was copied.
    expect(during.size).toBeGreaterThan(before.size);
    load.enough();
    await load.done;
    // Lines of the last milliseconds may die with the process; the rest is named by the log.
    const taken = ledger.accepted.size + waits.length;
    await eventually(() => acceptedInLog(relay.log()).length >= taken, { what: 'the log to be written' });
    await relay.kill();
    const arrivedBefore = new Set(ledger.arrivals.keys());

    second = otherMachine((dataDir) => {
      putBack(file, path.join(dataDir, 'postern.db'));
      putBack(`${file}.master.key`, path.join(dataDir, 'master.key'));
    });
    const checked = await second.ctl<{ ok: boolean; key: { state: string } }>('db', 'check', '--full');
    expect(checked).toMatchObject({ ok: true, key: { state: 'opens' } });
    const restored = numbersIn(second.dataDir);
    expect([...before].filter((number) => !restored.has(number))).toEqual([]);
    stage.dns.zone.set(CLOSED, { mx: [{ preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` }] });
    // What failed for long is not tried at once otherwise.
    await second.ctl('queue', 'retry', '--all');
    await second.start();
    await queueEmptyOf(second);

    expect([...restored.keys()].filter((number) => !ledger.arrivals.has(number))).toEqual([]);
    for (const id of waits) {
      const message = await second.ctl<{ deliveries: { state: string }[] }>('message', 'show', id);
      expect(message.deliveries.map(({ state }) => state)).toEqual(['delivered']);
    }
    // Lost with the machine: taken after the backup. The log of the first relay names each, and nothing else is missing.
    const lost = [...ledger.accepted].filter((number) => !restored.has(number));
    expect(lost.length).toBeGreaterThan(0);
    const afterBackup = acceptedInLog(relay.log()).filter(({ time }) => time >= made.started_at);
    const restoredIds = new Set(restored.values());
    const named = afterBackup.filter(({ message }) => !restoredIds.has(message ?? ''));
    expect(named.length).toBe(lost.length + ledger.unanswered.size);
    const { code, stderr } = await second.ctlRaw(['message', 'show', named[0]?.message ?? '']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no message')]);
    // Sent twice at the most: what the backup knew as waiting, and the first relay delivered later.
    const repeated = ledger.repeated().filter((number) => !Number.isNaN(number));
    for (const number of repeated)
      expect([arrivedBefore.has(number), restored.has(number)]).toEqual([true, true]);
    process.stdout.write(
      `restore: ${restored.size} messages back, ${lost.length} lost after the backup, ${repeated.length} delivered twice\n`,
    );
  });
});

describe('moving to another machine', () => {
  it('takes the queue along: nothing is lost, nothing is sent twice', async () => {
    const ledger = new Ledger();
    stage = await startFaultStage({ ledger, zone: { [RECIPIENT_DOMAIN]: { fault: 'servfail' } } });
    const { relay } = stage;
    const load = startLoad(stage, ledger, 4, 60);
    await load.done;
    expect(await relay.stop()).toBe(0);
    expect(ledger.arrivals.size).toBe(0);
    const file = path.join(relay.folder, 'move.db');
    await relay.ctl('db', 'backup', file, '--with-key');

    second = otherMachine((dataDir) => {
      putBack(file, path.join(dataDir, 'postern.db'));
      putBack(`${file}.master.key`, path.join(dataDir, 'master.key'));
    });
    stage.dns.zone.set(RECIPIENT_DOMAIN, { mx: [{ preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` }] });
    // What failed for long is not tried at once otherwise.
    await second.ctl('queue', 'retry', '--all');
    await second.start();
    expect(existsSync(path.join(second.dataDir, 'self-signed.pem'))).toBe(true);
    await queueEmptyOf(second);
    expect(ledger.accepted.size).toBe(60);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
    // Logins are the same: the application changes the name of the server alone.
    const listed = await second.ctlList<{ name: string }>('credential', 'list');
    expect(listed.map(({ name }) => name)).toContain('test');
  });
});

async function queueEmptyOf(relay: Relay): Promise<void> {
  await eventually(async () => (await waiting(relay.dataDir)) === 0, {
    what: 'an empty queue',
    timeoutMs: 30_000,
    everyMs: 50,
  });
}
