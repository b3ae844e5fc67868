/**
 * Is anything lost? Several relayd on one PostgreSQL with a synchronous standby, a constant stream of messages over SMTP and
 * HTTP, nodes killed (-9) at random and started again after a random while, the database killed, or failed over, in between.
 * Then all is drained and counted at both ends. Prints a table; exits 1 when a message that was answered 250 or 200 did not
 * arrive, something is left in the queue, a message came twice that was not in flight at a kill, or one was refused for good.
 *
 *   npm run build && node bench/fleet-kills.ts [--nodes 3] [--kills 50] [--failovers 6] [--seconds 600] [--rate 30] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { delay, systemClock } from '../src/platform/clock.ts';
import type { Random } from '../src/platform/random.ts';
import { Relay } from '../test/e2e/support/relay-process.ts';
import { eventually } from '../test/support/eventually.ts';
import { startFakeMx } from '../test/support/fake-mx.ts';
import { seededRandom } from '../test/support/seeded-random.ts';
import { startClients } from './kills-clients.ts';
import { KillsDatabase } from './kills-database.ts';
import { KillsLedger } from './kills-ledger.ts';
import { setUp, startDns } from './relay-target.ts';
import { alignColumns } from './table.ts';

const KEY = '11'.repeat(32);
const SMTP_CLIENTS = 8;
const HTTP_CLIENTS = 4;
/** How long a node lives and stays away: shorter and longer than its lease and the 6.5 s for its predecessor. */
const LIVES_MS = [1_000, 20_000] as const;
const AWAY_MS = [0, 15_000] as const;
const DATABASE_LIVES_MS = [5_000, 30_000] as const;
/** Leases of 20 s, attempts again after what failed, events numbered. */
const DRAIN_MS = 180_000;
const SAY_EVERY_MS = 20_000;
const LOOK_EVERY_MS = 500;

interface Run {
  readonly ledger: KillsLedger;
  readonly random: Random;
  readonly database: KillsDatabase;
  /** A time, and what ends a run early. */
  readonly endsAtMs: number;
  killsLeft: number;
  failoversLeft: number;
}

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '3' },
    kills: { type: 'string', default: '50' },
    failovers: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '600' },
    rate: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  const ledger = new KillsLedger();
  const random = seededRandom(Number(values.seed));
  const mx = await startFakeMx({
    ...{ keepMessages: false, keepContent: false },
    onMessage: ({ recipients, helo }) => {
      for (const { address } of recipients)
        ledger.arrive(Number(/\+(\d+)@/.exec(address)?.[1]), { atMs: performance.now(), node: helo });
    },
  });
  cleanup.defer(() => mx.close());
  const dns = await startDns();
  cleanup.defer(() => dns.stop());
  const database = await KillsDatabase.start();
  cleanup.defer(() => database.stop());
  const nodes = new Map<string, Relay>();
  const listening = new Set<Relay>();
  for (let number = 1; number <= Number(values.nodes); number++) {
    const name = `node-${number}.kills.example`;
    const relay = new Relay({
      dnsServer: dns.server,
      mxPort: mx.port,
      config: {
        ...{ hostname: name, data_key: KEY, store: { url: database.url }, node: { name } },
        ...{ http: { listen: ['127.0.0.1:0'] }, log: { format: 'json', level: 'warn' } },
        delivery: { port: mx.port, allow_private_addresses: true, retry_schedule: ['1s'] },
      },
    });
    cleanup.defer(() => relay.dispose());
    await relay.start();
    nodes.set(name, relay);
    listening.add(relay);
  }
  const [first] = listening;
  if (first === undefined) throw new Error('a fleet has at least one node');
  const { from, http } = await setUp(first, dns, 'rsa');
  const endsAtMs = systemClock.monotonic() + Number(values.seconds) * 1000;
  const [killsLeft, failoversLeft] = [Number(values.kills), Number(values.failovers)];
  const run: Run = { ledger, random, database, endsAtMs, killsLeft, failoversLeft };
  const clients = startClients({
    ...{ nodes: () => [...listening], ledger, random, from, key: http?.key ?? '' },
    // Every third is answered slowly, so that a kill meets attempts in flight.
    to: (number) => `${number % 3 === 0 ? 'slow-400ms' : 'prompt'}+${number}@sink.example`,
    ...{ ratePerSecond: Number(values.rate), smtp: SMTP_CLIENTS, http: HTTP_CLIENTS },
  });
  const watch = watchTime(ledger);
  await Promise.all([
    ...[...nodes].map(([name, relay]) => killAgainAndAgain(run, name, relay, listening)),
    failAgainAndAgain(run),
  ]);
  await clients.stop();
  const left = await drain(run);
  watch.stop();
  say(`\n${report(ledger, run, left)}\n`);
  for (const [name, relay] of nodes) sayErrors(name, relay.log());
  const faults = ledger.lost().length + ledger.repeats().unexplained.length + ledger.refusedForGood;
  return left === '' && faults === 0 ? 0 : 1;
}

