/**
 * One case against one target: generator on one side, sink on the other, the target's processor time and memory
 * read from outside. A case counts only when every accepted message arrived, and the first one with a good signature.
 */
import type { BenchCase } from './cases.ts';
import type { LoadOptions, LoadResult } from './load-generator.ts';
import { cpuMsOfTrees, memoryOfTrees } from './process-tree.ts';
import { signatureProblem } from './signature-check.ts';
import type { SinkCommand, SinkReport } from './sink.ts';
import type { Target } from './target.ts';
import type { ToolProcess } from './tool-process.ts';

export interface CaseResult {
  readonly case: string;
  readonly target: string;
  readonly accepted: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly problems: Readonly<Record<string, number>>;
  readonly acceptedPerSecond: number;
  readonly deliveredPerSecond: number;
  /** Milliseconds. */
  readonly accept: Latency;
  readonly endToEnd: Latency;
  /** Microseconds of processor time for each delivered message. */
  readonly cpuUs: {
    readonly target: number | undefined;
    /** Of a database server; `undefined`: it has none. */
    readonly database: number | undefined;
    readonly generator: number;
    readonly sink: number;
  };
  readonly rssBytes: number | undefined;
  readonly peakRssBytes: number | undefined;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** How long after its last message the generator may hear nothing, and the sink wait for stragglers. */
const GRACE_MS = 60_000;
/** Work that follows a delivery (the settlement's commit) is part of what the message cost. */
const SETTLE_MS = 300;

export interface Stand {
  readonly generator: ToolProcess;
  readonly sink: ToolProcess;
}

export async function runCase(
  benchCase: BenchCase,
  run: number,
  target: Target,
  stand: Stand,
): Promise<CaseResult> {
  const expect: SinkCommand = { command: 'expect', run, count: benchCase.count };
  stand.sink.send(expect);
  const cpuBeforeMs = cpuMsOfTrees(target.pids());
  const databaseBeforeMs = cpuMsOfTrees(target.databasePids?.() ?? []);
  const load: LoadOptions = {
    run,
    target: {
      host: '127.0.0.1',
      port: target.port,
      tls: benchCase.secure ? 'starttls' : 'none',
      auth: benchCase.secure ? target.auth : undefined,
      resumeSessions: false,
      pipelining: target.pipelining ?? true,
      from: target.from,
      to: target.to,
    },
    http: benchCase.http === true ? target.http : undefined,
    sizeBytes: benchCase.sizeBytes,
    connections: benchCase.connections,
    reuse: benchCase.reuse,
    count: benchCase.count,
    maxSeconds: benchCase.maxSeconds,
    ratePerSecond: benchCase.ratePerSecond,
  };
  stand.generator.send(load);
  const sent = await stand.generator.next<LoadResult>(benchCase.maxSeconds * 1_000 + GRACE_MS);
  const report: SinkCommand = { command: 'report', unique: sent.accepted, withinMs: GRACE_MS };
  stand.sink.send(report);
  const arrived = await stand.sink.next<SinkReport>(2 * GRACE_MS);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const cpuAfterMs = cpuMsOfTrees(target.pids());
  const databaseAfterMs = cpuMsOfTrees(target.databasePids?.() ?? []);
  const memory = memoryOfTrees(target.pids());
  const unsigned = await signatureProblem(arrived.sample, target.dkimRecords);
  const perMessageUs = (cpuMs: number) => (arrived.unique === 0 ? 0 : (cpuMs * 1_000) / arrived.unique);
  const between = (beforeMs: number | undefined, afterMs: number | undefined) =>
    beforeMs === undefined || afterMs === undefined ? undefined : perMessageUs(afterMs - beforeMs);
  return {
    case: benchCase.name,
    target: target.name,
    accepted: sent.accepted,
    delivered: arrived.unique,
    duplicates: arrived.duplicates,
    problems: unsigned === undefined ? sent.problems : { ...sent.problems, [unsigned]: 1 },
    acceptedPerSecond: perSecond(sent.accepted, sent.firstStartUs, sent.lastAcceptUs),
    deliveredPerSecond: perSecond(arrived.unique, sent.firstStartUs, arrived.lastArrivalUs),
    accept: inMs(sent.acceptLatency),
    endToEnd: inMs(arrived.endToEndLatency),
    cpuUs: {
      target: between(cpuBeforeMs, cpuAfterMs),
      database: between(databaseBeforeMs, databaseAfterMs),
      generator: perMessageUs(sent.cpuMs),
      sink: perMessageUs(arrived.cpuMs),
    },
    rssBytes: memory?.rssBytes,
    peakRssBytes: memory?.peakRssBytes,
  };
}

function perSecond(count: number, fromUs: number, toUs: number): number {
  return toUs <= fromUs ? 0 : (count * 1e6) / (toUs - fromUs);
}

function inMs(latency: { p50Us: number; p99Us: number; p999Us: number }): Latency {
  return { p50Ms: latency.p50Us / 1e3, p99Ms: latency.p99Us / 1e3, p999Ms: latency.p999Us / 1e3 };
}
