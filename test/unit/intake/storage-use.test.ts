/** The storage of an account: what is on its way into the store counts, and only until it is settled. */
import { expect, test } from 'vitest';
import { StorageUse, type StorageBooking } from '../../../src/intake/storage-use.ts';
import { StoreError } from '../../../src/store/errors.ts';

const SHOP = { accountId: 'acc_shop', accountName: 'shop', accountStorageBytes: 100 };
const FULL = { code: 452, status: '4.3.1', retryAfterSeconds: 60 };

test('messages at the same moment do not exceed the limit together', async () => {
  let octets = 40;
  const use = new StorageUse({ storageOf: async () => ({ octets, isComplete: true }) });
  const [first, second, third] = await Promise.all([
    use.take(SHOP, 60),
    use.take(SHOP, 1),
    use.take(SHOP, 0),
  ]);
  expect([first, second]).toEqual([{ accountId: 'acc_shop', octets: 60 }, expect.objectContaining(FULL)]);
  // It looked while the second was not refused yet.
  expect(third).toMatchObject(FULL);
  use.giveBack(first as StorageBooking);
  octets = 99;
  expect(await use.lacking(SHOP, 1)).toBeUndefined();
  expect(await use.lacking(SHOP, 2)).toMatchObject(FULL);
});

test('an answer that the store does not give books nothing', async () => {
  let fails = true;
  const use = new StorageUse({
    storageOf: async () => {
      if (fails) throw new StoreError('busy', 'no');
      return { octets: 0, isComplete: true };
    },
  });
  await expect(use.take(SHOP, 100)).rejects.toThrow(StoreError);
  fails = false;
  expect(await use.take(SHOP, 100)).toEqual({ accountId: 'acc_shop', octets: 100 });
});

test('an account without a limit is not looked up', async () => {
  const use = new StorageUse({ storageOf: () => Promise.reject(new Error('asked')) });
  expect(await use.take({ ...SHOP, accountStorageBytes: undefined }, 1e9)).toBeUndefined();
});
