/** relayd goes on with an erasure that another process began. */
import { expect, test } from 'vitest';
import { goOnErasing } from '../../../src/admin/erasure/erasure-steps.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { startErasureWatch } from '../../../src/upkeep/erasure-watch.ts';
import { claimAll, defaultAccountId, newMessage, settleAll } from '../../conformance/store/fixtures.ts';
import { joinStore } from '../../support/join-store.ts';
import { adminStage } from '../admin/support/admin-stage.ts';
import { eventually } from '../../support/eventually.ts';

test('what another process began is finished, and what is under way is waited for', async () => {
  const { context, store } = adminStage();
  const { reader, erasure, clock } = context;
  const both = joinStore(reader, store);
  let steps = 0;
  const counted: typeof erasure = {
    ...erasure,
    eraseSome(...args) {
      steps++;
      return erasure.eraseSome(...args);
    },
  };
  const watch = startErasureWatch({ reader, erasure: counted, clock, log: silentLog });
  const advance = (ms: number) => (clock as unknown as { advance(ms: number): Promise<void> }).advance(ms);
  const of = { hash: 'hash:1', knownAs: 'x', pseudonym: 'erased-1@erased.invalid' };
  const message = await newMessage(both, { recipients: ['jane@rcpt.example'] });
  await both.spool.accept(message);
  await erasure.beginErasure(
    { id: 'era_1', accountId: await defaultAccountId(both), address: 'jane@rcpt.example', ...of },
    1,
    'cli',
  );
  // It has just begun: whoever did that is to say what was erased.
  await watch.look();
  expect(steps).toBe(0);
  let isOver = false;
  const looked = watch.look().finally(() => (isOver = true));
  await eventually(async () => {
    await advance(100);
    return isOver;
  });
  await looked;
  expect(await reader.erasures()).toHaveLength(1);
  await settleAll(both.spool, (await claimAll(both.spool)).claims);
  await eventually(async () => {
    await advance(100);
    return (await reader.erasures()).length === 0;
  });
  expect(await reader.messageById(message.facts.id)).toMatchObject({
    deliveries: [{ recipient: 'erased-1@erased.invalid' }],
  });
  await watch.stop();
});

test('whoever began it says what was erased, also when another process takes the last step', async () => {
  const { context, store } = adminStage();
  const { reader, erasure, clock } = context;
  const both = joinStore(reader, store);
  await both.spool.accept(await newMessage(both, { recipients: ['jane@rcpt.example'] }));
  await settleAll(both.spool, (await claimAll(both.spool)).claims);
  const of = { hash: 'hash:1', knownAs: 'x', pseudonym: 'erased-1@erased.invalid' };
  const accountId = await defaultAccountId(both);
  await erasure.beginErasure({ id: 'era_1', accountId, address: 'jane@rcpt.example', ...of }, 1, 'cli');
  const isWholly = async () => (await erasure.eraseSome('era_1', 1, 'relayd')).kind === 'done';
  const step = await goOnErasing('era_1', {
    erasure: {
      eraseSome: async (...args) => {
        const taken = await erasure.eraseSome(...args);
        if (taken.kind === 'more') while (!(await isWholly()));
        return taken;
      },
    },
    ...{ clock, actor: 'cli', beside: false },
  });
  expect(step).toMatchObject({ kind: 'done', counts: { deliveries: 1, messages: 1 } });
});
