/** relayd goes on with the removal of accounts: after a kill, and when attempts that were under way have ended. */
import { expect, test } from 'vitest';
import { addAccount } from '../../../src/admin/accounts.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { startRemovalWatch } from '../../../src/upkeep/removal-watch.ts';
import { claimAll, newMessage, settlement } from '../../conformance/store/fixtures.ts';
import { eventually } from '../../support/eventually.ts';
import { joinStore } from '../../support/join-store.ts';
import { adminStage, done } from '../admin/support/admin-stage.ts';

async function begun() {
  const { context, store } = adminStage();
  const account = done(await addAccount({ name: 'shop' }, context));
  const { reader, queue, removal, clock } = context;
  const watch = startRemovalWatch({ reader, queue, removal, clock, log: silentLog });
  const advance = (ms: number) => (clock as unknown as { advance(ms: number): Promise<void> }).advance(ms);
  const isGone = () =>
    eventually(async () => {
      await advance(100);
      return (await reader.accountsRemoving()).length === 0;
    });
  return { context, account, store: joinStore(reader, store), watch, advance, isGone };
}

test('what another process began is finished', async () => {
  const { context, account, store, watch, isGone } = await begun();
  const accept = async () => store.spool.accept(await newMessage(store, { accountId: account.id }));
  await accept();
  await context.removal.beginRemoval(account.id, '', 1, 'cli');
  // A report of ours came meanwhile.
  await accept();
  await isGone();
  expect((await context.reader.accountContents(account.id)).messages).toBe(0);
  expect(await context.reader.summary(9)).toMatchObject({ queued: 0, destinations: [] });
  await watch.stop();
});

test('what is under way is waited for, and cancelled when it comes back unfinished', async () => {
  const { context, account, store, watch, advance, isGone } = await begun();
  await store.spool.accept(await newMessage(store, { accountId: account.id }));
  const { claims } = await claimAll(store.spool);
  await context.removal.beginRemoval(account.id, '', 1, 'cli');
  await advance(1_000);
  await watch.look();
  expect(await context.reader.accountsRemoving()).toHaveLength(1);
  const [delivery] = claims[0]!.deliveries;
  const later = { state: 'deferred', nextAttemptAtMs: context.clock.now() + 60_000 } as const;
  await store.spool.settle({
    ...{ nowMs: context.clock.now(), settlements: [settlement(delivery!, later)], dsns: [] },
  });
  await isGone();
  await watch.stop();
});

test('a relay that stops leaves the rest to the next', async () => {
  const { context, account, watch } = await begun();
  await context.removal.beginRemoval(account.id, '', 1, 'cli');
  await watch.stop();
  await watch.look();
  expect(await context.reader.accountsRemoving()).toHaveLength(1);
});
