/** What relayd itself writes in the audit log, and the copy of its head outside the database. */
import { expect, test } from 'vitest';
import { verifyAudit } from '../../../src/admin/audit.ts';
import type { Log } from '../../../src/platform/log.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { DAY_MS } from '../../../src/platform/time-units.ts';
import { startAuditWatch } from '../../../src/upkeep/audit-watch.ts';
import { eventually } from '../../support/eventually.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { adminStage } from '../admin/support/admin-stage.ts';

async function watched(isOurs = true) {
  const { context } = adminStage();
  const { reader, audit } = context;
  const clock = new VirtualClock();
  const heads: unknown[] = [];
  const warnings: string[] = [];
  const log = {
    info: (message: string, fields: unknown) => heads.push([message, fields]),
    warn: (message: string) => warnings.push(message),
  } as unknown as Log;
  const box = createSecretBox(new Uint8Array(32).fill(1), systemRandom);
  const watch = await startAuditWatch({
    ...{ reader, audit, box, clock, log, who: ['0.1.0', 'node-a'], isOurs: () => isOurs },
  });
  const actions = async () =>
    (await reader.auditLines({ actor: 'relayd' }, 50)).map(({ action }) => action).reverse();
  return { reader, audit, clock, heads, warnings, box, watch, actions };
}

test('it started, and stopped, with a seal that the master key made', async () => {
  const { reader, heads, box, watch, actions } = await watched();
  const [line] = await reader.auditLines({ action: 'relayd start' }, 1);
  expect(line).toMatchObject({ actor: 'relayd', subject: '["0.1.0","node-a"]' });
  await watch.stop();
  expect(await actions()).toEqual(['relayd start', 'audit seal', 'relayd stop']);
  expect(heads).toEqual([['audit head', { sequence: line?.sequence, hash: line?.hash }]]);
  const verdict = await verifyAudit(reader, { head: line?.hash, box });
  expect(verdict).toMatchObject({ broken: undefined, sealed: { sequence: line?.sequence } });
});

test('each day it is sealed, and its head logged, also by a node that leaves the seal to another', async () => {
  const ours = await watched();
  await ours.clock.advance(2 * DAY_MS);
  await eventually(() => ours.heads.length === 3);
  expect(await ours.actions()).toEqual(['relayd start', 'audit seal', 'audit seal', 'audit seal']);
  await ours.watch.stop();
  const other = await watched(false);
  await other.clock.advance(2 * DAY_MS);
  await eventually(() => other.heads.length === 3);
  expect(await other.actions()).toEqual(['relayd start', 'audit seal']);
  await other.watch.stop();
});

test('a reload has the names of the keys, and no values', async () => {
  const { reader, watch } = await watched();
  await watch.reloaded([], []);
  await watch.reloaded(['log.level', 'submission.max_recipients'], ['data_dir']);
  const lines = await reader.auditLines({ action: 'config reload' }, 10);
  expect(lines.map(({ subject }) => subject)).toEqual([
    '["log.level","submission.max_recipients","not before a restart:","data_dir"]',
  ]);
  await watch.stop();
});

test('a store that takes no line stops nothing', async () => {
  const { reader, box, clock } = await watched();
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => warnings.push(message) } as unknown as Log;
  const audit = { noteAudit: () => Promise.reject(new Error('busy')) };
  const watch = await startAuditWatch({ ...{ reader, audit, box, clock, log, who: [], isOurs: () => true } });
  await watch.stop();
  expect(warnings).toHaveLength(3);
});
