/** Suspensions end at their time, and what was begun of an account is finished. */
import { expect, test } from 'vitest';
import { suspend, suspendAccount } from '../../../src/admin/suspensions.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { Watch } from '../../../src/upkeep/repeated-look.ts';
import { startSuspensionWatch } from '../../../src/upkeep/suspension-watch.ts';
import { eventually } from '../../support/eventually.ts';
import { newMessage } from '../../conformance/store/fixtures.ts';
import { joinStore } from '../../support/join-store.ts';
import { adminStage } from '../admin/support/admin-stage.ts';

const FOR = 2 * 3_600_000;
const MINUTE = 60_000;

/** Of several nodes, each with the duty or without. */
function watched(...duties: (boolean | undefined)[]) {
  const stage = adminStage();
  const { context, store } = stage;
  const { reader, queue, shaping, clock } = context;
  const [watch, ...others] = (duties.length === 0 ? [undefined] : duties).map((duty) =>
    startSuspensionWatch({
      ...{ reader, queue, shaping, clock, log: silentLog },
      ...(duty !== undefined && { isOurs: () => duty }),
    }),
  ) as [Watch, ...Watch[]];
  return { ...stage, store: joinStore(reader, store), context, watch, others };
}

test('each ends within a second of its time, and not before', async () => {
  const { context, account, watch } = watched();
  const clock = context.clock as unknown as { advance(ms: number): Promise<void> };
  const details = { untilMs: context.clock.now() + FOR, reason: undefined };
  await suspend('destination', 'example.com', details, context);
  await suspend('source', 'out-1', details, context);
  await suspendAccount(account, details, context);
  await suspend('source', 'out-2', { ...details, untilMs: undefined }, context);
  await clock.advance(FOR - 1);
  await watch.look();
  expect((await context.reader.suspensions()).length).toBe(4);
  await clock.advance(1_000);
  await eventually(async () => (await context.reader.suspensions()).length === 1);
  await eventually(async () => (await context.reader.accountsResuming()).length === 0);
  expect(await context.reader.suspensions()).toMatchObject([{ kind: 'source', subject: 'out-2' }]);
  expect(await context.reader.destination('example.com')).toMatchObject({ suspended: false });
  await watch.stop();
});

test('what an earlier process began is finished: waiting mail is held, and held mail released', async () => {
  const { context, account, store, watch } = watched();
  const message = await newMessage(store);
  await store.spool.accept(message);
  const stateOf = async () => (await context.reader.messageById(message.facts.id))?.deliveries[0]?.state;
  const suspension = { kind: 'account', subject: account.id, atMs: 1, actor: 'cli' } as const;
  await context.shaping.suspend({ ...suspension, untilMs: undefined, reason: undefined });
  expect(await stateOf()).toBe('queued');
  await watch.look();
  expect(await stateOf()).toBe('held');
  await context.shaping.resume(suspension, context.clock.now(), 'cli');
  await watch.look();
  expect(await stateOf()).toBe('queued');
  await watch.stop();
});

test('while nobody has the duty, every node ends what is two seconds overdue, and one of them does', async () => {
  const { context, account, watch, others } = watched(false, false);
  const clock = context.clock as unknown as { advance(ms: number): Promise<void> };
  const details = { untilMs: context.clock.now() + MINUTE, reason: undefined };
  await suspend('destination', 'example.com', details, context);
  await suspend('source', 'out-1', details, context);
  await suspendAccount(account, details, context);
  await clock.advance(MINUTE + 1_999);
  await watch.look();
  expect((await context.reader.suspensions()).length).toBe(3);
  await clock.advance(1);
  await Promise.all([watch, ...others].map((one) => one.look()));
  expect(await context.reader.suspensions()).toEqual([]);
  expect(await context.reader.accountsResuming()).toEqual([]);
  const lines = (await context.reader.auditLines({}, 20)).filter(({ actor }) => actor === 'relayd');
  const ended = lines.map(({ action }) => action).filter((action) => action.endsWith('resume'));
  expect(ended.toSorted()).toEqual(['account resume', 'destination resume', 'source resume']);
  for (const one of [watch, ...others]) await one.stop();
});

test('one that is suspended anew between the look and its end stays', async () => {
  const { context, watch } = watched();
  const clock = context.clock as unknown as { advance(ms: number): Promise<void> };
  await suspend(
    'destination',
    'example.com',
    { untilMs: context.clock.now() + MINUTE, reason: undefined },
    context,
  );
  await clock.advance(MINUTE);
  const looking = watch.look();
  const longer = { untilMs: context.clock.now() + MINUTE, reason: undefined };
  await suspend('destination', 'example.com', longer, context);
  await looking;
  const left = await context.reader.suspensions();
  const isSuspended = (await context.reader.destination('example.com'))?.suspended;
  expect([left.length, isSuspended]).toEqual([1, true]);
  await watch.stop();
});
