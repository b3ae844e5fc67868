/**
 * A file system that runs full, a small one of its own in memory: first the reserve is reached (mail is turned away,
 * outcomes are still written), then the last octet. Needs to mount, so it is skipped by name for all but root on Linux.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { SmtpTalk } from '../e2e/support/smtp-talk.ts';
import type { Stage } from '../e2e/support/stage.ts';
import { Ledger } from './support/ledger.ts';
import { connect, handOver, queueEmpty, startFaultStage, startLoad } from './support/load.ts';
import { mayMount, SmallDisk } from './support/small-disk.ts';

const MIB = 1024 * 1024;
/** What relayd wants free before it takes mail. */
const RESERVE_BYTES = 256 * MIB;

describe.skipIf(!mayMount())('a file system that runs full (needs root, to mount one)', () => {
  let disk: SmallDisk;
  let stage: Stage;
  let ledger: Ledger;
  beforeAll(async () => {
    disk = new SmallDisk(300);
    stage = await startFaultStage({ ledger: new Ledger(), dataDir: disk.dataDir });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
  });
  beforeEach(() => {
    ledger = new Ledger();
    stage.mx.change({ onMessage: ledger.note });
  });

  /** Messages 0 to `count` - 1, all answered 250. */
  async function accept(session: SmtpTalk, count: number): Promise<void> {
    for (let number = 0; number < count; number++) {
      await handOver(session, number);
      await session.expect(250, 'the dot');
      ledger.accepted.add(number);
    }
  }

  it('turns mail away at the reserve, writes outcomes, and takes mail again when there is space', async () => {
    stage.mx.change({
      respond: (command) => (command === '.' ? { reply: '250 2.0.0 late', delayMs: 500 } : undefined),
    });
    const session = await connect(stage);
    await accept(session, 20);
    disk.leaveFree(RESERVE_BYTES - MIB);
    let number = 100;
    // It asks the system once a second.
    await eventually(async () => {
      await handOver(session, number);
      const reply = await session.read();
      (reply.code === 250 ? ledger.accepted : ledger.notAccepted).add(number++);
      return reply.text.startsWith('452 4.3.1 ');
    });
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    disk.leaveFree(Infinity);
    await eventually(async () => {
      await handOver(session, number);
      const reply = await session.read();
      (reply.code === 250 ? ledger.accepted : ledger.notAccepted).add(number++);
      return reply.code === 250;
    });
    await session.quit();
    stage.mx.change({ respond: () => undefined });
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.uninvited()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
  });

  it('with nothing free at all goes on when there is space, and loses nothing', async () => {
    const load = startLoad(stage, ledger, 10);
    await eventually(() => ledger.accepted.size > 100, { timeoutMs: 30_000 });
    disk.leaveFree(0);
    const refusedBefore = ledger.notAccepted.size;
    await eventually(() => ledger.notAccepted.size > refusedBefore + 20, { timeoutMs: 30_000 });
    expect(stage.relay.running).toBe(true);
    disk.leaveFree(Infinity);
    const acceptedBefore = ledger.accepted.size;
    await eventually(() => ledger.accepted.size > acceptedBefore + 100, { timeoutMs: 30_000 });
    load.enough();
    await load.done;
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    expect(ledger.uninvited()).toEqual([]);
    expect(ledger.repeated()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
  });

  it('with nothing free keeps what it has over a kill, and delivers it when there is space', async () => {
    const { relay, mx } = stage;
    mx.change({ respond: () => ({ fault: 'silent' }) });
    const session = await connect(stage);
    await accept(session, 20);
    await relay.kill();
    disk.leaveFree(0);
    // It may start and refuse mail, or say why it cannot.
    await relay.start().catch((error: unknown) => {
      expect(String(error)).toMatch(/no space left|free some space/i);
    });
    if (relay.running) await relay.kill();
    mx.change({ respond: () => undefined });
    disk.leaveFree(Infinity);
    await relay.start();
    await queueEmpty(stage);
    expect(ledger.lost()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
  });
});
