/**
 * `npm run bench`: from submission to the recipient's MX through the real relayd, DKIM and fsync on, load generator
 * and sink in processes of their own on the same machine. Prints a table, or JSON with `--json`. Exits 1 when a
 * message was lost, came twice, was refused or not signed; 2 when a peer is not installed.
 *
 *   npm run bench -- --against postfix,haraka --repeat 3
 *   npm run bench -- --quick
 *   npm run bench -- --cases 4k-20,50k-100-new --json
 *   npm run bench -- --against postfix --no-disk
 *   npm run bench -- --ceiling          the generator straight into the sink: what the tools themselves can do
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { signatureCpuMs } from './calibration.ts';
import { benchCases, type BenchCase } from './cases.ts';
import { runCase, type CaseResult, type Stand } from './run-case.ts';
import { ownTargets } from './own-targets.ts';
import type { RelayTargetOptions } from './relay-target.ts';
import { testOnlyCertificate, testOnlyKey } from '../test/support/fake-mx.ts';
import type { SinkOptions } from './sink.ts';
import { compare, renderComparison } from './compare.ts';
import { AFTER_MAIL_MS, AFTER_START_MS, measureIdle, renderIdle } from './idle.ts';
import { useMemoryFolders } from './memory-folders.ts';
import { PeerMissing, type PeerOptions } from './peer.ts';
import { startHarakaTarget } from './peer-haraka.ts';
import { startPostfixTarget } from './peer-postfix.ts';
import { renderProblems, renderTable } from './table.ts';
import type { Target } from './target.ts';
import { chooseTools } from './tools.ts';

const USAGE = `Usage: npm run bench -- [options]
  --against LIST   the same cases through postfix, haraka or both as well, case by case in turn; with ratios
  --haraka DIR     the folder into whose node_modules Haraka was installed
  --quick          a quarter of the messages
  --cases LIST     only cases whose name contains one of these, such as 4k-20 or 50k-100-new
  --no-disk        every store and queue in memory (/dev/shm): what is left without the disk's share
  --tls            STARTTLS and AUTH PLAIN on every submission connection
  --mx-tls         the sink offers STARTTLS
  --dkim KEYS      what Postern signs with: rsa, as its peers do (the default), or both, its own default
  --seconds N      no message of a case is started later than this
  --rate N         N messages a second, evenly spaced, for ten seconds (or --seconds): latency, not throughput
  --store KIND     sqlite or postgres: a PostgreSQL of its own, started beside relayd, with fsync on
  --nodes LIST     so many relayd on one PostgreSQL, connections to each in turn, such as 1,2,4: a target each;
                   with --against sqlite beside the other engine
  --rules N        beside it the same with an operator's file of N rules of shaping; ratios
  --idle N         only memory, and processor time over N seconds without mail: after the start, and a
                   minute after 2,000 messages
  --ceiling        no relay: the generator straight into the sink
  --repeat N       every case N times (all cases in turn), default 1
  --log-level L    relayd's log.level, default info
  --cpu-prof DIR   write CPU profiles of relayd to DIR
  --node-arguments LIST  more arguments for relayd's node, such as "--trace-gc --max-semi-space-size=4"
  --tools KIND     native or node: load generator and sink; default native where cc and OpenSSL's headers are
  --json           JSON instead of a table
`;

/** How long a case with a rate runs. */
const RATE_SECONDS = 10;

const SIGNATURES = {
  rsa: 'one RSA-2048 signature',
  both: 'postern: RSA-2048 and Ed25519 signatures',
} as const;

/**
 * Until V8 has compiled what a message needs. It goes on compiling for some 30,000 messages, which takes 3 per cent of all
 * processor time at message 12,000, and would be counted as the relay's own.
 */
const WARM_UP: BenchCase = {
  name: 'warm-up',
  sizeBytes: 4096,
  connections: 20,
  reuse: true,
  secure: false,
  count: 40_000,
  maxSeconds: 30,
  ratePerSecond: undefined,
};

