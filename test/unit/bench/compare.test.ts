/** What a comparison says: medians of each target, ratios to each peer and to the better one. */
import { describe, expect, it } from 'vitest';
import { compare, renderComparison } from '../../../bench/compare.ts';
import { cpuMsOfTrees, processTree } from '../../../bench/process-tree.ts';
import type { CaseResult } from '../../../bench/run-case.ts';

describe('a comparison', () => {
  const results = [
    ...[900, 1_200, 1_000].map((rate) => result('postern', rate)),
    ...[100, 400, 200].map((rate) => result('postfix', rate)),
    ...[250, 240, 260].map((rate) => result('haraka', rate)),
  ];

  it('takes the median of the rounds and the ratio of medians', () => {
    const { medians, ratios } = compare(results, 'postern');
    expect(medians.map(({ target, deliveredPerSecond }) => [target, deliveredPerSecond])).toEqual([
      ['postern', 1_000],
      ['postfix', 200],
      ['haraka', 250],
    ]);
    expect(ratios).toEqual([
      {
        case: '4k-20-new',
        deliveredPerSecond: 1_000,
        peers: {
          postfix: { deliveredPerSecond: 200, ratio: 5 },
          haraka: { deliveredPerSecond: 250, ratio: 4 },
        },
        toBetter: 4,
      },
    ]);
  });

  it('puts the subject first whoever ran first', () => {
    const text = renderComparison(compare([...results].reverse(), 'postern'));
    expect(text.split('\n')[0]).toMatch(
      /^delivered\/s +postern +haraka +ratio +postfix +ratio +to the better$/,
    );
  });

  it('adds up what was lost and refused in any round', () => {
    const lossy = [
      result('postern', 1, { accepted: 3, delivered: 2, problems: { 'mail: 421 busy': 1 } }),
      result('postern', 1, { accepted: 3, delivered: 3, problems: { 'mail: 421 busy': 2 } }),
    ];
    expect(compare(lossy, 'postern').medians[0]).toMatchObject({
      accepted: 6,
      delivered: 5,
      problems: { 'mail: 421 busy': 3 },
    });
  });
});

describe.runIf(process.platform === 'linux')('a process tree', () => {
  it('holds its root and finds the processor time of it', () => {
    expect(processTree([process.pid])).toContain(process.pid);
    expect(cpuMsOfTrees([process.pid])).toBeGreaterThan(0);
    expect(cpuMsOfTrees([])).toBeUndefined();
  });
});

function result(target: string, deliveredPerSecond: number, changes: Partial<CaseResult> = {}): CaseResult {
  const latency = { p50Ms: 1, p99Ms: 2, p999Ms: 3 };
  return {
    case: '4k-20-new',
    target,
    accepted: 1,
    delivered: 1,
    duplicates: 0,
    problems: {},
    acceptedPerSecond: deliveredPerSecond,
    deliveredPerSecond,
    accept: latency,
    endToEnd: latency,
    cpuUs: { target: 1, database: undefined, generator: 1, sink: 1 },
    rssBytes: 1,
    peakRssBytes: 1,
    ...changes,
  };
}
