/** When the daily summary goes out: once a day, late rather than never, and not twice. */
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../src/platform/log.ts';
import { startDailySummary, type SummaryMemory } from '../../../../src/upkeep/summary/daily-summary.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const HOUR = 3_600_000;
/** The clock starts at midnight. */
const EIGHT = 8 * HOUR;

class Desk {
  readonly clock = new VirtualClock();
  readonly startMs = this.clock.now();
  /** When each was sent, and the time of day that it was for, in hours from the start. */
  readonly sent: (readonly [atHour: number, forHour: number])[] = [];
  readonly config = { operator: { mail: 'ops@example.org', summaryMinute: 480 } } as {
    operator: { mail: string | undefined; summaryMinute: number | undefined };
  };
  memory: SummaryMemory = {};
  fails = false;

  start() {
    return startDailySummary({
      config: this.config as never,
      file: { read: () => this.memory, write: (memory) => (this.memory = memory) },
      send: (endMs) => {
        if (this.fails) return Promise.reject(new Error('the store is locked'));
        const hours = (ms: number) => Math.floor((ms - this.startMs) / HOUR);
        this.sent.push([hours(this.clock.now()), hours(endMs)]);
        return Promise.resolve('msg_1');
      },
      clock: this.clock,
      log: silentLog,
    });
  }
}

describe('the daily summary', () => {
  it('goes out every day at its time, within the minute', async () => {
    const desk = new Desk();
    const summary = desk.start();
    await desk.clock.advance(EIGHT - 1);
    expect(desk.sent).toEqual([]);
    await desk.clock.advance(60_000 + 64 * HOUR);
    expect(desk.sent).toEqual([
      [8, 8],
      [32, 32],
      [56, 56],
    ]);
    await summary.stop();
    expect(desk.clock.pendingTimers).toBe(0);
  });

  it('does not go out at once where it is asked for in the afternoon', async () => {
    const desk = new Desk();
    desk.config.operator.summaryMinute = undefined;
    const summary = desk.start();
    await desk.clock.advance(15 * HOUR);
    desk.config.operator.summaryMinute = 480;
    await desk.clock.advance(8 * HOUR);
    expect(desk.sent).toEqual([]);
    await desk.clock.advance(10 * HOUR);
    expect(desk.sent).toEqual([[32, 32]]);
    await summary.stop();
  });

  it('is not repeated by a restart, and sent late where relayd was down at its time', async () => {
    const desk = new Desk();
    await (async () => {
      const summary = desk.start();
      await desk.clock.advance(EIGHT + 60_000);
      await summary.stop();
    })();
    const again = desk.start();
    await desk.clock.advance(HOUR);
    await again.stop();
    expect(desk.sent).toEqual([[8, 8]]);
    await desk.clock.advance(26 * HOUR);
    const late = desk.start();
    await desk.clock.advance(0);
    expect(desk.sent.slice(1)).toEqual([[35, 32]]);
    await late.stop();
  });

  it('is tried again after five minutes when it fails', async () => {
    const desk = new Desk();
    const summary = desk.start();
    await desk.clock.advance(EIGHT - 60_000);
    desk.fails = true;
    await desk.clock.advance(2 * HOUR);
    expect(desk.sent).toEqual([]);
    desk.fails = false;
    await desk.clock.advance(300_000);
    expect(desk.sent).toEqual([[10, 8]]);
    await summary.stop();
  });

  it('is one a day when its time is moved', async () => {
    const desk = new Desk();
    const summary = desk.start();
    await desk.clock.advance(12 * HOUR);
    desk.config.operator.summaryMinute = 540;
    await desk.clock.advance(12 * HOUR);
    expect(desk.sent).toEqual([[8, 8]]);
    await desk.clock.advance(12 * HOUR);
    expect(desk.sent.slice(1)).toEqual([[33, 33]]);
    await summary.stop();
  });

  it('is not repeated when the clock is set back over its time', async () => {
    const desk = new Desk();
    const summary = desk.start();
    await desk.clock.advance(EIGHT + 120_000);
    desk.clock.jump(-600_000);
    await desk.clock.advance(12 * HOUR);
    expect(desk.sent).toEqual([[8, 8]]);
    await desk.clock.advance(13 * HOUR);
    expect(desk.sent.slice(1)).toEqual([[32, 32]]);
    await summary.stop();
  });

  it('goes on when the clock was set back', async () => {
    const desk = new Desk();
    const summary = desk.start();
    await desk.clock.advance(12 * HOUR);
    desk.clock.jump(-365 * 24 * HOUR);
    await desk.clock.advance(48 * HOUR);
    expect(desk.sent.length).toBe(3);
    await summary.stop();
  });
});
