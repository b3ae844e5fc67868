/**
 * SIGTERM and SIGHUP under load. A stop is no crash: it ends in time with code 0, every client gets its answer, what
 * was answered 250 is delivered by this process or the next, and nothing is repeated.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Stage } from '../e2e/support/stage.ts';
import { Ledger } from './support/ledger.ts';
import { queueEmpty, startFaultStage, startLoad } from './support/load.ts';

/** Transactions and attempts may end within 15 s of the signal; the rest is for writing and for a busy machine. */
const STOP_MS = 25_000;

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
});

describe('under load', () => {
  it('SIGTERM, three times, loses and repeats nothing', async () => {
    const ledger = new Ledger();
    stage = await startFaultStage({ ledger });
    const load = startLoad(stage, ledger, 20);
    for (let round = 1; round <= 3; round++) {
      const then = ledger.accepted.size;
      await eventually(() => ledger.accepted.size > then + 100, { timeoutMs: 30_000 });
      const startMs = performance.now();
      expect(await stage.relay.stop()).toBe(0);
      expect(performance.now() - startMs).toBeLessThan(STOP_MS);
      if (round === 3) load.enough();
      await stage.relay.start();
    }
    await load.done;
    await queueEmpty(stage);
    process.stdout.write(`SIGTERM: ${ledger.toString()}\n`);
    expect([...ledger.unanswered]).toEqual([]);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.uninvited()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
  });

  it('SIGHUP is not noticed', async () => {
    const ledger = new Ledger();
    stage = await startFaultStage({ ledger, config: { log: { level: 'info' } } });
    const load = startLoad(stage, ledger, 10);
    for (let round = 1; round <= 5; round++) {
      const then = ledger.accepted.size;
      stage.relay.signal('SIGHUP');
      await eventually(() => ledger.accepted.size > then + 30, { timeoutMs: 30_000 });
    }
    load.enough();
    await load.done;
    await queueEmpty(stage);
    expect(stage.relay.log().match(/"reloaded"/g)).toHaveLength(5);
    expect(ledger.notAccepted.size + ledger.unanswered.size).toBe(0);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
  });
});
