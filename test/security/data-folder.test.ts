/**
 * Who may get at the data folder: the real programs on real files. Each command that is printed is typed, and mends it.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;
const STRANGER = 65_533;

let folder: string;
let dataDir: string;
/** A folder with a store in it, made once: programs take a while to start. */
let made: string;
beforeAll(() => {
  made = mkdtempSync(path.join(tmpdir(), 'postern-made-'));
  folder = made;
  dataDir = path.join(made, 'data');
  expect(ctl('domain', 'add', 'shop.example').code).toBe(0);
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-rights-'));
  // Other users come this far, as they do in real life.
  chmodSync(folder, 0o755);
  dataDir = path.join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface As {
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function run(program: 'relayd' | 'relayctl', args: readonly string[], { uid, env }: As = {}): Run {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(ROOT, `bin/${program}.js`), ...args],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        RELAY_DATA_DIR: dataDir,
        RELAY_HOSTNAME: 'relay.test',
        // Where nothing can listen: a relayd that gets this far was let in, and ends.
        RELAY_SUBMISSION__LISTEN: '192.0.2.1:9',
        RELAY_SUBMISSION__LISTEN_TLS: '192.0.2.1:10',
        RELAY_HTTP__LISTEN: '192.0.2.1:11',
        ...env,
      },
      encoding: 'utf8',
      ...(uid !== undefined && { uid, gid: uid }),
    },
  );
  return { code: status, out: stdout, err: stderr };
}

const ctl = (...args: string[]) => run('relayctl', args);

/** The folder that was made, given to `uid`. */
function makeStore(uid = process.getuid?.() ?? 0): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(path.join(made, 'data'))) {
    const copy = path.join(dataDir, name);
    copyFileSync(path.join(made, 'data', name), copy);
    chmodSync(copy, 0o600);
    chownSync(copy, uid, uid);
  }
  chownSync(dataDir, uid, uid);
}

/** Types what stands behind `fix:`, without the alternative in words. */
function mend(said: string): void {
  const commands = [...said.matchAll(/fix: (?:as root, )?(.*?)(?:, or .*)?$/gm)].map(
    ([, command]) => command ?? '',
  );
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) expect(spawnSync('sh', ['-c', command]).status).toBe(0);
}

test.runIf(IS_ROOT)(
  'a volume that belongs to root, as containers begin with, is said with its command',
  () => {
    mkdirSync(dataDir, { mode: 0o755 });
    const said = run('relayd', [], { uid: NOBODY })
      .err.split('\n')
      .find((line) => line.startsWith('relayd: '));
    expect(said).toMatch(/cannot create the master key .*: this user may not; fix: as root, chown -R 65534 /);
    mend(said ?? '');
    expect(run('relayd', [], { uid: NOBODY }).err).toContain('192.0.2.1');
  },
);

test.runIf(IS_ROOT)('a key that a copy by root left is said with its command', () => {
  makeStore(NOBODY);
  chownSync(path.join(dataDir, 'master.key'), 0, 0);
  const said = run('relayd', [], { uid: NOBODY })
    .err.split('\n')
    .find((line) => line.startsWith('relayd: '));
  expect(said).toMatch(/cannot read the master key/);
  mend(said ?? '');
  expect(run('relayd', [], { uid: NOBODY }).err).toContain('192.0.2.1');
});

test('what the programs make is for its owner alone, whatever the umask', () => {
  const typed = `umask 0 && RELAY_DATA_DIR=${dataDir} "${process.execPath}" ${ROOT}/bin/relayctl.js domain add shop.example`;
  expect(spawnSync('sh', ['-c', typed], { cwd: folder }).status).toBe(0);
  // relayd makes its lock and its certificate before it finds that it cannot listen.
  expect(run('relayd', []).err).toContain('192.0.2.1');
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  const names = readdirSync(dataDir);
  expect(names).toEqual(
    expect.arrayContaining(['master.key', 'postern.db', 'relayd.lock.db', 'self-signed.pem']),
  );
  for (const name of names)
    expect([name, statSync(path.join(dataDir, name)).mode & 0o077]).toEqual([name, 0]);
});

describe('refused, by relayd and by relayctl, until the command that is printed was typed', () => {
  const at = (name: string) => path.join(dataDir, name);
  const putIssued = (folderMode: number, mode: number) => {
    mkdirSync(at('acme'));
    writeFileSync(at('acme/mail.example.org.pem'), 'key');
    chmodSync(at('acme/mail.example.org.pem'), mode);
    chmodSync(at('acme'), folderMode);
  };
  const away = (name: string) => {
    renameSync(at(name), path.join(folder, name));
    symlinkSync(path.join(folder, name), at(name));
  };
  test.each<readonly [string, () => void]>([
    ['a folder that everybody may write to', () => chmodSync(dataDir, 0o777)],
    ['a folder that a group may write to', () => chmodSync(dataDir, 0o770)],
    ['a key that everybody may read', () => chmodSync(at('master.key'), 0o644)],
    ['a key that a group may read', () => chmodSync(at('master.key'), 0o640)],
    ['a key that is a link', () => away('master.key')],
    ['a key of a certificate by ACME that others may read', () => putIssued(0o700, 0o644)],
    ['a folder of such keys that a group may write to', () => putIssued(0o770, 0o600)],
    ['a database that is a link', () => away('postern.db')],
    ['a database that a group may write to', () => chmodSync(at('postern.db'), 0o660)],
    [
      'all of it at once',
      () => {
        away('master.key');
        away('postern.db');
        chmodSync(dataDir, 0o777);
      },
    ],
  ])('%s', (_, spoil) => {
    makeStore();
    spoil();
    const started = run('relayd', []);
    expect(started.code).toBe(1);
    expect(started.err).not.toContain('192.0.2.1');
    expect(started.err).not.toContain('    at ');
    const refused = ctl('domain', 'list', '--json');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'unsafe' } });
    mend(ctl('domain', 'list').err);
    expect(ctl('domain', 'list')).toMatchObject({
      code: 0,
      out: expect.stringContaining('shop.example') as string,
    });
    expect(run('relayd', []).err).toContain('192.0.2.1');
  });

  test('whatever relayctl is to do there; status and config check say why', () => {
    makeStore();
    chmodSync(dataDir, 0o777);
    expect(ctl('suppression', 'add', 'a@b.test').code).toBe(1);
    expect(ctl('config', 'check').code).toBe(1);
    const status = ctl('status', '--json');
    expect(status.code).toBe(3);
    expect(JSON.parse(status.out)).toMatchObject({
      queue: null,
      warnings: expect.arrayContaining([expect.stringContaining('fix: ')]) as unknown,
    });
  });

  test('a link where the database is to be made', () => {
    mkdirSync(dataDir, { mode: 0o700 });
    symlinkSync(path.join(folder, 'elsewhere'), at('postern.db'));
    expect(ctl('domain', 'add', 'shop.example').err).toContain('is a symbolic link');
    expect(readdirSync(folder)).toEqual(['data']);
  });
});

