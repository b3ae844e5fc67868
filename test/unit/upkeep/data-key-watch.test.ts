/** relayd says at its start what was made under a master key that is gone. */
import { expect, test } from 'vitest';
import { silentLog, type LogFields } from '../../../src/platform/log.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { addressHashOf } from '../../../src/store/hashed-addresses.ts';
import { startDataKeyWatch } from '../../../src/upkeep/data-key-watch.ts';
import { adminStage } from '../admin/support/admin-stage.ts';

const boxOf = (octet: number, random: ReturnType<typeof adminStage>['context']['random']) =>
  createSecretBox(new Uint8Array(32).fill(octet), random);

test('warns of erased addresses whose suppressions nobody can find any more', async () => {
  const { context, account, store } = adminStage();
  const { clock, random, reader } = context;
  const [old, present] = [boxOf(1, random), boxOf(2, random)];
  await store.suppressions.addSuppression(
    {
      ...{ accountId: account.id, scope: '', address: addressHashOf(old)('gone@example.org') },
      ...{ reason: 'complaint', evidence: '', createdBy: 'test' },
      ...{ createdAtMs: clock.now(), expiresAtMs: undefined },
    },
    'test',
  );
  const warned: [event: string, fields: LogFields | undefined][] = [];
  const watch = await startDataKeyWatch({
    ...{ box: present, before: old.keyIds[0], reader, clock },
    ...{ dataKeys: store.dataKeys, secrets: store.secrets, audit: store.audit },
    others: () => Promise.resolve([]),
    resealFiles: () => undefined,
    log: { ...silentLog, warn: (event, fields) => warned.push([event, fields]) },
  });
  await watch.resealed;
  await watch.stop();
  expect(warned).toEqual([['suppressions of a master key that is gone', { key: old.keyIds[0], count: 1 }]]);
});
