/**
 * How long a store takes to move: one of many messages, half of them delivered, with content, attempts, events and
 * statistics, by `relayctl db copy` from SQLite to PostgreSQL and back, each a process whose memory is watched. Beside it what
 * the disk takes, and the copy without the comparison.
 *
 *   npm run build && node bench/copy.ts [--messages 200000] [--octets 4096]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withoutSettings } from '../src/config/read-environment.ts';
import { startPostgresServer } from '../src/demo/postgres-server.ts';
import { withConnection } from '../src/store/postgres/engine/connection.ts';
import { databasePath } from '../src/store/place.ts';
import { fillStore } from './copy-store.ts';
import { cpuMsOf, memoryOf } from './measure.ts';
import { alignColumns } from './table.ts';

const KEY = '11'.repeat(32);
const LOOK_EVERY_MS = 100;

interface Copied {
  readonly rows: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '200000' },
    octets: { type: 'string', default: '4096' },
  },
});

const folder = mkdtempSync(path.join(tmpdir(), 'postern-copy-'));
const server = await startPostgresServer({ durable: true, settings: ['max_wal_size=4GB'] });
try {
  const from = folderOf('from');
  const startMs = performance.now();
  await fillStore(from, { messages: Number(values.messages), sizeBytes: Number(values.octets) });
  const mib = Math.round(statSync(databasePath(from)).size / 2 ** 20);
  process.stdout.write(`filled in ${seconds(performance.now() - startMs)} s: ${mib} MiB\n`);
  const results: [string, Copied][] = [];
  for (const check of [true, false]) {
    const name = check ? 'compared' : 'counted';
    const url = await newDatabase(name);
    const back = folderOf(`back-${name}`);
    results.push([`to PostgreSQL, ${name}`, await copy('sqlite:', from, url, check)]);
    results.push([`to SQLite, ${name}`, await copy(url, from, `sqlite:${back}`, check)]);
    rmSync(back, { recursive: true });
  }
  const rows = results.map(([name, { rows: count, ms, cpuMs, peakBytes }]) => [
    name,
    String(count),
    seconds(ms),
    String(Math.round((count / ms) * 1000)),
    seconds(cpuMs),
    String(Math.round(peakBytes / 2 ** 20)),
  ]);
  const titles = ['copy', 'rows', 's', 'rows/s', 'CPU s', 'peak MiB'];
  process.stdout.write(`${alignColumns([titles, ...rows])}\n`);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

function folderOf(name: string): string {
  const made = path.join(folder, name);
  mkdirSync(made, { mode: 0o700 });
  return made;
}

async function newDatabase(name: string): Promise<string> {
  await withConnection(server.url, (client) => client.query(`CREATE DATABASE ${name}`));
  return `postgres://${server.user}@/${name}?host=${encodeURIComponent(server.host)}`;
}

/** One relayctl, from its start to its end. */
async function copy(from: string, dataDir: string, to: string, check: boolean): Promise<Copied> {
  const config = path.join(folder, 'relay.toml');
  const text = `hostname = "copy.example"\ndata_dir = "${dataDir}"\ndata_key = "${KEY}"\n[store]\nurl = "${from}"\n`;
  writeFileSync(config, text, { mode: 0o600 });
  const args = ['bin/relayctl.js', 'db', 'copy', '--to', to, '--json', '--config', config];
  const startMs = performance.now();
  const child = spawn(process.execPath, check ? args : [...args, '--no-check'], {
    cwd: path.resolve(import.meta.dirname, '..'),
    env: withoutSettings(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const peak = { cpuMs: 0, bytes: 0 };
  const timer = setInterval(() => {
    const { pid = -1 } = child;
    peak.cpuMs = cpuMsOf(pid) ?? peak.cpuMs;
    peak.bytes = memoryOf(pid)?.peakRssBytes ?? peak.bytes;
  }, LOOK_EVERY_MS);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`relayctl ended with ${String(code)}`);
  const { rows } = JSON.parse(output) as { readonly rows: Readonly<Record<string, number>> };
  return {
    rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
    ms: performance.now() - startMs,
    cpuMs: peak.cpuMs,
    peakBytes: peak.bytes,
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
