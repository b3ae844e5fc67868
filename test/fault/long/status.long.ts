/**
 * `relayctl status` while something is wrong with the relay, by the real programs with the fault really there: what an
 * engineer on call sees, the exit code, and what /readyz says at that moment. And the control socket that it asks over.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startWebhookReceiver } from '../../support/webhook-receiver.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, type StageOptions } from '../../e2e/support/stage.ts';
import { mayMount, SmallDisk } from '../support/small-disk.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const MIB = 1024 * 1024;

interface StatusJson {
  readonly running: boolean;
  readonly pid: number | null;
  readonly queue: { readonly queued: number } | null;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly since: string | null;
    readonly detail: string;
    readonly remedy: string | null;
  }[];
}

interface Seen {
  readonly code: number;
  readonly json: StatusJson;
  readonly failed: readonly string[];
}

let stage: Stage;
let others: ChildProcess[] = [];
afterEach(async () => {
  for (const other of others) other.kill('SIGKILL');
  others = [];
  await stage[Symbol.asyncDispose]();
});

async function start(options: StageOptions = {}): Promise<void> {
  stage = await Stage.start({ ...options, config: { http: { listen: ['127.0.0.1:0'] }, ...options.config } });
}

async function status(): Promise<Seen> {
  const { code, stdout } = await stage.relay.ctlRaw(['status', '--json']);
  const json = JSON.parse(stdout) as StatusJson;
  return { code, json, failed: json.checks.filter(({ ok }) => !ok).map(({ name }) => name) };
}

async function statusWhere(what: string, holds: (seen: Seen) => boolean): Promise<Seen> {
  let seen: Seen | undefined;
  await eventually(async () => holds((seen = await status())), { what, timeoutMs: 20_000, everyMs: 100 });
  return seen!;
}

const page = async () => (await stage.relay.ctlRaw(['status'])).stdout;
const socket = () => path.join(stage.relay.dataDir, 'relayd.sock');

/** Its log is written a turn later than its files. */
const logged = async (words: RegExp) =>
  await eventually(() => words.test(stage.relay.log()), { what: `${words} in the log` });

async function readyz() {
  const answer = await fetch(`${stage.relay.httpUrl}/readyz`);
  return { code: answer.status, body: (await answer.json()) as { checks: { name: string; ok: boolean }[] } };
}

/** Another process that holds the database until it is killed. */
async function holdDatabase(): Promise<ChildProcess> {
  const file = path.join(stage.relay.dataDir, 'postern.db');
  const program = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(file)});
    db.exec('BEGIN EXCLUSIVE');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', program], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  others.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe('status', () => {
  beforeEach(async () => await start());

  it('exits with 0 when all is well, and names the checks that /readyz names', async () => {
    const seen = await status();
    expect(seen).toMatchObject({ code: 0, failed: [] });
    expect(seen.json).toMatchObject({ running: true, pid: stage.relay.pid });
    const names = seen.json.checks.map(({ name }) => name);
    expect(names).toEqual([
      'relayd',
      'store',
      'disk',
      'delivery',
      'listeners',
      'certificate',
      'master_key',
      'dns',
      'domains',
      'clock',
      'configuration',
    ]);
    for (const { since } of seen.json.checks) expect(since).toMatch(/^20\d\d-.*Z$/);
    expect((await readyz()).body.checks.map(({ name }) => name)).toEqual(names);
  });

  it('exits with 1 while another process holds the database, and relayd itself says so', async () => {
    const holder = await holdDatabase();
    const seen = await statusWhere('the lock to be seen', ({ json }) =>
      json.checks.some(({ name, detail }) => name === 'store' && /locked by another process/.test(detail)),
    );
    expect(seen).toMatchObject({ code: 1, failed: ['store'] });
    expect(seen.json.running).toBe(true);
    expect(seen.json.checks.find(({ name }) => name === 'store')?.remedy).toMatch(
      /^see who holds it: fuser -v /,
    );
    expect(await page()).toMatch(/✗ store: .*\n {2}do: see who holds it/s);
    const ready = await readyz();
    expect(ready.code).toBe(503);
    expect(JSON.stringify(ready.body)).not.toContain(stage.relay.dataDir);
    holder.kill('SIGKILL');
    const well = await statusWhere('the store to answer', ({ code }) => code === 0);
    const since = (from: Seen) =>
      Date.parse(from.json.checks.find(({ name }) => name === 'store')?.since ?? '');
    expect(since(well)).toBeGreaterThan(since(seen));
    await logged(/"check failed","check":"store"/);
    await logged(/"check recovered","check":"store"/);
  });

  it('exits with 3 when relayd was stopped, and shows the queue that it can read', async () => {
    expect(await stage.relay.stop()).toBe(0);
    expect(existsSync(socket())).toBe(false);
    const seen = await status();
    expect(seen).toMatchObject({
      code: 3,
      failed: ['relayd'],
      json: { running: false, queue: { queued: 0 } },
    });
    expect(await page()).toContain('do: start it: relayd');
  });

  it('exits with 3 when relayd was killed, and the next start takes the socket that was left behind', async () => {
    await stage.relay.kill();
    expect(lstatSync(socket()).isSocket()).toBe(true);
    expect(await status()).toMatchObject({ code: 3, json: { running: false } });
    await stage.relay.start();
    expect(await status()).toMatchObject({ code: 0, json: { pid: stage.relay.pid } });
  });

  it('exits with 3 when the store cannot be read, and never says that nothing waits', async () => {
    await stage.relay.stop();
    writeFileSync(path.join(stage.relay.dataDir, 'postern.db'), 'From: no database\n'.repeat(100));
    expect(await status()).toMatchObject({ code: 3, failed: ['relayd', 'store'], json: { queue: null } });
    const text = await page();
    expect(text).toContain('queue: unknown: the store cannot be read');
    expect(text).not.toContain('nothing waits');
  });

  it('exits with 3 when relayd does not answer', async () => {
    stage.relay.signal('SIGSTOP');
    try {
      const seen = await status();
      expect(seen).toMatchObject({ code: 3, failed: ['relayd'], json: { running: true } });
      expect(seen.json.checks[0]?.detail).toMatch(/cannot be asked: it has not answered within \d+ s$/);
    } finally {
      stage.relay.signal('SIGCONT');
    }
    expect((await statusWhere('relayd to go on', ({ code }) => code === 0)).failed).toEqual([]);
  });

  it('exits with 1 when the master key is gone from its place, and /readyz stays ready', async () => {
    const key = path.join(stage.relay.dataDir, 'master.key');
    renameSync(key, `${key}.away`);
    expect(await statusWhere('the key to be missed', ({ code }) => code === 1)).toMatchObject({
      failed: ['master_key'],
    });
    expect((await readyz()).code).toBe(200);
  });
});

