/** `relayctl account remove`: counted, confirmed by name, refused where it must not be, gone with everything. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OPERATOR_ACCOUNT } from '../../src/store/operator-account.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
let shop: string;
beforeEach(async () => {
  stage = new CliStage();
  stage.openStore();
  shop = ((await stage.json('account', 'add', 'shop')) as { id: string }).id;
  await stage.json('domain', 'add', 'shop.example', '--account', 'shop');
  await stage.json('credential', 'add', '--name', 'wordpress', '--account', 'shop');
});
afterEach(() => stage.dispose());

const names = async () =>
  (await stage.jsonLines('account', 'list')).map((account) => (account as { name: string }).name);

describe('an account', () => {
  test('is counted, and removed when its name is typed', async () => {
    await stage.accept({ accountId: shop });
    await stage.settle(() => ({ state: 'delivered' }));
    const counted = {
      account: 'shop',
      removed: false,
      domains: 1,
      credentials: 1,
      messages: 1,
      unsettled: 0,
    };
    expect(await stage.json('account', 'remove', 'shop', '--dry-run')).toMatchObject(counted);
    for (const answer of ['y', 'yes', 'Shop', '']) {
      const kept = await stage.run(['account', 'remove', 'shop'], { answer });
      expect([kept.code, kept.err]).toEqual([
        1,
        expect.stringContaining('1 domain, 1 credential, 1 message'),
      ]);
    }
    expect(await names()).toEqual(['default', 'shop']);
    const { code, out } = await stage.run(['account', 'remove', 'shop'], { answer: 'shop' });
    expect([code, out]).toEqual([0, 'Removed shop.\n']);
    expect(await names()).toEqual(['default']);
    expect(await stage.jsonLines('domain', 'list')).toEqual([]);
    expect(await stage.jsonLines('message', 'list')).toEqual([]);
    // Domain and name are free at once.
    await stage.json('account', 'add', 'shop');
    await stage.json('domain', 'add', 'shop.example', '--account', 'shop');
  });

  test('is not removed by a script that does not say so', async () => {
    expect((await stage.run(['account', 'remove', 'shop'])).code).toBe(2);
    expect((await stage.run(['account', 'remove', 'shop', '--json'], { answer: 'shop' })).code).toBe(2);
    expect(await stage.json('account', 'remove', 'shop', '--yes')).toMatchObject({
      ...{ account: 'shop', removed: true, finished: true, domains: 1 },
    });
  });

  test('is kept while its mail waits, unless that is cancelled', async () => {
    const id = await stage.accept({ accountId: shop });
    const { code, err } = await stage.run(['account', 'remove', 'shop', '--yes']);
    expect([code, err]).toEqual([1, expect.stringContaining('--cancel-mail')]);
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({ suspended: false });
    expect(await stage.json('message', 'show', id)).toMatchObject({ deliveries: [{ state: 'queued' }] });
    expect(await stage.json('account', 'remove', 'shop', '--cancel-mail', '--yes')).toMatchObject({
      ...{ finished: true, unsettled: 1 },
    });
    expect((await stage.run(['message', 'show', id])).code).toBe(1);
  });

  test('whose mail is under way is removed when that has ended', async () => {
    await stage.accept({ accountId: shop });
    const [taken] = (
      await stage.store.spool.claim({
        ...{ nowMs: stage.clock.now(), limit: 1, limitPerDestination: 1, excludedDestinations: [] },
      })
    ).claims;
    expect(taken).toBeDefined();
    const args = ['account', 'remove', 'shop', '--cancel-mail', '--yes'];
    expect(await stage.json(...args)).toMatchObject({ removed: true, finished: false });
    expect(await names()).toEqual(['default']);
    expect((await stage.run(['account', 'show', 'shop'])).code).toBe(1);
  });

  test('that every command without a name uses, or that is the relay’s own, stays', async () => {
    await stage.store.directory.addAccount({ ...OPERATOR_ACCOUNT, createdAtMs: 1 }, 'test');
    for (const name of ['default', OPERATOR_ACCOUNT.name]) {
      const { code, err } = await stage.run(['account', 'remove', name, '--yes', '--cancel-mail']);
      expect([code, err]).toEqual([2, expect.stringContaining('is not removed')]);
    }
    expect((await stage.run(['account', 'remove', 'nobody', '--yes'])).code).toBe(1);
  });
});
