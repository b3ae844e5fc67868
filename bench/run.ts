/**
 * `npm run bench`: from submission to the recipient's MX through the real relayd, DKIM and fsync on, load generator
 * and sink in processes of their own on the same machine. Prints a table, or JSON with `--json`. Exits 1 when a
 * message was lost, came twice or was refused.
 *
 *   npm run bench -- --quick
 *   npm run bench -- --cases 4k-20,50k-100-new --json
 *   npm run bench -- --ceiling          the generator straight into the sink: what the tools themselves can do
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { signatureCpuMs } from './calibration.ts';
import { benchCases, type BenchCase } from './cases.ts';
import { Child } from './child.ts';
import { runCase, type CaseResult, type Stand } from './run-case.ts';
import { startRelayTarget } from './relay-target.ts';
import { testOnlyCertificate, testOnlyKey } from '../test/support/fake-mx.ts';
import type { SinkOptions } from './sink.ts';
import { renderProblems, renderTable } from './table.ts';
import type { Target } from './target.ts';

const USAGE = `Usage: npm run bench -- [options]
  --quick          a quarter of the messages
  --cases LIST     only cases whose name contains one of these, such as 4k-20 or 50k-100-new
  --tls            STARTTLS and AUTH PLAIN on every submission connection
  --mx-tls         the sink offers STARTTLS
  --rate N         N messages a second, evenly spaced, for ten seconds: latency instead of throughput
  --ceiling        no relay: the generator straight into the sink
  --repeat N       every case N times (all cases in turn), default 1
  --log-level L    relayd's log.level, default info
  --cpu-prof DIR   write CPU profiles of relayd to DIR
  --json           JSON instead of a table
`;

/** How long a case with a rate runs. */
const RATE_SECONDS = 10;

const WARM_UP: BenchCase = {
  name: 'warm-up',
  sizeBytes: 4096,
  connections: 20,
  reuse: true,
  secure: false,
  count: 2_000,
  maxSeconds: 5,
  ratePerSecond: undefined,
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      cases: { type: 'string' },
      tls: { type: 'boolean', default: false },
      'mx-tls': { type: 'boolean', default: false },
      rate: { type: 'string' },
      ceiling: { type: 'boolean', default: false },
      repeat: { type: 'string', default: '1' },
      'log-level': { type: 'string', default: 'info' },
      'cpu-prof': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const wanted = values.cases?.split(',');
  const cases = benchCases({ quick: values.quick, secure: values.tls && !values.ceiling })
    .filter((one) => wanted === undefined || wanted.some((part) => one.name.includes(part)))
    .map((one) => (values.rate === undefined ? one : atRate(one, Number(values.rate))));
  const sinkOptions: SinkOptions = {
    host: '127.0.0.1',
    port: 0,
    tls: values['mx-tls'] ? { cert: testOnlyCertificate, key: testOnlyKey } : undefined,
  };
  const sink = new Child('sink.ts', sinkOptions);
  const generator = new Child('load-generator.ts', {});
  const say = (text: string) => {
    if (!values.json) process.stdout.write(text);
  };
  let target: Target | undefined;
  try {
    const { listening } = await sink.next<{ listening: number }>(10_000);
    target = values.ceiling
      ? ceiling(listening)
      : await startRelayTarget({
          mxPort: listening,
          config: { log: { level: values['log-level'] } },
          ...(values['cpu-prof'] === undefined
            ? {}
            : { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`] }),
        });
    say(`${machine()}, ${target.name}${values.ceiling ? '' : ', DKIM and fsync on'}\n`);
    const before = signatureCpuMs();
    const results = await runCases(cases, Number(values.repeat), target, { generator, sink }, say);
    const rsaSignatureMs = { before, after: signatureCpuMs() };
    const problems = renderProblems(results);
    if (values.json) {
      process.stdout.write(
        `${JSON.stringify({ machine: machine(), rsaSignatureMs, results }, undefined, 2)}\n`,
      );
    } else {
      say(`\n${renderTable(results)}\n`);
      say(`One RSA-2048 signature here: ${before.toFixed(2)} ms before, `);
      say(`${rsaSignatureMs.after.toFixed(2)} ms after. Compare only with runs where that is alike.\n`);
      for (const problem of problems) say(`${problem}\n`);
    }
    return problems.length === 0 ? 0 : 1;
  } finally {
    await target?.stop();
    await generator.stop();
    await sink.stop();
  }
}

async function runCases(
  cases: readonly BenchCase[],
  repeat: number,
  target: Target,
  stand: Stand,
  say: (text: string) => void,
): Promise<readonly CaseResult[]> {
  let run = 0;
  await runCase(WARM_UP, run++, target, stand);
  const results: CaseResult[] = [];
  for (let round = 0; round < repeat; round++) {
    for (const benchCase of cases) {
      const result = await runCase(benchCase, run++, target, stand);
      results.push(result);
      say(`  ${result.case.padEnd(16)} ${Math.round(result.deliveredPerSecond)} delivered/s\n`);
    }
  }
  return results;
}

function atRate(benchCase: BenchCase, ratePerSecond: number): BenchCase {
  return {
    ...benchCase,
    ratePerSecond,
    count: Math.ceil(ratePerSecond * RATE_SECONDS),
    maxSeconds: 2 * RATE_SECONDS,
  };
}

/** No relay at all: what generator and sink can do, which every other figure is to be read against. */
function ceiling(port: number): Target {
  return {
    name: 'no relay',
    port,
    auth: undefined,
    from: 'shop@bench.example',
    to: 'customer@sink.example',
    pids: () => [],
    stop: () => Promise.resolve(),
  };
}

function machine(): string {
  const cpus = os.cpus();
  return `${cpus.length} × ${cpus[0]?.model ?? 'unknown CPU'}, Node.js ${process.version}`;
}

process.exitCode = await main();
