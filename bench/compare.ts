/**
 * Several rounds of the same cases through several targets, brought down to medians and ratios. The figures of a
 * target are the medians over its rounds, each figure by itself; a ratio is that of two medians of one run.
 */
import type { CaseResult, Latency } from './run-case.ts';
import { alignColumns } from './table.ts';

export interface Ratio {
  readonly case: string;
  readonly deliveredPerSecond: number;
  /** By the peer's name. */
  readonly peers: Readonly<Record<string, { readonly deliveredPerSecond: number; readonly ratio: number }>>;
  /** To the better of the peers; `undefined` without any. */
  readonly toBetter: number | undefined;
}

export interface Comparison {
  readonly subject: string;
  /** One entry for each case and target. */
  readonly medians: readonly CaseResult[];
  readonly ratios: readonly Ratio[];
}

export function compare(results: readonly CaseResult[], subject: string): Comparison {
  const cases = [...new Set(results.map((result) => result.case))];
  const targets = [...new Set(results.map((result) => result.target))];
  targets.sort((a, b) => Number(b === subject) - Number(a === subject));
  const medians: CaseResult[] = [];
  const ratios: Ratio[] = [];
  for (const name of cases) {
    const row = targets.map((target) =>
      medianOf(results.filter((result) => result.case === name && result.target === target)),
    );
    medians.push(...row);
    const own = row[0]?.deliveredPerSecond ?? 0;
    const peers = row.slice(1).map(({ target, deliveredPerSecond }) => {
      return [target, { deliveredPerSecond, ratio: own / deliveredPerSecond }] as const;
    });
    const worst = Math.min(...peers.map(([, { ratio }]) => ratio));
    ratios.push({
      case: name,
      deliveredPerSecond: own,
      peers: Object.fromEntries(peers),
      toBetter: peers.length === 0 ? undefined : worst,
    });
  }
  return { subject, medians, ratios };
}

export function renderComparison({ subject, ratios }: Comparison): string {
  const peers = Object.keys(ratios[0]?.peers ?? {});
  const titles = ['delivered/s', subject, ...peers.flatMap((peer) => [peer, 'ratio']), 'to the better'];
  const rows = ratios.map((row) => [
    row.case,
    row.deliveredPerSecond.toFixed(0),
    ...peers.flatMap((peer) => {
      const figures = row.peers[peer];
      return [(figures?.deliveredPerSecond ?? 0).toFixed(0), (figures?.ratio ?? 0).toFixed(1)];
    }),
    (row.toBetter ?? 0).toFixed(1),
  ]);
  return alignColumns([titles, ...rows]);
}

/** Counts and problems are summed, everything measured is the median. */
function medianOf(rounds: readonly CaseResult[]): CaseResult {
  const first = rounds[0];
  if (first === undefined) throw new Error('a target has no result for a case of the run');
  const of = (value: (result: CaseResult) => number) => median(rounds.map(value));
  const sum = (value: (result: CaseResult) => number) => rounds.reduce((all, one) => all + value(one), 0);
  const latency = (which: (result: CaseResult) => Latency): Latency => ({
    p50Ms: of((result) => which(result).p50Ms),
    p99Ms: of((result) => which(result).p99Ms),
    p999Ms: of((result) => which(result).p999Ms),
  });
  const known = (value: (result: CaseResult) => number | undefined) =>
    rounds.every((result) => value(result) !== undefined) ? of((result) => value(result) ?? 0) : undefined;
  const problems: Record<string, number> = {};
  for (const [problem, count] of rounds.flatMap((result) => Object.entries(result.problems))) {
    problems[problem] = (problems[problem] ?? 0) + count;
  }
  return {
    case: first.case,
    target: first.target,
    accepted: sum((result) => result.accepted),
    delivered: sum((result) => result.delivered),
    duplicates: sum((result) => result.duplicates),
    problems,
    acceptedPerSecond: of((result) => result.acceptedPerSecond),
    deliveredPerSecond: of((result) => result.deliveredPerSecond),
    accept: latency((result) => result.accept),
    endToEnd: latency((result) => result.endToEnd),
    cpuUs: {
      target: known((result) => result.cpuUs.target),
      database: known((result) => result.cpuUs.database),
      generator: of((result) => result.cpuUs.generator),
      sink: of((result) => result.cpuUs.sink),
    },
    rssBytes: known((result) => result.rssBytes),
    peakRssBytes: known((result) => result.peakRssBytes),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