/** Before what a relay holds at rest is looked at. */
const SOME_MAIL: BenchCase = { ...WARM_UP, count: 2_000, maxSeconds: 5 };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      cases: { type: 'string' },
      'no-disk': { type: 'boolean', default: false },
      tls: { type: 'boolean', default: false },
      'mx-tls': { type: 'boolean', default: false },
      dkim: { type: 'string' },
      store: { type: 'string', default: 'sqlite' },
      nodes: { type: 'string', default: '1' },
      rules: { type: 'string' },
      rate: { type: 'string' },
      against: { type: 'string', default: '' },
      haraka: { type: 'string' },
      seconds: { type: 'string' },
      idle: { type: 'string' },
      ceiling: { type: 'boolean', default: false },
      repeat: { type: 'string', default: '1' },
      'log-level': { type: 'string', default: 'info' },
      'cpu-prof': { type: 'string' },
      'node-arguments': { type: 'string', default: '' },
      tools: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values['no-disk']) useMemoryFolders();
  const wanted = values.cases?.split(',');
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  const secure = values.tls && !values.ceiling;
  // The same work as the peers: one RSA-2048 signature. Without mail there is nothing to compare.
  const dkim = values.dkim ?? (values.idle === undefined ? 'rsa' : 'both');
  if (dkim !== 'rsa' && dkim !== 'both') throw new Error(`--dkim knows rsa and both, not ${dkim}`);
  const cases = benchCases({ quick: values.quick, secure, maxSeconds: seconds })
    .filter((one) => wanted === undefined || wanted.some((part) => one.name.includes(part)))
    // Neither the peers nor the sink alone speak HTTP.
    .filter((one) => one.http !== true || (values.against === '' && !values.ceiling))
    .map((one) => (values.rate === undefined ? one : atRate(one, Number(values.rate), seconds)));
  const sinkOptions: SinkOptions = {
    host: '127.0.0.1',
    port: 0,
    tls: values['mx-tls'] ? { cert: testOnlyCertificate, key: testOnlyKey } : undefined,
  };
  const { tools, note } = chooseTools(values.tools);
  const sink = tools.startSink(sinkOptions);
  const generator = tools.startGenerator();
  const say = (text: string) => {
    if (!values.json) process.stdout.write(text);
  };
  const targets: Target[] = [];
  try {
    const { listening } = await sink.next<{ listening: number }>(10_000);
    const peerOptions: PeerOptions = {
      mxPort: listening,
      secure,
      tls: { cert: testOnlyCertificate, key: testOnlyKey },
    };
    // Peers first: one that is missing is said before anything else is done.
    const peers: Target[] = [];
    for (const name of values.against.split(',').filter((part) => part !== '')) {
      if (name === 'sqlite') continue;
      const peer = await startPeer(name, peerOptions, values.haraka);
      targets.push(peer);
      peers.push(peer);
    }
    const relayOptions: RelayTargetOptions = {
      mxPort: listening,
      dkim,
      config: { log: { level: values['log-level'] } },
      nodeArguments: [
        ...values['node-arguments'].split(' ').filter((part) => part !== ''),
        ...(values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`]),
      ],
    };
    const own: Target[] = [];
    const ofOwn = values.ceiling
      ? [() => Promise.resolve(ceiling(listening))]
      : ownTargets(values, relayOptions);
    for (const start of ofOwn) {
      const target = await start();
      targets.push(target);
      own.push(target);
    }
    const contenders = [...own, ...peers];
    const subject = contenders[0] ?? ceiling(listening);
    const conditions = {
      machine: machine(),
      date: new Date().toISOString(),
      loadAverage: os.loadavg(),
      ...(values.ceiling ? {} : { dkim }),
      tools: tools.name,
      disk: !values['no-disk'],
    };
    say(`${conditions.machine}, load average ${os.loadavg().map(oneDigit).join(' ')}, ${conditions.date}\n`);
    say(`${note}\n`);
    if (values.idle !== undefined) {
      const afterStart = await measureIdle(contenders, Number(values.idle), AFTER_START_MS);
      for (const [run, target] of contenders.entries())
        await runCase(SOME_MAIL, run, target, { generator, sink });
      const afterMail = await measureIdle(contenders, Number(values.idle), AFTER_MAIL_MS);
      const idle = { afterStart, afterMail };
      if (values.json) process.stdout.write(`${JSON.stringify({ ...conditions, idle }, undefined, 2)}\n`);
      else say(`\n${renderIdle('after the start', afterStart)}\n\n${renderIdle('after mail', afterMail)}\n`);
      return 0;
    }
    const names = contenders.map((target) => target.name).join(', ');
    say(
      `${names}${values.ceiling ? '' : `, DKIM (${SIGNATURES[dkim]}) and fsync on${values['no-disk'] ? ', in memory' : ''}`}\n`,
    );
    const before = signatureCpuMs();
    const results = await runCases(cases, Number(values.repeat), contenders, { generator, sink }, say);
    const rsaSignatureMs = { before, after: signatureCpuMs() };
    const problems = renderProblems(results);
    const comparison = compare(results, subject.name);
    if (values.json) {
      process.stdout.write(
        `${JSON.stringify({ ...conditions, rsaSignatureMs, results, comparison }, undefined, 2)}\n`,
      );
    } else {
      say(`\n${renderTable(comparison.medians)}\n`);
      if (contenders.length > 1) say(`\n${renderComparison(comparison)}\n`);
      say(`One RSA-2048 signature here: ${before.toFixed(2)} ms before, `);
      say(`${rsaSignatureMs.after.toFixed(2)} ms after. Compare only with runs where that is alike.\n`);
      for (const problem of problems) say(`${problem}\n`);
    }
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  } finally {
    for (const target of targets) await target.stop();
    await generator.stop();
    await sink.stop();
  }
}

async function startPeer(
  name: string,
  options: PeerOptions,
  harakaFolder: string | undefined,
): Promise<Target> {
  switch (name) {
    case 'postfix':
      return await startPostfixTarget(options);
    case 'haraka':
      return await startHarakaTarget(
        harakaFolder === undefined ? options : { ...options, installedIn: harakaFolder },
      );
    default:
      throw new PeerMissing(`--against knows postfix and haraka, not ${name}`);
  }
}

/** Round by round, case by case, the targets in turn and each round in another order: what drifts hits all alike. */
async function runCases(
  cases: readonly BenchCase[],
  repeat: number,
  targets: readonly Target[],
  stand: Stand,
  say: (text: string) => void,
): Promise<readonly CaseResult[]> {
  let run = 0;
  for (const target of targets) {
    for (const warmUp of warmUpsFor(cases)) {
      if (warmUp.http !== true || target.http !== undefined) await runCase(warmUp, run++, target, stand);
    }
  }
  const results: CaseResult[] = [];
  for (let round = 0; round < repeat; round++) {
    const order = targets.map((_, index) => targets[(index + round) % targets.length]);
    for (const benchCase of cases) {
      for (const target of order) {
        if (target === undefined || (benchCase.http === true && target.http === undefined)) continue;
        const result = await runCase(benchCase, run++, target, stand);
        results.push(result);
        const rate = Math.round(result.deliveredPerSecond);
        say(`  ${result.case.padEnd(16)} ${target.name.padEnd(14)} ${rate} delivered/s\n`);
      }
    }
  }
  return results;
}

/** One for each way in that `cases` take. */
function warmUpsFor(cases: readonly BenchCase[]): readonly BenchCase[] {
  const ways = new Map(cases.map(({ secure, http }) => [`${secure} ${http === true}`, { secure, http }]));
  return [...ways.values()].map(({ secure, http }) => ({ ...WARM_UP, secure, ...(http && { http }) }));
}

function atRate(benchCase: BenchCase, ratePerSecond: number, seconds: number = RATE_SECONDS): BenchCase {
  return { ...benchCase, ratePerSecond, count: Math.ceil(ratePerSecond * seconds), maxSeconds: 2 * seconds };
}

/** No relay at all: what generator and sink can do, which every other figure is to be read against. */
function ceiling(port: number): Target {
  return {
    name: 'no relay',
    port,
    auth: undefined,
    from: 'shop@bench.example',
    to: 'customer@sink.example',
    dkimRecords: undefined,
    pids: () => [],
    stop: () => Promise.resolve(),
  };
}

function machine(): string {
  const cpus = os.cpus();
  return `${cpus.length} × ${cpus[0]?.model ?? 'unknown CPU'}, Node.js ${process.version}`;
}

function oneDigit(value: number): string {
  return value.toFixed(1);
}

process.exitCode = await main();
