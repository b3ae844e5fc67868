/**
 * `npm run simulate:fleet`: runs fleets, one after the other on a PostgreSQL of their own, and says which broke a promise and
 * how to run those again. Exit code 0: none did.
 *
 *   npm run simulate:fleet -- --seed 7 --minutes 10            one fleet
 *   npm run simulate:fleet -- --seeds 1..100 --minutes 10      a hundred
 *   npm run simulate:fleet -- --seed 7 --trace [--about TEXT]  and what happened in it, line by line
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../../support/postgres-server.ts';
import type { Shaped } from '../plan.ts';
import { SERVER_SETTINGS } from './simulated-database.ts';
import { simulateFleet, type FleetReport } from './simulate-fleet-seed.ts';

const SHAPED: readonly Shaped[] = ['by seed', 'always', 'never'];

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    shaped: { type: 'string', default: 'by seed' },
    trace: { type: 'boolean', default: false },
    about: { type: 'string' },
  },
});
const [from = 1, to = from] = (values.seeds ?? values.seed ?? '1').split('..').map(Number);
const minutes = Number(values.minutes);
const { about } = values;
const shaped = SHAPED.find((one) => one === values.shaped);
const onTraceLine = values.trace
  ? (line: string) => {
      if (about === undefined || line.includes(about)) console.log(line);
    }
  : undefined;
const LINES = 30;

if (![from, to].every(Number.isSafeInteger) || !(minutes > 0) || shaped === undefined) {
  console.error(
    'usage: npm run simulate:fleet -- [--seed N | --seeds FROM..TO] [--minutes M] [--shaped always|never] [--trace [--about TEXT]]',
  );
  process.exit(2);
}

function show(report: FleetReport): void {
  const { seed, broken, counts, worldMinutes, realMs, lastLines, hash } = report;
  const { nodes, deliveries, transactions, lives, repeated, doubtful } = counts;
  console.log(
    `seed ${seed}: ${nodes} nodes, ${Math.round(worldMinutes)} minutes in ${Math.round(realMs / 1_000)} s, ` +
      `${deliveries} deliveries, ${transactions} transactions, ${lives} processes, ${repeated} repeated, ` +
      `${doubtful} doubtful, ${hash}`,
  );
  if (broken === undefined) return;
  console.log(JSON.stringify(counts));
  console.log(`seed ${seed} broke a promise: ${broken}`);
  for (const line of lastLines.slice(-LINES)) console.log(`  ${line}`);
  const said = shaped === 'by seed' ? '' : ` --shaped ${shaped ?? ''}`;
  console.log(`again: npm run simulate:fleet -- --seed ${seed} --minutes ${minutes}${said}`);
}

const server = await startPostgres(SERVER_SETTINGS);
let failed = 0;
const sums = new Map<string, number>();
try {
  for (let seed = from; seed <= to; seed++) {
    const report = await simulateFleet({ server, seed, minutes, shaped, onTraceLine });
    show(report);
    if (report.broken !== undefined) failed++;
    for (const [name, count] of Object.entries(report.counts)) sums.set(name, (sums.get(name) ?? 0) + count);
  }
} finally {
  await server.stop();
}
console.log(
  `${to - from + 1} fleets, ${failed} broke a promise; in all ${JSON.stringify(Object.fromEntries(sums))}`,
);
process.exitCode = failed === 0 ? 0 : 1;
