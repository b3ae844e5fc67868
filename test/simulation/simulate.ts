/**
 * `npm run simulate`: runs worlds, in as many processes as there are processors, and says which broke a promise and how
 * to run those again. Exit code 0: none did.
 *
 *   npm run simulate -- --seed 7 --hours 24            one world
 *   npm run simulate -- --seeds 1..1000 --hours 24     a thousand
 *   npm run simulate -- --seeds 1..50 --shaped always  each with rules of shaping; without it the seed decides
 *   npm run simulate -- --seed 7 --load full      as much mail as in a short world; without it the seed decides
 *   npm run simulate -- --seed 7 --trace [--about TEXT]   and what happened in it, line by line
 */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Load, Shaped } from './plan.ts';
import { simulateSeed, type SeedOptions, type SeedReport } from './simulate-seed.ts';

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly hours: number;
  readonly shaped: Shaped;
  readonly load: Load;
  readonly processes: number;
  readonly trace: boolean;
  readonly about: string | undefined;
}

const USAGE = `usage: npm run simulate -- [--seed N | --seeds FROM..TO] [--hours H] [--shaped always|never] [--load full] [--processes N] [--trace [--about TEXT]]`;
const DEFAULT_HOURS = 24;
const SHAPED: readonly Shaped[] = ['by seed', 'always', 'never'];
const LOADS: readonly Load[] = ['by seed', 'full'];
/** A world that broke a promise is shown with so much of its trace. */
const LINES = 30;

function wanted(): Wanted | undefined {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        hours: { type: 'string', default: String(DEFAULT_HOURS) },
        shaped: { type: 'string', default: 'by seed' },
        load: { type: 'string', default: 'by seed' },
        processes: { type: 'string', default: String(availableParallelism()) },
        trace: { type: 'boolean', default: false },
        about: { type: 'string' },
      },
    });
    const [from, to = from] = (values.seeds ?? values.seed ?? '1').split('..').map(Number);
    const hours = Number(values.hours);
    const processes = Number(values.processes);
    const shaped = SHAPED.find((one) => one === values.shaped);
    const load = LOADS.find((one) => one === values.load);
    const ok = [from, to].every(Number.isSafeInteger) && hours > 0 && processes >= 1;
    if (!ok || from === undefined || to === undefined || shaped === undefined || load === undefined)
      return undefined;
    return { from, to, hours, shaped, load, processes, trace: values.trace, about: values.about };
  } catch {
    return undefined;
  }
}

/** How to see it again. */
function replay({ seed, hours, shaped, load }: SeedReport): string {
  const said = (name: string, value: string | undefined) =>
    value === undefined || value === 'by seed' ? '' : ` --${name} ${value}`;
  return `npm run simulate -- --seed ${seed} --hours ${hours}${said('shaped', shaped)}${said('load', load)}`;
}

function show(report: SeedReport): void {
  if (report.broken === undefined) return;
  const at = report.worldHours.toFixed(2);
  console.log(`\nseed ${report.seed} broke a promise after ${at} hours: ${report.broken}`);
  for (const line of report.lastLines.slice(-LINES)) console.log(`  ${line}`);
  console.log(`again: ${replay(report)}`);
}

class Summary {
  #worlds = 0;
  #worldHours = 0;
  #deliveries = 0;
  #transactions = 0;
  #suddenEnds = 0;
  #repeated = 0;
  readonly #broken: SeedReport[] = [];
  readonly #startedAt = performance.now();

  add(report: SeedReport): void {
    this.#worlds++;
    this.#worldHours += report.worldHours;
    this.#deliveries += report.counts['deliveries'] ?? 0;
    this.#transactions += report.counts['transactions'] ?? 0;
    this.#suddenEnds += report.counts['suddenEnds'] ?? 0;
    this.#repeated += report.counts['repeated'] ?? 0;
    if (report.broken !== undefined) this.#broken.push(report);
    show(report);
  }

  /** The exit code. */
  print(): number {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const hours = Math.round(this.#worldHours);
    console.log(
      `\n${this.#worlds} worlds, ${hours} hours in ${Math.round(seconds)} s (${Math.round(hours / seconds)} hours a second): ` +
        `${this.#deliveries} deliveries, ${this.#transactions} transactions, ${this.#suddenEnds} sudden ends, ` +
        `${this.#repeated} deliveries repeated after one`,
    );
    for (const report of this.#broken) console.log(`failed: ${replay(report)}`);
    if (this.#broken.length === 0) console.log('every promise was kept');
    return this.#broken.length === 0 ? 0 : 1;
  }
}

async function runHere(
  { from, to, hours, shaped, load, trace, about }: Wanted,
  onReport: (report: SeedReport) => void,
) {
  const onTraceLine = (line: string) => {
    if (about === undefined || line.includes(about)) console.log(line);
  };
  for (let seed = from; seed <= to; seed++)
    onReport(await simulateSeed({ seed, hours, shaped, load, ...(trace ? { onTraceLine } : {}) }));
}

/** Each process asks for the next seed when it is done with one. */
async function runSpread(
  { from, to, hours, shaped, load, processes }: Wanted,
  onReport: (report: SeedReport) => void,
) {
  let next = from;
  const give = (child: ChildProcess) => {
    if (next > to) child.disconnect();
    else child.send({ seed: next++, hours, shaped, load });
  };
  const ended = Array.from({ length: Math.min(processes, to - from + 1) }, () => {
    const child = fork(fileURLToPath(import.meta.url));
    child.on('message', (report) => {
      onReport(report as SeedReport);
      give(child);
    });
    give(child);
    return new Promise<void>((resolve, reject) => {
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a process ended with ${code ?? ''}`)),
      );
    });
  });
  await Promise.all(ended);
}

if (process.send === undefined) {
  const what = wanted();
  if (what === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
  } else {
    const summary = new Summary();
    const run = what.processes === 1 || what.from === what.to ? runHere : runSpread;
    await run(what, (report) => summary.add(report));
    process.exitCode = summary.print();
  }
} else {
  process.on('message', (message) => {
    void simulateSeed(message as SeedOptions).then((report) => process.send?.(report));
  });
}
