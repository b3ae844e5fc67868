/**
 * relayd killed at a named instant, each in a process of its own: in the dialogue with the client, at a page or a sync
 * of a commit, in the dialogue with the remote, in a checkpoint, in its own start. After the next start everything that
 * was answered 250 has arrived, whole; a second arrival only where the attempt's outcome was not on disk yet.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECIPIENT_DOMAIN, type Stage } from '../e2e/support/stage.ts';
import type { SmtpTalk } from '../e2e/support/smtp-talk.ts';
import { DiskFaults, noCompiler, type DiskFault } from './support/disk-faults.ts';
import { contentOf, FROM, Ledger } from './support/ledger.ts';
import { connect, queueEmpty, startFaultStage, submitAll } from './support/load.ts';

describe.skipIf(noCompiler)('killed (needs gcc)', () => {
  const ledger = new Ledger();
  let faults: DiskFaults;
  let stage: Stage;
  let next = 0;

  beforeAll(async () => {
    faults = new DiskFaults();
    stage = await startFaultStage({ ledger, env: faults.env });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    faults[Symbol.dispose]();
  });

  /** Hands a message over up to its final dot; whatever is armed then may happen. */
  async function handOver(localPart: string, number: number): Promise<SmtpTalk> {
    const session = await connect(stage);
    await session.ok(250, `MAIL FROM:<${FROM}>`);
    await session.ok(250, `RCPT TO:<${localPart}+${number}@${RECIPIENT_DOMAIN}>`);
    await session.ok(354, 'DATA');
    session.write(contentOf(number));
    return session;
  }

  /** relayd has died of what was armed; the next one runs, and has delivered what there was. */
  async function nextLife(): Promise<void> {
    expect(await stage.relay.ended()).toBe('SIGKILL');
    faults.disarm();
    stage.mx.change({ respond: () => undefined });
    await stage.relay.start();
    await queueEmpty(stage);
  }

  describe('while a client submits:', () => {
    it('in the middle of the content, it is forgotten', async () => {
      const number = next++;
      const session = await handOver('prompt', number);
      process.kill(stage.relay.pid, 'SIGKILL');
      await session.closed();
      await nextLife();
      expect(ledger.arrivalsOf(number)).toBe(0);
    });

    it('right behind the final dot, it arrives once or not at all', async () => {
      const number = next++;
      const session = await handOver('prompt', number);
      session.write('.\r\n');
      process.kill(stage.relay.pid, 'SIGKILL');
      await session.closed();
      await nextLife();
      expect(ledger.arrivalsOf(number)).toBeLessThanOrEqual(1);
    });

    const points: readonly [string, DiskFault, number][] = [
      ['before anything of the commit is written', { at: 'write', of: 'wal', does: 'kill-before' }, 0],
      ['halfway through writing the commit', { at: 'write', of: 'wal', nth: 4, does: 'kill-before' }, 0],
      ['between write and sync of the commit', { at: 'sync', of: 'wal', does: 'kill-before' }, 1],
      ['after the commit, before the reply', { at: 'sync', of: 'wal', does: 'kill-after' }, 1],
    ];
    it.each(points)('%s', async (_when, fault, arrivals) => {
      const number = next++;
      const session = await handOver('prompt', number);
      faults.arm(fault);
      await expect(session.command('.')).rejects.toThrow('the connection ended before a reply');
      await nextLife();
      expect(ledger.arrivalsOf(number)).toBe(arrivals);
    });

    it('right after the reply', async () => {
      const number = next++;
      const session = await handOver('prompt', number);
      expect((await session.command('.')).code).toBe(250);
      process.kill(stage.relay.pid, 'SIGKILL');
      await nextLife();
      expect(ledger.arrivalsOf(number)).toBeGreaterThanOrEqual(1);
      expect(ledger.arrivalsOf(number)).toBeLessThanOrEqual(2);
    });
  });

  describe('while it delivers:', () => {
    /** Accepts a message for `localPart`, and runs `atEnd` when the MX has it, just before it answers the dot. */
    async function deliver(localPart: string, atEnd: () => 'silent' | undefined): Promise<number> {
      const number = next++;
      stage.mx.change({
        respond: (command) => {
          if (command !== '.') return undefined;
          return atEnd() === 'silent' ? { fault: 'silent' } : undefined;
        },
      });
      const session = await handOver(localPart, number);
      expect((await session.command('.')).code).toBe(250);
      session.destroy();
      await nextLife();
      return number;
    }

    it('before the remote answers the dot, only the remote knows of the first attempt', async () => {
      const number = await deliver('prompt', () => {
        process.kill(stage.relay.pid, 'SIGKILL');
        return 'silent';
      });
      expect(ledger.arrivalsOf(number)).toBe(1);
    });

    it('between the 250 of the remote and its settlement, the attempt is repeated', async () => {
      const number = await deliver('prompt', () => {
        faults.arm({ at: 'write', of: 'wal', does: 'kill-before' });
        return undefined;
      });
      expect(ledger.arrivalsOf(number)).toBe(2);
    });

    it('when the settlement is committed, it is not', async () => {
      const number = await deliver('prompt', () => {
        faults.arm({ at: 'sync', of: 'wal', does: 'kill-after' });
        return undefined;
      });
      expect(ledger.arrivalsOf(number)).toBe(1);
    });

    it.each<DiskFault>([
      { at: 'write', of: 'wal', does: 'kill-before' },
      { at: 'write', of: 'wal', nth: 3, does: 'kill-before' },
      { at: 'sync', of: 'wal', does: 'kill-after' },
    ])('at a refusal (%o), its report goes out once', async (fault) => {
      let reports = 0;
      stage.mx.change({
        onMessage: (message) => {
          if (message.reversePath === '') reports++;
          else ledger.note(message);
        },
      });
      await deliver('data-554-5.7.1', () => {
        faults.arm(fault);
        return undefined;
      });
      expect(reports).toBe(1);
      stage.mx.change({ onMessage: ledger.note });
    });
  });

  describe('while it tidies up:', () => {
    it.each<[string, DiskFault]>([
      ['in the middle of a checkpoint', { at: 'write', of: 'database', nth: 40, does: 'kill-after' }],
      ['before the sync of a checkpoint', { at: 'sync', of: 'database', does: 'kill-before' }],
      ['after the sync of a checkpoint', { at: 'sync', of: 'database', does: 'kill-after' }],
    ])('%s', async (_when, fault) => {
      const killedAtMs = performance.now();
      faults.arm(fault);
      let killed = false;
      const clients = Array.from({ length: 10 }, () =>
        submitAll(stage, ledger, () => (killed ? undefined : next++)),
      );
      await stage.relay.ended();
      killed = true;
      await nextLife();
      await Promise.all(clients);
      await queueEmpty(stage);
      ledger.outages.push({ killedAtMs, startedAtMs: performance.now() });
      expect(ledger.lost()).toEqual([]);
      expect([...ledger.damaged]).toEqual([]);
      expect(ledger.uninvited()).toEqual([]);
    });
  });

  describe('in its own start,', () => {
    it.each<[string, DiskFault]>([
      ['at the second write', { at: 'write', of: 'both', nth: 2, does: 'kill-after' }],
      ['after the second sync', { at: 'sync', of: 'both', nth: 2, does: 'kill-after' }],
    ])('%s, the next one goes on from where the last was', async (_when, fault) => {
      const number = next++;
      stage.mx.change({ respond: () => ({ fault: 'silent' }) });
      const session = await handOver('prompt', number);
      expect((await session.command('.')).code).toBe(250);
      await stage.relay.kill();
      faults.arm(fault);
      stage.relay.spawn();
      await nextLife();
      expect(ledger.arrivalsOf(number)).toBe(1);
    });
  });
});
