/** What has turned is written once, over restarts and failures of the store. */
import { expect, test } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import type { TimedResult } from '../../../src/policy/checks/since.ts';
import type { CheckState } from '../../../src/store/findings.ts';
import { StoreError } from '../../../src/store/errors.ts';
import { createCheckRecorder } from '../../../src/upkeep/check-recorder.ts';
import { eventually } from '../../support/eventually.ts';

function bench() {
  const states = new Map<string, CheckState>();
  const told: string[] = [];
  let failing = false;
  const start = () =>
    createCheckRecorder({
      writer: {
        async recordChecks(turned) {
          if (failing) throw new StoreError('busy', 'busy');
          for (const one of turned) {
            states.set(one.name, one);
            told.push(`${one.name} ${one.ok ? 'well' : 'ill'} since ${one.sinceMs}`);
          }
        },
      },
      written: [...states.values()],
      log: silentLog,
    });
  return { told, start, fail: (wanted: boolean) => (failing = wanted) };
}

const result = (ok: boolean, sinceMs: number, name: TimedResult['name'] = 'egress'): TimedResult => ({
  name,
  ok,
  sinceMs,
  detail: 'd',
});

test('a failure and its end are told once each, and what was always well is not', async () => {
  const { told, start } = bench();
  const recorder = start();
  recorder.record([result(true, 0)], 0);
  recorder.record([result(false, 1)], 1);
  await eventually(() => told.length === 1);
  recorder.record([result(false, 1)], 2);
  recorder.record([result(true, 3)], 3);
  await eventually(() => told.length === 2);
  expect(told).toEqual(['egress ill since 1', 'egress well since 3']);
});

test('a failure that is known is not told again after a restart, its end is', async () => {
  const { told, start } = bench();
  start().record([result(false, 1)], 1);
  await eventually(() => told.length === 1);
  const after = start();
  after.record([result(false, 1)], 5);
  after.record([result(true, 6)], 6);
  await eventually(() => told.length === 2);
  expect(told).toEqual(['egress ill since 1', 'egress well since 6']);
});

test('what the store could not take is told with the next look, if it is still so', async () => {
  const { told, start, fail } = bench();
  const recorder = start();
  fail(true);
  recorder.record([result(false, 1), result(false, 1, 'dns')], 1);
  await Promise.resolve();
  fail(false);
  await eventually(() => {
    recorder.record([result(false, 1), result(true, 2, 'dns')], 2);
    return told.length > 0;
  });
  expect(told).toEqual(['egress ill since 1']);
});

test('a stop that was asked for is no fault', async () => {
  const { told, start } = bench();
  const recorder = start();
  recorder.record([result(false, 1, 'relayd'), result(false, 1, 'delivery')], 1);
  await Promise.resolve();
  expect(told).toEqual([]);
});
