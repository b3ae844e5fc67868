/** What npm publishes: packed, installed with `npm install --global` into a folder, and started from there. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let folder: string;
let packed: Packed;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-global-'));
  const pack = npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  const answer = JSON.parse(pack) as readonly Packed[] | Readonly<Record<string, Packed>>;
  packed = Object.values(answer)[0]!;
  npm('install', '--global', '--prefix', folder, '--prefer-offline', path.join(folder, packed.filename));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout;
}

/** An installed program, in an empty folder. */
function run(program: string, ...args: readonly string[]) {
  return spawnSync(path.join(folder, 'bin', program), args, { cwd: folder, encoding: 'utf8' });
}

test('the package has what its programs need, and nothing of the checkout besides', () => {
  const names = packed.files.map(({ path: name }) => name);
  for (const needed of [
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'config/relay.toml',
    'config/bounce-rules.toml',
    'dist/app/relayd.js',
    'dist/man/man8/relayd.8',
    'dist/completion/relayctl.bash',
    'docs/README.md',
  ])
    expect(names).toContain(needed);
  const folders = new Set(names.filter((name) => name.includes('/')).map((name) => name.split('/')[0]));
  expect([...folders].sort()).toEqual(['bin', 'config', 'dist', 'docs', 'packaging']);
  expect(names.filter((name) => /\.(map|ts|tsbuildinfo|pem|db)$/.test(name))).toEqual([]);
});

test('its programs can be run, and its manifest says with which Node.js', () => {
  const { bin, engines } = JSON.parse(
    readFileSync(path.join(folder, 'lib/node_modules/postern/package.json'), 'utf8'),
  ) as { readonly bin: Readonly<Record<string, string>>; readonly engines: Readonly<Record<string, string>> };
  for (const file of Object.values(bin)) {
    expect(packed.files.find(({ path: name }) => name === file)?.mode).toBe(0o755);
    expect(readFileSync(path.join(ROOT, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  }
  expect(engines).toEqual({ node: '>=24' });
  expect(readFileSync(path.join(ROOT, 'bin/node-version.js'), 'utf8')).toContain('const LEAST = 24;');
});

test('every package that the programs import is a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const builtin = createRequire(import.meta.url)('node:module') as { isBuiltin(name: string): boolean };
  const imported = packed.files
    .filter(({ path: name }) => name.endsWith('.js'))
    .flatMap(({ path: name }) => [
      ...readFileSync(path.join(ROOT, name), 'utf8').matchAll(
        /^(?:import|export)[^;]*? from '([^.'][^']*)';$/gm,
      ),
    ])
    .map(([, name = '']) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
    .filter((name) => !builtin.isBuiltin(name));
  expect([...new Set(imported)].filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
});

test('relayd starts from it, and relayctl administers it', async () => {
  const config = path.join(folder, 'relay.toml');
  writeFileSync(
    config,
    `data_dir = "${folder}/data"
submission = { listen = "127.0.0.1:0", listen_tls = "127.0.0.1:0" }
http = { listen = "127.0.0.1:0" }
dns = { servers = ["127.0.0.1:1"] }
`,
  );
  const relayd = spawn(path.join(folder, 'bin/relayd'), ['--config', config], {
    cwd: folder,
    stdio: 'ignore',
  });
  try {
    await eventually(() => run('relayctl', 'status', '--config', config).status !== 3, { timeoutMs: 60_000 });
    const { stdout } = run('relayctl', 'status', '--json', '--config', config);
    expect(JSON.parse(stdout)).toMatchObject({ running: true, version: '0.1.0' });
    expect(run('relayctl', 'account', 'list', '--config', config).stdout).toContain('default');
  } finally {
    const ended = new Promise((resolve) => relayd.once('exit', resolve));
    relayd.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});

test.skipIf(oldNode() === undefined)('an older Node.js gets a sentence (needs one in /usr/bin)', () => {
  const program = path.join(folder, 'lib/node_modules/postern/bin/relayd.js');
  const { status, stderr } = spawnSync('/usr/bin/node', [program], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^relayd needs Node\.js 24 or newer; this is v\d+\.\S+\. Install Node\.js 24, or use the Debian/,
  );
});

function oldNode(): string | undefined {
  const { stdout } = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(stdout)?.[1] ?? 24) < 24 ? stdout : undefined;
}
