/**
 * Does memory stay flat? Rounds of messages through the real relayd, and reports on port 25 between them (good ones, ones
 * without a token, and what is no report at all), with the memory of relayd and its children read after each round while
 * nothing is under way and its garbage is collected. Prints a line a round; exits 1 when the second half of the rounds holds more than the first.
 *
 *   npm run build && node bench/soak.ts [--messages 1000000] [--reports 100000] [--rounds 20] [--tools native|node]
 */
import { parseArgs } from 'node:util';
import { Wire } from '../test/protocol/support/dialogue.ts';
import { collectGarbage, freeInspectorPort } from './collector.ts';
import { startRelayTarget, type RelayTarget } from './relay-target.ts';
import { memoryOfTrees } from './process-tree.ts';
import { runCase } from './run-case.ts';
import type { SinkOptions } from './sink.ts';
import { chooseTools } from './tools.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    reports: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '20' },
    tools: { type: 'string' },
  },
});

const REPORT_SESSIONS = 8;
/** Within the ration of a host (src/inbound/client-rates.ts). */
const REPORTS_A_NETWORK = 500;
let networks = 0;
const ROUND_MAX_SECONDS = 600;
const SAMPLES = 8;
const SAMPLE_EVERY_MS = 250;
const MIB = 1024 * 1024;
/** The first rounds fill caches and pages of the database. */
const WARM_UP_SHARE = 0.25;
/** Growth that is noise: pages of the database's cache, arenas of the allocator. */
const NOISE_SHARE = 0.08;

interface Sample {
  readonly rssMib: number;
  readonly heapMib: number;
}

const sinkOptions: SinkOptions = { host: '127.0.0.1', port: 0, tls: undefined };
const { tools, note } = chooseTools(values.tools);
const sink = tools.startSink(sinkOptions);
const generator = tools.startGenerator();
let target: RelayTarget | undefined;
try {
  const { listening } = await sink.next<{ listening: number }>(10_000);
  const inspectorPort = await freeInspectorPort();
  target = await startRelayTarget({
    nodeArguments: [`--inspect=127.0.0.1:${inspectorPort}`],
    mxPort: listening,
    dkim: 'rsa',
    config: {
      inbound: { listen: ['127.0.0.1:0'], postmaster: 'postmaster@sink.example' },
      log: { level: 'error' },
    },
  });
  console.log(note);
  const rounds = Number(values.rounds);
  const messages = Math.ceil(Number(values.messages) / rounds);
  const reports = Math.ceil(Number(values.reports) / rounds);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    const load = {
      name: `round ${round + 1}`,
      sizeBytes: 4096,
      connections: 20,
      reuse: round % 2 === 0,
      secure: false,
      count: messages,
      maxSeconds: ROUND_MAX_SECONDS,
      ratePerSecond: undefined,
    };
    const { accepted, delivered, deliveredPerSecond } = await runCase(load, round, target, {
      generator,
      sink,
    });
    const answers = await sendReports(target, reports);
    await collectGarbage(inspectorPort);
    const sample = await quietMemory(target);
    samples.push(sample);
    console.log(
      `${load.name}: ${accepted} accepted, ${delivered} delivered (${deliveredPerSecond.toFixed(0)}/s), ` +
        `reports ${JSON.stringify(answers)}; RSS ${sample.rssMib.toFixed(0)} MiB, heap ${sample.heapMib.toFixed(1)} MiB`,
    );
    if (delivered < accepted) throw new Error(`${accepted - delivered} messages were lost`);
  }
  const settled = samples.slice(Math.ceil(rounds * WARM_UP_SHARE));
  const half = Math.floor(settled.length / 2);
  for (const [what, of] of [
    ['RSS', (sample: Sample) => sample.rssMib],
    ['heap', (sample: Sample) => sample.heapMib],
  ] as const) {
    const [before, after] = [settled.slice(0, half), settled.slice(-half)].map((part) =>
      median(part.map(of)),
    );
    if (before === undefined || after === undefined) continue;
    const grown = after / before - 1;
    console.log(
      `${what}, median: ${before.toFixed(1)} MiB, then ${after.toFixed(1)} MiB (${(100 * grown).toFixed(1)} %)`,
    );
    if (grown > NOISE_SHARE) process.exitCode = 1;
  }
} finally {
  await target?.stop();
  await generator.stop();
  await sink.stop();
}

function median(figures: readonly number[]): number | undefined {
  return figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)];
}

/** Over some sessions at once; resolves to how many got which reply. */
async function sendReports({ relay }: RelayTarget, count: number): Promise<Readonly<Record<string, number>>> {
  const answers: Record<string, number> = {};
  const port = relay.inboundPort;
  let sent = 0;
  await Promise.all(
    Array.from({ length: REPORT_SESSIONS }, async () => {
      while (sent < count) {
        const wire = await Wire.open(port, { localAddress: nextNetwork() });
        await wire.reply();
        await wire.command('EHLO reports.example');
        for (let left = REPORTS_A_NETWORK; left > 0 && sent < count; left--) {
          const content = reportOf(sent++);
          const answer = await wire.message('', ['fbl@bounces.bench.example'], content);
          const code = answer.slice(0, 3);
          answers[code] = (answers[code] ?? 0) + 1;
        }
        wire.destroy();
      }
    }),
  );
  return answers;
}

/** One network alone may not bring so many. */
function nextNetwork(): string {
  const number = networks++ % (100 * 256);
  return `127.${100 + Math.floor(number / 256)}.${number % 256}.1`;
}

function reportOf(number: number): string {
  const about = `Message-ID: <${number}@bench.example>\r\nTo: someone${number}@sink.example\r\n`;
  const head = `From: MAILER-DAEMON@mx.sink.example\r\nTo: fbl@bounces.bench.example\r\nSubject: Report ${number}\r\n`;
  const parts = (type: string, fields: string) =>
    `${head}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=${type}; boundary=b${number}\r\n\r\n` +
    `--b${number}\r\nContent-Type: text/plain\r\n\r\nA report.\r\n` +
    `--b${number}\r\nContent-Type: message/${type}\r\n\r\n${fields}\r\n` +
    `--b${number}\r\nContent-Type: message/rfc822\r\n\r\n${about}\r\n--b${number}--\r\n`;
  switch (number % 4) {
    case 0:
      return parts(
        'delivery-status',
        'Reporting-MTA: dns; mx.sink.example\r\n\r\n' +
          `Final-Recipient: rfc822; someone${number}@sink.example\r\nAction: failed\r\nStatus: 5.1.1\r\n`,
      );
    case 1:
      return parts('feedback-report', 'Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n');
    case 2:
      return `${head}\r\n<${number}@x.example>: 550 5.1.1 no such user\r\n\r\n${about}`;
    default:
      return `${head}Content-Type: text/html\r\n\r\n${'<blockquote>'.repeat(200)}<p>${number}`;
  }
}

/** The least of some looks, so that what waits for the collector counts little. */
async function quietMemory(target: RelayTarget): Promise<Sample> {
  const looks: Sample[] = [];
  for (let look = 0; look < SAMPLES; look++) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS));
    const metrics = await (await fetch(`${target.relay.httpUrl}/metrics`)).text();
    const heap = Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)?.[1]);
    looks.push({ rssMib: (memoryOfTrees(target.pids())?.rssBytes ?? NaN) / MIB, heapMib: heap / MIB });
  }
  return {
    rssMib: Math.min(...looks.map(({ rssMib }) => rssMib)),
    heapMib: Math.min(...looks.map(({ heapMib }) => heapMib)),
  };
}
