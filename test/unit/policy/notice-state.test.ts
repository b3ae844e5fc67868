/** When the operator is told of a check that failed or recovered: a minute, an hour, and what was left out. */
import { describe, expect, it } from 'vitest';
import type { TimedResult } from '../../../src/policy/checks/since.ts';
import {
  dueNotice,
  GATHER_MS,
  observe,
  QUIET_MS,
  type DueNotice,
  type NoticeState,
} from '../../../src/policy/notices/notice-state.ts';

const START = Date.UTC(2026, 0, 1);

function result(name: TimedResult['name'], ok: boolean, sinceMs = START): TimedResult {
  return {
    name,
    ok,
    sinceMs,
    detail: `${name} is ${ok ? 'well' : 'ill'}`,
    remedy: ok ? undefined : 'mend it',
  };
}

/** An operator who is told by the state alone, look after look. */
class Watch {
  state: NoticeState = {};
  results: readonly TimedResult[] = [];
  readonly told: { readonly atMs: number; readonly text: string; readonly failing: readonly string[] }[] = [];

  look(atMs: number, results: readonly TimedResult[], settling = false): void {
    this.results = results;
    this.state = observe(this.state, results, { nowMs: atMs, settling });
  }

  /** Lets everything that waits become due, up to `untilMs`. */
  run(fromMs: number, untilMs: number): void {
    for (let nowMs = fromMs; ;) {
      const due = dueNotice(this.state, this.results, nowMs);
      if (due === undefined || ('atMs' in due && due.atMs > untilMs)) return;
      if ('atMs' in due) {
        expect(due.atMs).toBeGreaterThan(nowMs);
        nowMs = due.atMs;
      } else this.take(due, nowMs);
    }
  }

  take({ changes, failing, state }: DueNotice, atMs: number): void {
    this.state = state;
    const text = changes.map(({ check, ok, leftOut }) => `${check} ${ok ? 'ok' : 'failed'} +${leftOut}`);
    this.told.push({ atMs: atMs - START, text: text.join(', '), failing });
  }
}

const HOUR = QUIET_MS;

