/**
 * Suppressions by the million: what import and export of a file cost through relayctl's own command, and a look-up beside
 * so many. CPU time and the time that passed; on a busy machine the first says more.
 *
 *   node bench/suppression.ts [--rows 1000000]
 */
import { createReadStream, createWriteStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { suppressionExport } from '../src/cli/commands/suppression-export.ts';
import { suppressionImport } from '../src/cli/commands/suppression-import.ts';
import type { CommandContext } from '../src/cli/program/command-context.ts';
import { Options } from '../src/cli/program/options.ts';
import { systemClock } from '../src/platform/clock.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';

const LOOKUPS = 50_000;
const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const folder = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
const store = openSqliteStore({
  dataDir: folder,
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  exclusive: false,
});
const reader = openSqliteReader(folder);
try {
  const file = path.join(folder, 'list.csv');
  await writeList(file);
  await measure('import', rows, async () => {
    await suppressionImport.run(await contextOf(), { arguments: [file], options: new Options({}) });
  });
  const out = openSync(path.join(folder, 'export.csv'), 'w');
  await measure('export', rows, async () => {
    await suppressionExport.run(await contextOf(out), { arguments: [], options: new Options({}) });
  });
  const account = await reader.accountByName('default');
  if (account === undefined) throw new Error('there is no account');
  for (const [name, addressOf] of [
    ['look-up, suppressed', address],
    ['look-up, not suppressed', (number: number) => `not-${address(number)}`],
  ] as const) {
    await measure(name, LOOKUPS, async () => {
      for (let number = 0; number < LOOKUPS; number++) {
        const at = (number * 7919) % rows;
        const found = await reader.suppressionFor(
          account.id,
          'transactional',
          addressOf(at),
          systemClock.now(),
        );
        if ((found !== undefined) !== (addressOf === address))
          throw new Error(`wrong answer for ${addressOf(at)}`);
      }
    });
  }
  const { rss } = process.memoryUsage();
  console.log(
    `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, now ${Math.round(rss / 2 ** 20)} MiB`,
  );
} finally {
  reader.close();
  await store.close();
  rmSync(folder, { recursive: true });
}

/** Spread over the key space, as real lists are. */
function address(number: number): string {
  const scattered = (number * 2_654_435_761) % 4_294_967_296;
  return `user.${scattered.toString(36)}.${number}@${number % 3 === 0 ? 'gmail.com' : `example${scattered % 20_000}.org`}`;
}

async function writeList(file: string): Promise<void> {
  const stream = createWriteStream(file);
  stream.write('address,reason,created_at,evidence\n');
  for (let number = 0; number < rows; number++) {
    const line = `${address(number)},unknown-address,2025-01-01T00:00:00Z,550 5.1.1 no such user here\n`;
    if (!stream.write(line)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

/** As much of a command's surroundings as the two commands use. */
async function contextOf(out?: number): Promise<CommandContext> {
  const account = await reader.accountByName('default');
  return {
    nowMs: systemClock.now(),
    reader,
    services: {
      actor: 'bench',
      clock: systemClock,
      runningRelay: () => undefined,
      readInput: (file: string) => createReadStream(file, { highWaterMark: 1024 * 1024 }),
    },
    global: { json: false },
    io: { out: (data: string) => out !== undefined && writeSync(out, data) },
    account: () => account,
    accounts: () => [account],
    namedAccount: () => undefined,
    writer: () => Promise.resolve(store),
    print: (text: string) => console.log(text),
  } as unknown as CommandContext;
}

async function measure(name: string, operations: number, run: () => Promise<void> | void): Promise<void> {
  const cpu = process.cpuUsage();
  const startedMs = systemClock.monotonic();
  await run();
  const elapsedMs = systemClock.monotonic() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const each = ((user + system) / operations).toFixed(1);
  console.log(
    `${name}: ${(elapsedMs / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU, ${each} µs of CPU each`,
  );
}