async function killAgainAndAgain(run: Run, name: string, relay: Relay, listening: Set<Relay>): Promise<void> {
  while (run.killsLeft > 0 && systemClock.monotonic() < run.endsAtMs) {
    await pause(run, LIVES_MS);
    if (run.killsLeft-- <= 0) break;
    listening.delete(relay);
    run.ledger.kills.push({ atMs: performance.now(), node: name });
    await relay.kill();
    await pause(run, AWAY_MS);
    // A database that is away at the start ends it; whoever supervises it starts it again.
    await eventually(() => relay.start().then(() => true), { timeoutMs: 300_000, everyMs: LOOK_EVERY_MS });
    listening.add(relay);
  }
}

/** In turn a kill with a restart, and a failover. */
async function failAgainAndAgain(run: Run): Promise<void> {
  const { database, ledger } = run;
  for (let turn = 0; run.failoversLeft > 0 && systemClock.monotonic() < run.endsAtMs; turn++) {
    await pause(run, DATABASE_LIVES_MS);
    run.failoversLeft--;
    const fromMs = performance.now();
    const restarts = turn % 2 === 0;
    await (restarts ? database.killAndRestart() : database.failOver());
    const untilMs = performance.now();
    ledger.outages.push({ fromMs, untilMs });
    say(
      `database ${restarts ? 'killed and started' : 'failed over'}: away ${Math.round(untilMs - fromMs)} ms\n`,
    );
    if (!restarts) await database.follow();
  }
}

/** What is left when nothing moves any more; empty when all is settled and told. */
async function drain({ ledger, database }: Run): Promise<string> {
  const waiting = async () => {
    const [unsettled, pending] = [
      await database.ask('SELECT count(*) FROM message WHERE unsettled > 0'),
      await database.ask('SELECT count(*) FROM event_pending'),
    ].map(Number);
    const lost = ledger.lost().length;
    const isLeft = unsettled !== 0 || pending !== 0 || lost !== 0;
    return isLeft ? `${unsettled} unsettled, ${pending} events without a number, ${lost} not arrived` : '';
  };
  const settled = async () => (await waiting()) === '';
  await eventually(settled, { timeoutMs: DRAIN_MS, everyMs: LOOK_EVERY_MS }).catch(() => undefined);
  return await waiting();
}

function report(ledger: KillsLedger, run: Run, left: string): string {
  const { atKill, atStall, unexplained } = ledger.repeats();
  const failovers = ledger.outages.length;
  const rows = [
    ['nodes', values.nodes],
    ['kills of nodes', String(ledger.kills.length)],
    ['deaths of the database, every second a failover', String(failovers)],
    ['accepted over SMTP', String(ledger.accepted.smtp)],
    ['accepted over HTTP', String(ledger.accepted.http)],
    ['refused for now', String(ledger.refusedForNow)],
    ['refused for good', String(ledger.refusedForGood)],
    ['not handed over: no node there', String(ledger.notHandedOver)],
    ['handed over, no answer', String(ledger.unanswered)],
    ['accepted and delivered at least once', String(ledger.delivered)],
    ['lost', String(ledger.lost().length)],
    ['repeats of attempts in flight at a kill', String(atKill)],
    ['repeats while the machine stood still', String(atStall)],
    ['other repeats', String(unexplained.length)],
    ['left in the store', left === '' ? 'nothing' : left],
  ];
  const details = unexplained.slice(0, 10).map((number) => {
    const arrivals = ledger.arrivalsOf(number).map(({ atMs, node }) => `${node} at ${Math.round(atMs)}`);
    return `message ${number}: ${arrivals.join(', ')}`;
  });
  if (unexplained.length > 0)
    details.push(JSON.stringify({ kills: ledger.kills, outages: ledger.outages, stalls: ledger.stalls }));
  const early = run.killsLeft > 0 || run.failoversLeft > 0 ? ['The time was up before all were killed.'] : [];
  return [alignColumns(rows), ...details, ...early].join('\n');
}

/** Says how far it is, and notes when this process got no time: then the nodes got none either. */
function watchTime(ledger: KillsLedger): { stop(): void } {
  let beforeMs = performance.now();
  let saidMs = beforeMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - beforeMs > LOOK_EVERY_MS * 4) ledger.stalls.push({ fromMs: beforeMs, untilMs: nowMs });
    beforeMs = nowMs;
    if (nowMs - saidMs < SAY_EVERY_MS) return;
    saidMs = nowMs;
    const { kills, outages, acceptedCount, delivered } = ledger;
    say(
      `${kills.length} kills, ${outages.length} of the database, ${acceptedCount} accepted, ${delivered} delivered\n`,
    );
  }, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

/** Errors of a node's log, each with its count. */
function sayErrors(name: string, log: string): void {
  const counts = new Map<string, number>();
  for (const line of log.split('\n').filter((text) => text.includes('"level":"error"'))) {
    const { event, reason = '' } = JSON.parse(line) as { readonly event: string; readonly reason?: string };
    counts.set(`${event}: ${reason}`, (counts.get(`${event}: ${reason}`) ?? 0) + 1);
  }
  for (const [event, count] of counts) say(`${name}: ${count} × ${event}\n`);
}

function pause({ random }: Run, [fromMs, toMs]: readonly [number, number]): Promise<void> {
  return delay(systemClock, fromMs + random.float() * (toMs - fromMs));
}

function say(text: string): void {
  process.stdout.write(text);
}