describe('notices of checks', () => {
  it('tell nothing while all is well', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', true), result('disk', true)]);
    expect(dueNotice(watch.state, watch.results, START)).toBeUndefined();
  });

  it('tell a failure after a minute, with what to do', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    expect(dueNotice(watch.state, watch.results, START)).toEqual({ atMs: START + GATHER_MS });
    const due = dueNotice(watch.state, watch.results, START + GATHER_MS);
    expect(due).toMatchObject({
      changes: [
        { check: 'dns', ok: false, sinceMs: START, detail: 'dns is ill', remedy: 'mend it', leftOut: 0 },
      ],
      failing: [],
    });
  });

  it('are one for all that changed within the minute, failures first', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false), result('disk', true), result('clock', true)]);
    watch.run(START, START + GATHER_MS);
    watch.look(START + HOUR * 2, [result('dns', true), result('disk', true), result('clock', false)]);
    watch.look(START + HOUR * 2 + 59_000, [
      result('dns', true),
      result('disk', false),
      result('clock', false),
    ]);
    watch.run(START + HOUR * 2, START + HOUR * 4);
    expect(watch.told).toEqual([
      { atMs: GATHER_MS, text: 'dns failed +0', failing: [] },
      { atMs: HOUR * 2 + GATHER_MS, text: 'disk failed +0, clock failed +0, dns ok +0', failing: [] },
    ]);
  });

  it('name what else fails', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.run(START, START + GATHER_MS);
    watch.look(START + 120_000, [result('dns', false), result('disk', false)]);
    watch.run(START + 120_000, START + HOUR);
    expect(watch.told[1]).toEqual({ atMs: 120_000 + GATHER_MS, text: 'disk failed +0', failing: ['dns'] });
  });

  it('tell a check once an hour at most, and count what was left out', () => {
    const watch = new Watch();
    for (let minute = 0; minute <= 90; minute++) {
      const nowMs = START + minute * 60_000;
      watch.run(nowMs - 60_000, nowMs);
      // It fails and recovers in turn, and is well from 70 minutes on.
      watch.look(nowMs, [result('dns', minute >= 70 || minute % 2 === 1)]);
    }
    watch.run(START + 90 * 60_000, START + 24 * HOUR);
    expect(watch.told).toHaveLength(3);
    expect(watch.told[1]!.atMs - watch.told[0]!.atMs).toBeGreaterThanOrEqual(HOUR);
    expect(watch.told[2]!.atMs - watch.told[1]!.atMs).toBeGreaterThanOrEqual(HOUR);
    const leftOut = watch.told.map(({ text }) => Number(/\+(\d+)/.exec(text)?.[1]));
    // 0 failed, 1 well, ... 69 well: 70 changes, of which three were told.
    expect(leftOut.reduce((sum, one) => sum + one + 1, 0)).toBe(70);
  });

  it('tell a recovery within the hour when the hour is over', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.run(START, START + GATHER_MS);
    watch.look(START + 600_000, [result('dns', true)]);
    watch.run(START + 600_000, START + 24 * HOUR);
    expect(watch.told.map(({ atMs }) => atMs)).toEqual([GATHER_MS, GATHER_MS + HOUR]);
  });

  it('tell of a failure that was over within the minute', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.look(START + 30_000, [result('dns', true)]);
    watch.run(START + 30_000, START + HOUR);
    expect(watch.told).toEqual([{ atMs: GATHER_MS, text: 'dns ok +1', failing: [] }]);
  });

  it('say nothing of a check that was well for a moment and fails as it was told', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.run(START, START + GATHER_MS);
    watch.look(START + 2 * HOUR, [result('dns', true)]);
    watch.look(START + 2 * HOUR + 30_000, [result('dns', false)]);
    watch.run(START + 2 * HOUR + 30_000, START + 24 * HOUR);
    expect(watch.told).toHaveLength(1);
    // And it is counted with the next.
    watch.look(START + 25 * HOUR, [result('dns', true)]);
    watch.run(START + 25 * HOUR, START + 26 * HOUR);
    expect(watch.told[1]?.text).toBe('dns ok +2');
  });

  it('repeat nothing after a restart, and tell the recovery that it brought', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false), result('disk', false)]);
    watch.run(START, START + GATHER_MS);
    const again = new Watch();
    again.state = JSON.parse(JSON.stringify(watch.state)) as NoticeState;
    const nowMs = START + 3 * HOUR;
    // Nobody has looked at the disk yet, so it passes.
    again.look(nowMs, [result('dns', true), result('disk', true)], true);
    again.look(nowMs + 30_000, [result('dns', true), result('disk', false)], true);
    again.look(nowMs + 60_000, [result('dns', true), result('disk', false)]);
    again.run(nowMs + 60_000, nowMs + 24 * HOUR);
    expect(again.told.map(({ text, failing }) => ({ text, failing }))).toEqual([
      { text: 'dns ok +0', failing: ['disk'] },
    ]);
  });

  it('learn nothing from a look that learnt nothing', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.run(START, START + GATHER_MS);
    const unknown = { ...result('dns', true), unknown: true as const };
    watch.look(START + 2 * HOUR, [unknown]);
    watch.run(START + 2 * HOUR, START + 24 * HOUR);
    expect(watch.told).toHaveLength(1);
  });

  it('go on when the clock was set back by a year', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.run(START, START + GATHER_MS);
    const past = START - 365 * 24 * HOUR;
    watch.look(past, [result('dns', true)]);
    watch.run(past, past + 2 * HOUR);
    expect(watch.told).toHaveLength(2);
    expect(watch.told[1]?.atMs).toBe(past + HOUR - START);
  });

  it('forget a check that is well and was told so an hour ago', () => {
    const watch = new Watch();
    watch.look(START, [result('dns', false)]);
    watch.run(START, START + GATHER_MS);
    watch.look(START + 2 * HOUR, [result('dns', true)]);
    watch.run(START + 2 * HOUR, START + 3 * HOUR);
    watch.look(START + 5 * HOUR, [result('dns', true), result('disk', false)]);
    watch.run(START + 5 * HOUR, START + 6 * HOUR);
    expect(Object.keys(watch.state)).toEqual(['disk']);
  });
});
