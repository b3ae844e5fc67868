import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCertificate } from '../../../src/upkeep/certificate-state.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import { createLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const DAY = 86_400_000;
const NO_ACME = {
  enabled: false,
  directory: 'https://ca.test/directory',
  contact: undefined,
  listen: [],
  names: ['relay.test'],
  caFile: undefined,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-certificate-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a certificate that comes to its end while relayd runs is said twice: two weeks before, and then', async () => {
  const made = Date.UTC(2026, 0, 1);
  const { cert, key } = await makeSelfSignedCertificate('relay.test', new VirtualClock(made));
  const tls = { cert: path.join(folder, 'c.pem'), key: path.join(folder, 'k.pem') };
  writeFileSync(tls.cert, cert);
  writeFileSync(tls.key, key);
  const clock = new VirtualClock(made + 3630 * DAY);
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'json', clock, write: (line) => lines.push(line) });
  const state = await openCertificate(
    { tls, dataDir: folder, hostname: 'relay.test', acme: NO_ACME },
    { clock, random: systemRandom, log },
  );
  const problems = () => lines.map((line) => (JSON.parse(line) as { problem: string }).problem);
  expect(problems()).toEqual([]);
  await clock.advance(10 * DAY);
  expect(problems()).toEqual(['expires-soon']);
  await clock.advance(20 * DAY);
  expect(problems()).toEqual(['expires-soon', 'expired']);

  // What can't be read any more leaves what is known of the one in use.
  rmSync(tls.key);
  expect(state.load).toThrow(`there is no file ${tls.key}`);
  expect(state.facts()).toMatchObject({
    failure: { kind: 'unreadable' },
    certificate: { names: ['relay.test'] },
  });
  state.stop();
  expect(clock.pendingTimers).toBe(0);
});
