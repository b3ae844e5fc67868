/** The master key is changed while previous ones are accepted: some of them are in use, and some stay for erased addresses alone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemRandom } from '../../src/platform/random.ts';
import { createSecretBox, keyIdOf } from '../../src/platform/secret-box.ts';
import { addressHashOf } from '../../src/store/hashed-addresses.ts';
import { CliStage } from './support/cli-stage.ts';

const KEYS = [2, 3, 4, 5].map((octet) => new Uint8Array(32).fill(octet));

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
});
afterEach(async () => await stage.dispose());

test('is not changed while three previous keys are in use, which are named', async () => {
  stage.previousKeys = KEYS.slice(0, 3);
  const { code, err } = await stage.run(['data-key', 'rotate']);
  expect(code).toBe(1);
  expect(err).toContain('there are 3 previous keys already');
  for (const key of stage.previousKeys) expect(err).toContain(`${keyIdOf(key)} (can go)`);
  stage.previousKeys = KEYS.slice(0, 2);
  expect(await stage.json('data-key', 'rotate')).toMatchObject({ rotated: true });
});

test('is changed beside any keys that only suppressions of erased addresses need', async () => {
  stage.previousKeys = KEYS;
  for (const key of KEYS) {
    await stage.store.suppressions.addSuppression(
      {
        ...{ accountId: stage.defaultAccountId, scope: '', reason: 'manual', evidence: '' },
        ...{ address: addressHashOf(createSecretBox(key, systemRandom))('gone@example.org') },
        ...{ createdAtMs: 1, expiresAtMs: undefined, createdBy: 'test' },
      },
      'test',
    );
  }
  const shown = await stage.text('data-key', 'show');
  for (const key of KEYS)
    expect(shown).toContain(
      `the key ${keyIdOf(key)} stays needed for 1 suppression of erased addresses, and for nothing else`,
    );
  expect(shown).not.toContain('take away');
  expect(await stage.json('data-key', 'rotate')).toMatchObject({ rotated: true });
});

test('more that are in use than a change would leave are said to cost', async () => {
  stage.previousKeys = KEYS;
  expect(await stage.text('data-key', 'show')).toContain(
    '4 previous keys are accepted, each tried at every login: take away those that can go',
  );
});
