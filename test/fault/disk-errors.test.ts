/**
 * A disk that answers with errors, or late. No space: mail is turned away with 452 4.3.1 and relayd goes on. An error
 * of the device: nothing on that handle can be trusted, so relayd ends with a reason and a code that makes its
 * supervisor start it again. Slow: everything waits and nothing fails.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, type Stage } from '../e2e/support/stage.ts';
import { DiskFaults, noCompiler, type DiskFault } from './support/disk-faults.ts';
import { Ledger } from './support/ledger.ts';
import { connect, handOver, queueEmpty, startFaultStage, startLoad } from './support/load.ts';

describe.skipIf(noCompiler)('a disk (needs gcc)', () => {
  let faults: DiskFaults;
  let stage: Stage;
  let ledger: Ledger;
  beforeAll(async () => {
    faults = new DiskFaults();
    stage = await startFaultStage({ ledger: new Ledger(), env: faults.env });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    faults[Symbol.dispose]();
  });
  beforeEach(() => {
    ledger = new Ledger();
    stage.mx.change({ onMessage: ledger.note });
  });

  it('without space turns mail away with 452 4.3.1, keeps nothing of it, and takes mail again', async () => {
    // The outcome of the first comes while nothing can be written.
    stage.mx.change({
      respond: (command) => {
        if (command === '.') faults.arm({ at: 'write', of: 'wal', does: 'ENOSPC', always: true });
        return undefined;
      },
    });
    const session = await connect(stage);
    await handOver(session, 1);
    await session.expect(250, 'the dot');
    await eventually(() => faults.acted > 0);
    stage.mx.change({ respond: () => undefined });
    // The last is so large that parts of it are stored before its end.
    for (const number of [2, 3, 49]) {
      await handOver(session, number);
      expect((await session.read()).text).toMatch(/^452 4\.3\.1 /);
    }
    expect(stage.relay.running).toBe(true);
    faults.disarm();
    await handOver(session, 4);
    await session.expect(250, 'the dot');
    await session.quit();
    await queueEmpty(stage);
    expect([...ledger.arrivals.keys()].sort()).toEqual([1, 4]);
    // The outcome was kept in memory and written later: it was not tried again.
    expect(ledger.repeated()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
  });

  it.each<[string, DiskFault]>([
    ['that fails to sync a commit', { at: 'sync', of: 'wal', does: 'EIO' }],
    ['that fails to write a commit', { at: 'write', of: 'wal', does: 'EIO' }],
    ['that fails to write half a commit', { at: 'write', of: 'wal', nth: 5, does: 'EIO' }],
  ])('%s ends relayd with a reason; nothing accepted is lost', async (_how, fault) => {
    const load = startLoad(stage, ledger, 10);
    await eventually(() => ledger.accepted.size >= 50);
    const killedAtMs = performance.now();
    const logged = stage.relay.log().length;
    faults.arm(fault);
    expect(await stage.relay.ended()).toBe(1);
    load.enough();
    faults.disarm();
    expect(stage.relay.log().slice(logged)).toMatch(/postern\.db.*disk I\/O error/);
    await stage.relay.start();
    ledger.outages.push({ killedAtMs, startedAtMs: performance.now() });
    await load.done;
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
    expect(ledger.repeatedWithoutKill()).toEqual([]);
    // A commit that was written whole and not synced may be there or not: its clients are told to try again.
    if (fault.at === 'write') expect(ledger.uninvited()).toEqual([]);
  });

  it.each<[string, DiskFault]>([
    ['no space', { at: 'write', of: 'database', does: 'ENOSPC', always: true }],
    ['an error', { at: 'sync', of: 'database', does: 'EIO' }],
  ])('with %s in a checkpoint loses nothing', async (_how, fault) => {
    faults.arm(fault);
    const load = startLoad(stage, ledger, 10);
    await eventually(() => faults.acted > 0, { timeoutMs: 30_000, what: 'a checkpoint' });
    const acceptedThen = ledger.accepted.size;
    await eventually(() => ledger.accepted.size > acceptedThen + 50, { timeoutMs: 30_000 });
    faults.disarm();
    load.enough();
    await load.done;
    await queueEmpty(stage);
    expect(ledger.notAccepted.size + ledger.unanswered.size).toBe(0);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
  });

  it('that is slow to sync is waited for, by all at once', async () => {
    faults.arm({ at: 'sync', of: 'wal', does: 150, always: true });
    const load = startLoad(stage, ledger, 40, 120);
    const other = await connect(stage);
    await other.ok(250, 'MAIL FROM:<>');
    await other.ok(250, `RCPT TO:<x@${RECIPIENT_DOMAIN}>`);
    other.destroy();
    await load.done;
    // Commits are shared: one a message would be 240.
    expect(faults.acted).toBeLessThan(60);
    faults.disarm();
    expect(ledger.accepted.size).toBe(120);
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
  });
});
