/**
 * Does one account's flood delay another's mail? One account submits as fast as it can to a destination that answers
 * slowly; another sends single messages, at a steady rate, to one that answers at once. Its latency before the flood,
 * while the flood comes in, and while what came in waits: p99 is to stay within twice the idle figure.
 *
 *   npm run build && node bench/fairness.ts [--flood 100000] [--rate 20] [--seconds 20] [--slow-ms 200]
 *     [--tools native|node] [--json]
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { signatureCpuMs } from './calibration.ts';
import type { LoadOptions, LoadResult } from './load-generator.ts';
import { addSendingDomain, startRelayTarget, type RelayTarget } from './relay-target.ts';
import type { SinkCommand, SinkReport } from './sink.ts';
import { alignColumns } from './table.ts';
import type { ToolProcess } from './tool-process.ts';
import { chooseTools } from './tools.ts';

const FLOOD_DOMAIN = 'flood.example';
const SLOW_DOMAIN = 'slow.example';
const SLOW_ADDRESS = '127.0.0.2';
const FLOOD_MAX_SECONDS = 300;
const FLOOD_RUN = 900_000;
const GRACE_MS = 60_000;

const { values } = parseArgs({
  options: {
    flood: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    'slow-ms': { type: 'string', default: '200' },
    connections: { type: 'string', default: '20' },
    tools: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

interface Phase {
  readonly phase: string;
  readonly messages: number;
  readonly accept: LoadResult['acceptLatency'];
  readonly endToEnd: SinkReport['endToEndLatency'];
}

/** Another account beside the target's own, whose mail goes to the slow destination. */
async function addFlooder({ relay, dns }: RelayTarget): Promise<string> {
  await relay.ctl('account', 'add', 'flooder');
  await addSendingDomain(relay, dns, FLOOD_DOMAIN, 'flooder');
  dns.add(SLOW_DOMAIN, { type: 'MX', preference: 10, exchange: `mx.${SLOW_DOMAIN}` });
  dns.add(`mx.${SLOW_DOMAIN}`, { type: 'A', address: SLOW_ADDRESS });
  const credential = ['credential', 'add', '--kind', 'network', '--name', 'flood', '--allow-ip', '127.0.0.1'];
  await relay.ctl('--account', 'flooder', ...credential);
  return `flood@${FLOOD_DOMAIN}`;
}

function load(
  run: number,
  port: number,
  path: { readonly from: string; readonly to: string },
  how: Pick<LoadOptions, 'connections' | 'reuse' | 'count' | 'maxSeconds' | 'ratePerSecond'>,
): LoadOptions {
  const clear = { tls: 'none', auth: undefined, resumeSessions: false, pipelining: true } as const;
  const target = { host: '127.0.0.1', port, ...clear, from: path.from, to: path.to };
  return { run, target, sizeBytes: 4096, ...how };
}

const { tools, note } = chooseTools(values.tools);
const sink = tools.startSink({ host: '127.0.0.1', port: 0, tls: undefined });
const quiet = tools.startGenerator();
const flooder = tools.startGenerator();
let slow: ToolProcess | undefined;
let target: RelayTarget | undefined;
let run = 0;

/** Single messages of the quiet account, for `seconds`. */
async function measure(relay: RelayTarget, phase: string, seconds: number): Promise<Phase> {
  const ratePerSecond = Number(values.rate);
  const count = Math.ceil(seconds * ratePerSecond);
  run++;
  sink.send({ command: 'expect', run, count } satisfies SinkCommand);
  const how = { connections: 10, reuse: false, count, maxSeconds: seconds, ratePerSecond };
  quiet.send(load(run, relay.port, relay, how));
  const sent = await quiet.next<LoadResult>(seconds * 1_000 + GRACE_MS);
  sink.send({ command: 'report', unique: sent.accepted, withinMs: GRACE_MS } satisfies SinkCommand);
  const arrived = await sink.next<SinkReport>(2 * GRACE_MS);
  if (arrived.unique < sent.started)
    throw new Error(`${phase}: ${sent.started - arrived.unique} did not arrive`);
  return { phase, messages: arrived.unique, accept: sent.acceptLatency, endToEnd: arrived.endToEndLatency };
}

try {
  const { listening } = await sink.next<{ listening: number }>(10_000);
  const delayMs = Number(values['slow-ms']);
  slow = tools.startSink({ host: SLOW_ADDRESS, port: listening, tls: undefined, delayMs });
  await slow.next<{ listening: number }>(10_000);
  target = await startRelayTarget({ mxPort: listening });
  const from = await addFlooder(target);
  const conditions = {
    date: new Date().toISOString(),
    loadAverage: os.loadavg(),
    rsaMs: signatureCpuMs(),
    tools: tools.name,
  };
  const seconds = Number(values.seconds);
  await measure(target, 'warm-up', 5);
  const phases = [await measure(target, 'before', seconds)];

  const count = Number(values.flood);
  slow.send({ command: 'expect', run: FLOOD_RUN, count } satisfies SinkCommand);
  flooder.send(
    load(
      FLOOD_RUN,
      target.port,
      { from, to: `customer@${SLOW_DOMAIN}` },
      {
        connections: Number(values.connections),
        reuse: true,
        count,
        maxSeconds: FLOOD_MAX_SECONDS,
        ratePerSecond: undefined,
      },
    ),
  );
  const flooded = flooder.next<LoadResult>(FLOOD_MAX_SECONDS * 1_000 + GRACE_MS);
  phases.push(await measure(target, 'while it comes in', seconds));
  const { accepted, firstStartUs, lastAcceptUs } = await flooded;
  phases.push(await measure(target, 'while it waits', seconds));
  const perSecond = (accepted * 1e6) / (lastAcceptUs - firstStartUs);
  const waiting = await target.relay.ctl<{ queued: number }>('queue', 'summary');

  if (values.json) console.log(JSON.stringify({ ...conditions, accepted, perSecond, phases }, undefined, 2));
  else {
    const ms = (us: number) => (us / 1e3).toFixed(1);
    const [idle] = phases;
    console.log(
      `${conditions.date}, load average ${os
        .loadavg()
        .map((one) => one.toFixed(1))
        .join(' ')}\n${note}\n` +
        `flood: ${accepted} messages, ${perSecond.toFixed(0)} a second; ${waiting.queued} of them queued at the end`,
    );
    console.log(
      alignColumns([
        ['single messages', 'number', 'accept p50', 'p99', 'to MX p50', 'p99 ms', 'p99 to idle'],
        ...phases.map(({ phase, messages, accept, endToEnd }) => [
          phase,
          String(messages),
          ms(accept.p50Us),
          ms(accept.p99Us),
          ms(endToEnd.p50Us),
          ms(endToEnd.p99Us),
          (endToEnd.p99Us / (idle?.endToEnd.p99Us ?? 1)).toFixed(1),
        ]),
      ]),
    );
  }
} finally {
  await target?.stop();
  for (const child of [flooder, quiet, sink, slow]) await child?.stop();
}