describe('warned of, with a command that mends it', () => {
  const warnings = (env: Readonly<Record<string, string>> = {}) => {
    const { code, out } = run('relayctl', ['config', 'check', '--json'], { env });
    expect(code).toBe(0);
    const said = (JSON.parse(out) as { warnings: readonly string[] }).warnings.filter((one) =>
      one.includes('fix: '),
    );
    return said.join('\n');
  };

  test('a folder and a database that others may read; relayd says so in its log', () => {
    makeStore();
    chmodSync(dataDir, 0o755);
    chmodSync(path.join(dataDir, 'postern.db'), 0o644);
    const said = warnings();
    expect(said.split('\n')).toEqual([
      `${dataDir} can be read by other users (mode 0755); fix: chmod 700 ${dataDir}`,
      `${dataDir}/postern.db can be read by other users (mode 0644); fix: chmod 600 ${dataDir}/postern.db`,
    ]);
    expect(run('relayd', []).out).toContain(`fix: chmod 700 ${dataDir}`);
    mend(said);
    expect(warnings()).toBe('');
  });

  test('files with secrets that every user of the machine may read', async () => {
    const key = path.join(folder, 'data.key');
    writeFileSync(key, 'a'.repeat(64), { mode: 0o644 });
    const tls = path.join(folder, 'tls.pem');
    const made = await makeSelfSignedCertificate('relay.test');
    writeFileSync(tls, made.cert + made.key, { mode: 0o644 });
    const env = {
      RELAY_HOSTNAME: 'relay.test',
      RELAY_DATA_KEY_FILE: key,
      RELAY_TLS__KEY: tls,
      RELAY_TLS__CERT: tls,
    };
    const said = warnings(env);
    expect(said).toContain(`${key} holds a secret`);
    expect(said).toContain(`${tls} holds a secret`);
    mend(said);
    expect(warnings(env)).toBe('');
  });

  test('a configuration with a secret in it, and none without', () => {
    const file = path.join(folder, 'relay.toml');
    writeFileSync(file, `data_key = "${'a'.repeat(64)}"\n`, { mode: 0o644 });
    const env = { RELAY_CONFIG: file };
    const said = warnings(env);
    expect(said).toContain(`${file} holds a secret`);
    mend(said);
    expect(warnings(env)).toBe('');
    writeFileSync(file, 'log.level = "info"\n');
    chmodSync(file, 0o644);
    expect(warnings(env)).toBe('');
  });
});

test('the folder itself may be named by a link', () => {
  const real = path.join(folder, 'disk');
  mkdirSync(real, { mode: 0o700 });
  symlinkSync(real, dataDir);
  makeStore();
  expect(ctl('domain', 'list').code).toBe(0);
  chmodSync(real, 0o777);
  expect(ctl('domain', 'list').err).toContain('fix: chmod 700');
});

describe.skipIf(!IS_ROOT)('owners (needs root, to have several)', () => {
  test('a folder of another user is refused until it is given over', () => {
    makeStore();
    chownSync(dataDir, STRANGER, STRANGER);
    const { code, err } = run('relayctl', ['domain', 'list'], { uid: NOBODY });
    expect(code).toBe(1);
    expect(err).toContain(`belongs to another user (uid ${STRANGER}, expected ${NOBODY})`);
    mend(err);
    expect(run('relayctl', ['domain', 'list'], { uid: NOBODY }).code).toBe(0);
  });

  test('a file of another user in the own folder is refused', () => {
    makeStore(NOBODY);
    chownSync(path.join(dataDir, 'postern.db'), STRANGER, STRANGER);
    for (const as of [{ uid: NOBODY }, {}]) {
      const { err } = run('relayctl', ['domain', 'list'], as);
      expect(err).toContain(`postern.db belongs to another user (uid ${STRANGER}, expected ${NOBODY})`);
    }
  });

  test('root works for the owner of the folder; a relayd that does is warned of', () => {
    makeStore(NOBODY);
    expect(ctl('domain', 'list').code).toBe(0);
    expect(run('relayd', []).out).toContain(`runs as root on ${dataDir}, which belongs to uid ${NOBODY}`);
    // What root made there for a moment is not left behind for itself alone.
    expect(run('relayctl', ['suppression', 'add', 'a@b.test'], { uid: NOBODY }).code).toBe(0);
  });
});
