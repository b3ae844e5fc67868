/**
 * What an engineer on call sees of faults of the relay's own machine: its disk, database, ports, configuration, certificate
 * and clock. Each is really there, and each place tells it with what to do. docs/on-call.md has it as a table.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { DiskFaults, noCompiler } from '../support/disk-faults.ts';
import { OnCall, startStage, submit, submitForReply } from '../support/on-call.ts';
import { mayMount, SmallDisk } from '../support/small-disk.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

describe.skipIf(!mayMount())('on a small file system (needs root, to mount one)', () => {
  it('disk full: clients hear 452, the check says how much is free', async () => {
    using disk = new SmallDisk(300);
    await using stage = await startStage({ dataDir: disk.dataDir });
    const seen = await OnCall.begin('disk full', stage.relay);
    disk.leaveFree(255 * MIB);
    await seen.status(
      1,
      /✗ disk: 25\d MiB are free in .*, less than the reserve of 256 MiB/,
      /do: make room/,
    );
    seen.reply(await submitForReply(stage), /^452 4\.3\.1 /);
    await seen.log('check failed', /"check":"disk"/, /"remedy":"make room/);
    await seen.metrics('postern_check_failed{check="disk"} 1');
  });
});

it('database locked: clients hear 451, the check says how to find who holds it', async () => {
  await using stage = await startStage();
  const seen = await OnCall.begin('database locked', stage.relay);
  const file = path.join(stage.relay.dataDir, 'postern.db');
  const program = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(file)});
    db.exec('BEGIN EXCLUSIVE');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['-e', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    seen.reply(await submitForReply(stage), /^451 4\.3\.0 /);
    await seen.status(1, /✗ store: .*locked by another process/, /do: see who holds it: fuser -v/);
    await seen.log('message not stored', /"code":"busy"/, /locked by another process/);
    await seen.log('check failed', /"check":"store"/, /"remedy":"see who holds it: fuser -v/);
    await seen.metrics('postern_check_failed{check="store"} 1');
  } finally {
    holder.kill('SIGKILL');
  }
});

it('port taken: relayd does not start, and says how to find who has it', async () => {
  await using stage = await startStage();
  await stage.relay.stop();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = other.address() as AddressInfo;
    const seen = await OnCall.begin('port taken', stage.relay, false);
    stage.relay.configure({ submission: { listen: [`127.0.0.1:${port}`] } });
    stage.relay.spawn();
    expect(await stage.relay.ended()).toBe(1);
    await seen.status(3, /✗ relayd is not running/, /do: start it: .* the end of its log says why/);
    await seen.log('cannot start', /something else listens there/, /see: ss -ltnp/, /submission\.listen/);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

it('bad configuration: relayd does not start, and every command names file, line and key', async () => {
  await using stage = await startStage();
  await stage.relay.stop();
  const seen = await OnCall.begin('bad configuration', stage.relay, false);
  stage.relay.configure({ delivery: { max_age: 'soon' } });
  stage.relay.spawn();
  expect(await stage.relay.ended()).toBe(2);
  const words = /relay\.toml:\d+: delivery\.max_age: /;
  await seen.status(1, words);
  await seen.command(['config', 'check'], 1, words);
  seen.output(words);
});

it('certificate expired: it is served, and said at the start, by the check and in the metrics', async () => {
  await using stage = await startStage();
  await stage.relay.stop();
  const file = (name: string) => path.join(stage.relay.folder, name);
  const old = await makeSelfSignedCertificate('relay.test', new VirtualClock(Date.UTC(2010, 0, 2)));
  writeFileSync(file('cert.pem'), old.cert);
  writeFileSync(file('key.pem'), old.key, { mode: 0o600 });
  const seen = await OnCall.begin('certificate expired', stage.relay, false);
  stage.relay.configure({ tls: { cert: file('cert.pem'), key: file('key.pem') } });
  await stage.relay.start();
  await seen.status(1, /✗ certificate: .*cert\.pem expired on 2019-12-31/, /do: renew it \(certbot/);
  await seen.command(['config', 'check'], 0, /warning: .* expired on 2019-12-31.* fix: renew it/);
  await seen.log('certificate', /"problem":"expired"/, /"remedy":"renew it/);
  await seen.metrics(
    'postern_check_failed{check="certificate"} 1',
    'postern_certificate_problem{problem="expired"} 1',
  );
});

describe.skipIf(noCompiler)('with a clock of its own (needs gcc)', () => {
  it('clock wrong: mail goes on, and the check says what the clock says', async () => {
    using faults = new DiskFaults();
    await using stage = await startStage({ env: faults.env });
    await stage.settled(await submit(stage));
    const seen = await OnCall.begin('clock wrong (30 hours behind)', stage.relay);
    faults.setClock(-30 * HOUR_MS);
    const id = await submit(stage);
    await stage.settled(id);
    await seen.status(
      1,
      /✗ clock: the clock says .*, but the newest event was written at .*: it was set back/,
      /do: set the clock: timedatectl status/,
    );
    await seen.trace(id, /delivered/);
    await seen.log('check failed', /"check":"clock"/, /"remedy":"set the clock/);
    await seen.metrics('postern_check_failed{check="clock"} 1');
  });
});