it('exits with 1 while DNS does not answer', async () => {
  await start();
  await stage.dns.close();
  await stage.relay.stop();
  await stage.relay.start();
  expect((await statusWhere('DNS to be missed', ({ code }) => code === 1)).failed).toEqual(['dns']);
});

describe.skipIf(!mayMount())('status on a file system that runs full (needs root, to mount one)', () => {
  let disk: SmallDisk;
  beforeEach(async () => {
    disk = new SmallDisk(300);
    await start({ dataDir: disk.dataDir });
  });
  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
  });

  it('exits with 1 below the reserve, and with 0 when there is room again', async () => {
    disk.leaveFree(255 * MIB);
    const seen = await statusWhere('the reserve to be missed', ({ code }) => code === 1);
    expect(seen.failed).toEqual(['disk']);
    const { detail, remedy } = seen.json.checks.find(({ name }) => name === 'disk')!;
    expect(detail).toMatch(/^25\d MiB are free in .*, less than the reserve of 256 MiB/);
    expect(remedy).toContain('make room');
    expect((await readyz()).code).toBe(503);
    disk.leaveFree(Infinity);
    await statusWhere('room to be seen', ({ code }) => code === 0);
  });
});

describe('the control socket', () => {
  it('is for its owner alone, and is there after the first start', async () => {
    await start();
    expect(statSync(socket()).mode & 0o777).toBe(0o600);
  });

  it('of a living process is never replaced, and relayd starts without one', async () => {
    await start();
    await stage.relay.stop();
    const living = createServer((client) => client.on('error', () => undefined).end('mine\n'));
    await new Promise<void>((resolve) => living.listen(socket(), resolve));
    try {
      await stage.relay.start();
      await logged(/"no control socket","reason":"another process listens on /);
      const heard = await new Promise((resolve) => {
        const client = connect(socket());
        client.once('data', (data) => {
          client.destroy();
          resolve(data.toString());
        });
      });
      expect(heard).toBe('mine\n');
    } finally {
      await new Promise((resolve) => living.close(resolve));
    }
  });

  it('is kept by a relayd whose data folder a second one is started on', async () => {
    await start();
    const second = spawn(process.execPath, ['bin/relayd.js', '--config', stage.relay.configFile], {
      cwd: ROOT,
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => second.once('close', resolve))).toBe(1);
    expect(await status()).toMatchObject({ code: 0, json: { pid: stage.relay.pid } });
  });

  it('takes the place of nothing that is no socket', async () => {
    await start();
    await stage.relay.stop();
    writeFileSync(socket(), 'notes');
    await stage.relay.start();
    await logged(/exists and is not a socket/);
    expect(await status()).toMatchObject({ code: 1, failed: ['relayd'], json: { running: true } });
  });

  it('whose path is too long is warned of with the remedy, which works', async () => {
    await start();
    const { relay } = stage;
    await relay.stop();
    const long = path.join(relay.folder, 'a'.repeat(110));
    renameSync(relay.dataDir, long);
    relay.configure({ data_dir: long });
    relay.spawn();
    await eventually(() => existsSync(path.join(long, 'relayd.json')), { timeoutMs: 20_000 });
    await logged(
      /"no control socket","reason":"[^"]* octets, and a socket may have 107","remedy":"set data_dir/,
    );
    const seen = await status();
    expect(seen).toMatchObject({ code: 1, failed: ['relayd'], json: { running: true } });
    expect(seen.json.checks[0]?.remedy).toContain('a symbolic link to the folder will do');
    await relay.stop();
    const short = path.join(relay.folder, 'short');
    symlinkSync(long, short);
    relay.configure({ data_dir: short });
    relay.spawn();
    await eventually(() => existsSync(path.join(short, 'relayd.sock')), { timeoutMs: 20_000 });
    expect((await statusWhere('the short name', ({ code }) => code === 0)).failed).toEqual([]);
    await relay.stop();
  });

  it('cuts off what is too large or no request, and goes on', async () => {
    await start();
    const ask = async (octets: string) =>
      await new Promise<string>((resolve) => {
        let said = '';
        const client = connect(socket());
        client.on('data', (data: Buffer) => (said += data.toString()));
        client.on('error', () => undefined);
        client.on('close', () => resolve(said));
        client.write(octets);
      });
    expect(await ask('x'.repeat(2 * MIB))).toContain('"too-large"');
    for (const wrong of [
      '{}',
      '[]',
      'null',
      '{"operation":"__proto__"}',
      '{"operation":"send","to":"x"}',
      '\x00',
    ])
      expect(await ask(`${wrong}\n`), wrong).toContain('"unknown-operation"');
    const idle = Array.from({ length: 40 }, () => connect(socket()).on('error', () => undefined));
    for (const client of idle) client.destroy();
    await statusWhere('an answer', ({ code }) => code === 0);
  });
});

