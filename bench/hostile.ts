/**
 * What strangers and tenants who mean harm cost everybody else: while each input of bench/hostile/ is sent to the real
 * relayd as fast as it takes it, how long a client of the submission port waits for its greeting, and how much memory
 * relayd and its child processes hold. Fails when a p99 or the memory is over its bound.
 *
 *   npm run build && node bench/hostile.ts [--seconds 10] [--only PATTERN] [--json]
 */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Child } from './child.ts';
import type { ProbeOrder, ProbeResult } from './greeting-probe.ts';
import type { HostileInput, HostileStage } from './hostile/input.ts';
import { memoryOfTrees } from './process-tree.ts';
import { startRelayTarget, type RelayTarget } from './relay-target.ts';
import { alignColumns } from './table.ts';

const MAX_P99_MS = 500;
const MAX_MEMORY_MB = 600;
/** Nothing is delivered: the port is nobody's. */
const NO_MX_PORT = 9;
const LOOK_EVERY_MS = 50;
const GRACE_MS = 180_000;
const FOLDER = path.join(import.meta.dirname, 'hostile');

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});

interface Measured {
  readonly input: string;
  readonly answers: Readonly<Record<string, number>>;
  readonly greetings: ProbeResult;
  /** The most at one moment, of relayd and its children: pages that they share count once. */
  readonly memoryMb: number;
}

/** The first, so that there is something to compare with. */
const NOTHING: HostileInput = {
  name: 'nothing',
  run: (_, stop) => new Promise((resolve) => stop.addEventListener('abort', () => resolve({}))),
};

async function inputs(): Promise<readonly HostileInput[]> {
  const files = readdirSync(FOLDER).filter((file) => file !== 'input.ts');
  const modules = files.map(
    (file) => import(path.join(FOLDER, file)) as Promise<{ INPUTS: readonly HostileInput[] }>,
  );
  const all = (await Promise.all(modules)).flatMap(({ INPUTS }) => INPUTS);
  return [NOTHING, ...all.filter(({ name }) => name.includes(values.only))];
}

async function measure(input: HostileInput, stage: HostileStage, probe: Child): Promise<Measured> {
  const seconds = Number(values.seconds);
  const { target } = stage;
  const stop = new AbortController();
  let memoryBytes = 0;
  const look = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, memoryOfTrees(target.pids())?.pssBytes ?? 0);
  }, LOOK_EVERY_MS);
  try {
    const run = input.run(stage, stop.signal);
    probe.send({ port: target.port, seconds } satisfies ProbeOrder);
    const greetings = await probe.next<ProbeResult>(seconds * 1_000 + GRACE_MS);
    stop.abort();
    return { input: input.name, answers: await run, greetings, memoryMb: memoryBytes / 1024 ** 2 };
  } finally {
    clearInterval(look);
  }
}

function stageOf(target: RelayTarget): HostileStage {
  const domain = target.from.slice(target.from.indexOf('@') + 1);
  return { target, feedbackAddress: `fbl@bounces.${domain}` };
}

const isOver = ({ greetings, memoryMb }: Measured) =>
  greetings.failed > 0 || greetings.latency.p99Us > MAX_P99_MS * 1e3 || memoryMb > MAX_MEMORY_MB;

const probe = new Child('greeting-probe.ts', {});
let target: RelayTarget | undefined;
try {
  target = await startRelayTarget({
    mxPort: NO_MX_PORT,
    config: { inbound: { listen: ['127.0.0.1:0'], postmaster: 'ops@sink.example' } },
  });
  const stage = stageOf(target);
  const measured: Measured[] = [];
  for (const input of await inputs()) measured.push(await measure(input, stage, probe));
  if (values.json)
    console.log(JSON.stringify({ date: new Date().toISOString(), loadAverage: os.loadavg(), measured }));
  else {
    const ms = (us: number) => (us / 1e3).toFixed(1);
    const load = os.loadavg().map((one) => one.toFixed(1));
    console.log(
      `${new Date().toISOString()}, load average ${load.join(' ')}, ${os.availableParallelism()} cores\n`,
    );
    console.log(
      alignColumns([
        ['while strangers send', 'answers', 'greeting p50', 'p99', 'max ms', 'failed', 'MB', ''],
        ...measured.map((one) => [
          one.input,
          Object.entries(one.answers)
            .map(([code, count]) => `${count}x${code}`)
            .join(' '),
          ms(one.greetings.latency.p50Us),
          ms(one.greetings.latency.p99Us),
          ms(one.greetings.latency.maxUs),
          String(one.greetings.failed),
          one.memoryMb.toFixed(0),
          isOver(one) ? 'OVER' : '',
        ]),
      ]),
    );
  }
  if (measured.some(isOver)) process.exitCode = 1;
} finally {
  await target?.stop();
  await probe.stop();
}
