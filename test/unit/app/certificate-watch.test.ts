import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchCertificate } from '../../../src/app/certificate-watch.ts';
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
  const watch = watchCertificate([live], clock, () => changes++);

  await clock.advance(5 * 60_000);
  expect(changes).toBe(0);

  symlinkSync('two.pem', `${live}.new`);
  renameSync(`${live}.new`, live);
  await clock.advance(5 * 60_000);
  expect(changes).toBe(1);

  rmSync(live);
  await clock.advance(2 * 60_000);
  expect(changes).toBe(1);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
});
