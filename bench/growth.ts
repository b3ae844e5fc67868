/**
 * What a long queue costs: relays with 0, 100 thousand and 1 million deliveries queued to one dead destination run the
 * same cases in turn, round by round; medians, their ratio to the empty queue, memory, and how long a restart takes
 * until the relay listens. On PostgreSQL each has a server of its own.
 *
 *   npm run build && node bench/growth.ts [--store sqlite|postgres] [--queued 0,100000,1000000] [--cases 4k-20] [--repeat 3]
 *     [--seconds 5] [--tools native|node] [--json]
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import type { DemoDns } from '../src/demo/dns.ts';
import type { Relay } from '../test/e2e/support/relay-process.ts';
import { DEAD, fillPostgresQueue, fillSqliteQueue } from './backlog.ts';
import { signatureCpuMs } from './calibration.ts';
import { benchCases } from './cases.ts';
import { compare } from './compare.ts';
import { startFleetTarget } from './fleet-target.ts';
import { startRelayTarget } from './relay-target.ts';
import { runCase, type CaseResult } from './run-case.ts';
import type { SinkOptions } from './sink.ts';
import { alignColumns, renderProblems, renderTable } from './table.ts';
import type { Target } from './target.ts';
import { chooseTools } from './tools.ts';

const WARM_UP_MESSAGES = 2_000;

/** A relay without mail, and what fills its store once it is stopped. */
interface Empty {
  readonly target: Target;
  readonly relay: Relay;
  readonly dns: DemoDns;
  readonly fill: (queued: number) => Promise<void>;
}

interface Level {
  readonly target: Target;
  readonly fillMs: number;
  /** From the start of the process until it listens. */
  readonly restartMs: number;
}

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    queued: { type: 'string', default: '0,100000,1000000' },
    cases: { type: 'string', default: '4k-20' },
    repeat: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    tools: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

async function startEmpty(mxPort: number): Promise<Empty> {
  switch (values.store) {
    case 'sqlite': {
      const target = await startRelayTarget({ mxPort });
      const { relay, dns } = target;
      return { target, relay, dns, fill: (queued) => fillSqliteQueue(relay.dataDir, queued) };
    }
    case 'postgres': {
      const target = await startFleetTarget({ mxPort }, 1);
      const [relay] = target.relays;
      if (relay === undefined) throw new Error('a fleet has at least one node');
      return { target, relay, dns: target.dns, fill: (queued) => fillPostgresQueue(target.url, queued) };
    }
    default:
      throw new Error(`--store knows sqlite and postgres, not ${values.store}`);
  }
}

async function startLevel(queued: number, mxPort: number): Promise<Level> {
  const { target, relay, dns, fill } = await startEmpty(mxPort);
  try {
    // Nobody listens there: what is tried after all is put off again.
    dns.add(DEAD, { type: 'MX', preference: 10, exchange: `mx.${DEAD}` });
    dns.add(`mx.${DEAD}`, { type: 'A', address: '127.0.0.9' });
    await relay.stop();
    const fillMs = await msOf(() => fill(queued));
    const restartMs = await msOf(() => relay.start());
    const { port, httpUrl } = relay;
    const http = target.http && { ...target.http, port: Number(new URL(httpUrl).port) };
    const name = `${queued} queued`;
    return { target: { ...target, name, port, ...(http && { http }) }, fillMs, restartMs };
  } catch (error) {
    await target.stop();
    throw error;
  }
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

const sinkOptions: SinkOptions = { host: '127.0.0.1', port: 0, tls: undefined };
const { tools, note } = chooseTools(values.tools);
const sink = tools.startSink(sinkOptions);
const generator = tools.startGenerator();
const levels: Level[] = [];
try {
  const { listening } = await sink.next<{ listening: number }>(10_000);
  for (const queued of values.queued.split(',').map(Number)) levels.push(await startLevel(queued, listening));
  const cases = benchCases({ quick: false, secure: false, maxSeconds: Number(values.seconds) }).filter(
    (one) => values.cases.split(',').some((part) => one.name.includes(part)),
  );
  const conditions = {
    date: new Date().toISOString(),
    loadAverage: os.loadavg(),
    rsaMs: signatureCpuMs(),
    tools: tools.name,
    store: values.store,
  };
  const stand = { generator, sink };
  const results: CaseResult[] = [];
  let run = 0;
  for (const { target } of levels) {
    for (const one of cases) await runCase({ ...one, count: WARM_UP_MESSAGES }, run++, target, stand);
  }
  for (let round = 0; round < Number(values.repeat); round++) {
    for (const one of cases) {
      for (let turn = 0; turn < levels.length; turn++) {
        const level = levels[(turn + round) % levels.length];
        if (level !== undefined) results.push(await runCase(one, run++, level.target, stand));
      }
    }
  }
  const comparison = compare(results, levels[0]?.target.name ?? '');
  const restarts = levels.map(({ target, fillMs, restartMs }) => ({
    target: target.name,
    fillMs,
    restartMs,
  }));
  if (values.json) {
    console.log(JSON.stringify({ ...conditions, restarts, results, comparison }, undefined, 2));
  } else {
    console.log(
      `${conditions.date}, ${values.store}, load average ${os
        .loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}\n${note}`,
    );
    console.log(renderTable(comparison.medians));
    const rows = comparison.ratios.map(({ case: name, peers, deliveredPerSecond }) => [
      name,
      deliveredPerSecond.toFixed(0),
      ...Object.values(peers).map(({ ratio }) => `${(100 / ratio).toFixed(0)} %`),
    ]);
    console.log(`\n${alignColumns([['delivered/s', ...levels.map(({ target }) => target.name)], ...rows])}`);
    for (const { target, fillMs, restartMs } of restarts) {
      const filled = (fillMs / 1000).toFixed(0);
      console.log(`${target}: listening ${restartMs.toFixed(0)} ms after the start; filled in ${filled} s`);
    }
    for (const problem of renderProblems(results)) console.log(problem);
  }
  process.exitCode = renderProblems(results).length === 0 ? 0 : 1;
} finally {
  for (const { target } of levels) await target.stop();
  await generator.stop();
  await sink.stop();
}