describe('through relayd', () => {
  beforeEach(async () => {
    const receiver = { allow_http: true, allow_private_addresses: true };
    await start({ config: { http: { listen: ['127.0.0.1:0'] }, webhooks: receiver } });
  });

  it('send hands a message in and traces it, without a login that stays', async () => {
    const { code, stdout, stderr } = await stage.relay.ctlRaw([
      'send',
      '--from',
      `me@${SENDER_DOMAIN}`,
      '--to',
      `you@${RECIPIENT_DOMAIN}`,
      '--text',
      'Grüße\n.\nend',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^✓ handed in: 250 2\.0\.0 Ok: queued as msg_/);
    expect(stdout).toContain('handed in by relayctl send\n');
    const message = await stage.received(`you@${RECIPIENT_DOMAIN}`);
    expect(Buffer.from(message.content).toString()).toContain('with LOCAL');
    const kept = await stage.relay.ctlList<{ name: string }>('credential', 'list');
    expect(kept.filter(({ name }) => name.startsWith('relayctl-send-'))).toEqual([]);
  });

  it('send says that the store is locked, and leaves no message', async () => {
    await holdDatabase();
    const { code, stdout, stderr } = await stage.relay.ctlRaw([
      ...['send', '--from', `me@${SENDER_DOMAIN}`, '--to', `you@${RECIPIENT_DOMAIN}`],
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/relayd did not take the message: .*postern\.db is locked by another process/);
    expect(stage.mx.messages).toEqual([]);
  });

  it('send is refused as any application would be', async () => {
    const { code, stderr } = await stage.relay.ctlRaw([
      'send',
      '--from',
      'me@elsewhere.test',
      '--to',
      `you@${RECIPIENT_DOMAIN}`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the relay refused the message: 550 5\.7\.1 /);
  });

  it('a webhook is tested with the settings that relayd runs with, not those of the file', async () => {
    await using receiver = await receiverUntilEnd();
    const { id } = await stage.relay.ctl<{ id: string }>('webhook', 'add', '--url', receiver.url);
    stage.relay.configure({ webhooks: { allow_http: false, allow_private_addresses: false } });
    expect((await stage.relay.ctlRaw(['webhook', 'test', id])).code).toBe(0);
    expect(receiver.count()).toBe(1);
    await stage.relay.stop();
    const alone = await stage.relay.ctlRaw(['webhook', 'test', id]);
    expect(alone.code).toBe(1);
    expect(alone.stderr).toContain('relayd is not running; sending it from relayctl');
  });
});

async function receiverUntilEnd() {
  const receiver = await startWebhookReceiver();
  return {
    url: receiver.url,
    count: () => receiver.received.length,
    [Symbol.asyncDispose]: () => receiver.stop(),
  };
}
