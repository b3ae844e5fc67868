/** What is noted of the use of credentials, and how seldom. */
import { expect, test } from 'vitest';
import { UseRecorder } from '../../../src/intake/use-recorder.ts';
import {
  afterUse,
  MOST_NETWORKS,
  unusedSinceMs,
  type CredentialUse,
} from '../../../src/policy/credential-use.ts';
import { DAY_MS } from '../../../src/platform/time-units.ts';
import { SMTP_CREDENTIAL } from '../../support/credential.ts';

const client = () => ({ name: 'client.example', tls: 'TLSv1.3' });

test('each credential is noted once a minute, and each of its networks', () => {
  const recorder = new UseRecorder();
  const note = (address: string, atMs: number) => recorder.note(SMTP_CREDENTIAL, address, atMs, client);
  note('192.0.2.1', 0);
  note('192.0.2.2', 1);
  for (let time = 0; time < 100; time++) note(time % 2 === 0 ? '192.0.2.1' : '198.51.100.1', 2 + time);
  expect(recorder.take(10).map(({ address }) => address)).toEqual(['192.0.2.1', '198.51.100.1']);
  note('192.0.2.1', 59_999);
  expect(recorder.take(10)).toEqual([]);
  note('192.0.2.1', 60_000);
  expect(recorder.take(10)).toMatchObject([{ atMs: 60_000, name: 'client.example', withOldSecret: false }]);
});

test('the old secret is noted beside the new one', () => {
  const recorder = new UseRecorder();
  const [one, other] = [1, 2].map((octet) => new Uint8Array(32).fill(octet));
  const rotated = { ...SMTP_CREDENTIAL, version: 2, secretHash: other, oldSecretHash: one };
  recorder.note(rotated, '192.0.2.1', 0, client);
  recorder.note({ ...rotated, secretHash: one }, '192.0.2.1', 1, client);
  recorder.note(rotated, '192.0.2.1', 2, client);
  expect(recorder.take(10).map(({ withOldSecret }) => withOldSecret)).toEqual([false, true]);
});

test('what is not taken is bounded', () => {
  const recorder = new UseRecorder();
  for (let number = 0; number < 10_050; number++)
    recorder.note({ ...SMTP_CREDENTIAL, id: `crd_${number}` }, '192.0.2.1', 0, client);
  expect(recorder.take(20_000)).toHaveLength(10_000);
});

const use = (address: string, atMs: number): CredentialUse => ({
  ...{ credentialId: 'crd_1', address, atMs, withOldSecret: false },
  ...client(),
});

test('a network is new when it was not seen for 90 days, of a credential that is a week old', () => {
  const old = { createdAtMs: 0 };
  const from = 10 * DAY_MS;
  const first = afterUse(undefined, use('192.0.2.1', from), old);
  expect(first.isNewNetwork).toBe(false);
  expect(afterUse(first.record, use('198.51.100.1', from + 1), old).isNewNetwork).toBe(true);
  expect(afterUse(first.record, use('192.0.2.200', from + 1), old).isNewNetwork).toBe(false);
  expect(
    afterUse(first.record, use('198.51.100.1', from + 1), { createdAtMs: 4 * DAY_MS }).isNewNetwork,
  ).toBe(false);
  const other = afterUse(first.record, use('198.51.100.1', from + 1), old).record;
  // Once a day, wherever it goes.
  expect(afterUse(other, use('203.0.113.1', from + 2), old).isNewNetwork).toBe(false);
  expect(afterUse(other, use('203.0.113.1', from + 1 + DAY_MS), old).isNewNetwork).toBe(true);
  expect(afterUse(other, use('192.0.2.1', from + 91 * DAY_MS), old).isNewNetwork).toBe(true);
});

test('the networks that are kept are bounded, and one that is older than this memory has none', () => {
  let { record } = afterUse(undefined, use('192.0.2.1', 0), { createdAtMs: 0 });
  for (let number = 0; number < 200; number++)
    ({ record } = afterUse(record, use(`10.0.${number}.1`, number), { createdAtMs: 0 }));
  expect(record.networks).toHaveLength(MOST_NETWORKS);
  const before = { ...record, address: undefined, networks: [], newNetwork: undefined };
  expect(afterUse(before, use('192.0.2.1', 99 * DAY_MS), { createdAtMs: 0 }).isNewNetwork).toBe(false);
});

test('unused is what was neither made nor used for 90 days, and is in force', () => {
  const credential = { createdAtMs: 0, revokedAtMs: undefined, expiresAtMs: undefined };
  expect(unusedSinceMs(credential, undefined, 90 * DAY_MS)).toBe(0);
  expect(unusedSinceMs(credential, undefined, 90 * DAY_MS - 1)).toBeUndefined();
  expect(unusedSinceMs(credential, { atMs: DAY_MS }, 91 * DAY_MS)).toBe(DAY_MS);
  expect(unusedSinceMs({ ...credential, revokedAtMs: 1 }, undefined, 99 * DAY_MS)).toBeUndefined();
  expect(unusedSinceMs({ ...credential, expiresAtMs: 1 }, undefined, 99 * DAY_MS)).toBeUndefined();
});
