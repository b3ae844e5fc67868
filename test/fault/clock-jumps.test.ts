/**
 * The wall clock jumps by hours while relayd runs, as it does on a machine that was suspended, or whose clock was wrong
 * until the network came up. Mail goes on, nothing is lost or given up, and what waits is not forgotten.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Stage } from '../e2e/support/stage.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { DiskFaults, noCompiler } from './support/disk-faults.ts';
import { contentOf, FROM, Ledger } from './support/ledger.ts';
import { connect, queueEmpty, startFaultStage, startLoad, waiting } from './support/load.ts';

const HOUR_MS = 3_600_000;

describe.skipIf(noCompiler)('a clock that jumps (needs gcc)', () => {
  let ledger: Ledger;
  let faults: DiskFaults;
  let stage: Stage;
  beforeAll(async () => {
    faults = new DiskFaults();
    ledger = new Ledger();
    stage = await startFaultStage({
      ledger,
      env: faults.env,
      config: { delivery: { retry_schedule: ['1h'] } },
    });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    faults[Symbol.dispose]();
  });

  async function submit(number: number, localPart: string, domain: string): Promise<void> {
    const session = await connect(stage);
    await session.ok(250, `MAIL FROM:<${FROM}>`);
    await session.ok(250, `RCPT TO:<${localPart}+${number}@${domain}>`);
    await session.ok(354, 'DATA');
    session.write(contentOf(number));
    await session.ok(250, '.');
    await session.quit();
  }

  it('is the one that relayd goes by: the means of this test work', async () => {
    faults.setClock(5 * HOUR_MS);
    await submit(9_000, 'prompt', 'recipient.test');
    await eventually(() => ledger.arrivalsOf(9_000) === 1);
    const [message] = await stage.relay.ctlList<{ accepted_at: string }>('message', 'list');
    expect(Date.parse(message!.accepted_at) - Date.now()).toBeGreaterThan(4.9 * HOUR_MS);
    faults.setClock(0);
  });

  it.each([3, -3, 30, -30])('by %d hours under load loses and repeats nothing', async (hours) => {
    const counted = new Ledger();
    stage.mx.change({ onMessage: counted.note });
    const load = startLoad(stage, counted, 10);
    await eventually(() => counted.accepted.size > 30);
    faults.setClock(hours * HOUR_MS);
    const then = counted.accepted.size;
    await eventually(() => counted.accepted.size > then + 30);
    faults.setClock(0);
    load.enough();
    await load.done;
    await queueEmpty(stage);
    expect(counted.notAccepted.size + counted.unanswered.size).toBe(0);
    expect(counted.lost()).toEqual([]);
    expect(counted.repeated()).toEqual([]);
    stage.mx.change({ onMessage: ledger.note });
  });

  it('ahead makes due what is due by then; back, what waits goes on waiting, and new mail goes', async () => {
    await submit(1, 'defer-once-a', 'recipient.test');
    await eventually(async () => (await deferred()) === 1);
    faults.setClock(-6 * HOUR_MS);
    await submit(2, 'prompt', 'recipient.test');
    await eventually(() => ledger.arrivalsOf(2) === 1);
    await eventually(async () => (await waiting(stage.relay.dataDir)) === 1, {
      what: 'only the deferred one to be left',
    });
    faults.setClock(2 * HOUR_MS);
    // Idle, it looks at the clock once a minute; at once when a delivery ends.
    await submit(3, 'prompt', 'recipient.test');
    await eventually(() => ledger.arrivalsOf(1) === 1, { what: 'the deferred message' });
    await queueEmpty(stage);
    faults.setClock(0);
  });

  it('back to where it should be: a block of the false future is over, what was put off there goes when asked for', async () => {
    stage.dns.zone.set('flaky.test', { fault: 'servfail' });
    faults.setClock(6 * HOUR_MS);
    await submit(4, 'prompt', 'flaky.test');
    await eventually(async () => (await deferred()) === 1);
    faults.setClock(0);
    stage.dns.zone.set('flaky.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
    await submit(5, 'prompt', 'flaky.test');
    await eventually(() => ledger.arrivalsOf(5) === 1);
    await stage.relay.ctl('queue', 'retry', '--all');
    await eventually(() => ledger.arrivalsOf(4) === 1);
    await queueEmpty(stage);
  });

  async function deferred(): Promise<number> {
    const reader = openSqliteReader(stage.relay.dataDir);
    try {
      return (await reader.summary(0)).deferred;
    } finally {
      reader.close();
    }
  }
});
