/** What passed a limit is not tried again for some minutes, and who does it again and again waits. */
import { describe, expect, it } from 'vitest';
import { PassedLimits } from '../../../src/policy/passed-limits.ts';

const MINUTE = 60_000;

describe('limits that were passed', () => {
  it('are held against the input for five minutes, and against no other', () => {
    const passed = new PassedLimits();
    passed.passed('acc_1', 'tpl_1@1', 'memory', 1_000);
    expect(passed.input('tpl_1@1', 1_000 + MINUTE)).toEqual({ limit: 'memory', leftMs: 4 * MINUTE });
    expect(passed.input('tpl_1@2', 1_000 + MINUTE)).toBeUndefined();
    expect(passed.input('tpl_1@1', 1_000 + 5 * MINUTE)).toBeUndefined();
  });

  it('make an account wait from the fifth on, until the first is five minutes old', () => {
    const passed = new PassedLimits();
    for (const at of [0, 10_000, 20_000, 30_000]) passed.passed('acc_1', undefined, 'time', at);
    expect(passed.accountWaitsMs('acc_1', 30_000)).toBeUndefined();
    passed.passed('acc_1', undefined, 'time', 40_000);
    expect(passed.accountWaitsMs('acc_1', 40_000)).toBe(260_000);
    expect(passed.accountWaitsMs('acc_2', 40_000)).toBeUndefined();
    expect(passed.accountWaitsMs('acc_1', 300_000)).toBeUndefined();
    passed.passed('acc_1', undefined, 'time', 300_000);
    expect(passed.accountWaitsMs('acc_1', 300_000)).toBe(10_000);
  });
});
