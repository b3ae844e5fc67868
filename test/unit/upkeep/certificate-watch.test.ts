import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchCertificate } from '../../../src/upkeep/certificate-watch.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-certificate-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('notices a renewal behind a symbolic link, once, and nothing else', async () => {
  const clock = new VirtualClock();
  writeFileSync(path.join(folder, 'one.pem'), 'one');
  writeFileSync(path.join(folder, 'two.pem'), 'second');
  const live = path.join(folder, 'live.pem');
  symlinkSync('one.pem', live);
  let changes = 0;
  const watch = watchCertificate(
    () => [live],
    clock,
    () => changes++,
  );

  await clock.advance(5 * 60_000);
  expect(changes).toBe(0);

  symlinkSync('two.pem', `${live}.new`);
  renameSync(`${live}.new`, live);
  await clock.advance(5 * 60_000);
  expect(changes).toBe(1);

  rmSync(live);
  await clock.advance(60_000);
  expect(changes).toBe(1);
  symlinkSync('two.pem', live);
  await clock.advance(2 * 60_000);
  expect(changes).toBe(1);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('a file that is gone for two looks is told once, and once more when it is back', async () => {
  const clock = new VirtualClock();
  const files = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  for (const file of files) writeFileSync(file, 'one');
  let changes = 0;
  const watch = watchCertificate(
    () => files,
    clock,
    () => changes++,
  );
  rmSync(files[1]!);
  await clock.advance(60_000);
  expect(changes).toBe(0);
  await clock.advance(5 * 60_000);
  expect(changes).toBe(1);
  writeFileSync(files[1]!, 'one');
  await clock.advance(5 * 60_000);
  expect(changes).toBe(2);
  watch.stop();
});

test('of files that were never all there, each that comes is told when it is looked at', async () => {
  const clock = new VirtualClock();
  const files = ['a.pem', 'b.pem'].map((name) => path.join(folder, name));
  let changes = 0;
  const watch = watchCertificate(
    () => files,
    clock,
    () => changes++,
  );
  watch.lookNow();
  expect(changes).toBe(0);
  writeFileSync(files[0]!, 'one');
  watch.lookNow();
  expect(changes).toBe(1);
  await clock.advance(60_000);
  expect(changes).toBe(1);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
});
