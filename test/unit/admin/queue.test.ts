/** Which deliveries are meant, what is done with them, and what may still be changed of a message. */
import { describe, expect, test } from 'vitest';
import { cancelMessage, rescheduleMessage } from '../../../src/admin/messages.ts';
import {
  changeDeliveries,
  releaseDeliveries,
  selectDeliveries,
  type SelectionInput,
} from '../../../src/admin/queue.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { joinStore } from '../../support/join-store.ts';
import { newMessage, type MessageDraft } from '../../conformance/store/fixtures.ts';
import { adminStage, done, refusal, type AdminStage } from './support/admin-stage.ts';

const NOTHING: SelectionInput = {
  id: undefined,
  destination: undefined,
  stream: undefined,
  account: undefined,
  all: false,
};

async function accept({ store, context }: AdminStage, draft?: MessageDraft): Promise<string> {
  const message = await newMessage(joinStore(context.reader, store), draft);
  await store.spool.accept(message);
  return message.facts.id;
}

test.each<[Partial<SelectionInput>, string]>([
  [{}, 'invalid -: which deliveries?'],
  [{ id: 'msg_1', all: true }, 'invalid all: msg_1 and all cannot both be meant'],
  [{ id: 'x' }, 'invalid id: x is neither a message (msg_...) nor a delivery'],
  [{ id: 'msg_1' }, 'not-found id: there is no message msg_1'],
])('a selection of %j is refused', async (change, words) => {
  const { context } = adminStage();
  expect(refusal(await selectDeliveries({ ...NOTHING, ...change }, context))).toContain(words);
});

test('a stream has to be one of the account', async () => {
  const { context, account } = adminStage();
  const select = (stream: string) => selectDeliveries({ ...NOTHING, account, stream }, context);
  expect(refusal(await select('none'))).toContain('not-found stream: there is no stream none');
  expect(done(await select('broadcast'))).toMatchObject({ accountId: account.id, stream: 'broadcast' });
});

describe('a change', () => {
  test('of one message of which nothing can be changed is refused, of a selection it is not', async () => {
    const stage = adminStage();
    const { context } = stage;
    const id = await accept(stage);
    const one = done(await selectDeliveries({ ...NOTHING, id }, context));
    const all = done(await selectDeliveries({ ...NOTHING, all: true }, context));
    expect(done(await changeDeliveries('hold', one, context))).toEqual({ changed: 1 });
    expect(done(await releaseDeliveries(all, context))).toEqual({ changed: 1, lifted: 0 });
    expect(done(await changeDeliveries('cancel', one, context))).toEqual({ changed: 1 });
    expect(refusal(await changeDeliveries('cancel', one, context))).toContain(
      'too-late -: nothing was changed',
    );
    expect(done(await changeDeliveries('cancel', all, context))).toEqual({ changed: 0 });
  });

  test('of everything lifts what health has decided; of one destination it does not', async () => {
    const stage = adminStage();
    const { context, account } = stage;
    await context.health.setHealth(
      { accountId: account.id, stream: '', level: 'hold', reason: 'x', perMinute: undefined, atMs: 1 },
      'test',
    );
    const to = { ...NOTHING, destination: 'example.com' };
    const some = done(await selectDeliveries(to, context));
    expect(done(await releaseDeliveries(some, context))).toEqual({ changed: 0, lifted: 0 });
    const all = done(await selectDeliveries({ ...NOTHING, all: true }, context));
    expect(done(await releaseDeliveries(all, context))).toEqual({ changed: 0, lifted: 1 });
  });
});

describe('a message', () => {
  const holder = { id: 'crd_1', scopes: ['send'] } as unknown as Credential;

  test('is changed by the key that submitted it, and by one that may all; for others there is none', async () => {
    const stage = adminStage();
    const { context } = stage;
    const sendAtMs = Date.now() + 3_600_000;
    const id = await accept(stage, { sendAtMs });
    const message = (await context.reader.messageById(id))!;
    const own = { ...message, facts: { ...message.facts, credentialId: 'crd_1' } };
    const later = sendAtMs + 1_000;
    expect(refusal(await rescheduleMessage(message, later, { ...context, holder }))).toContain(
      'not-found -:',
    );
    expect(refusal(await cancelMessage(message, { ...context, holder }))).toContain('not-found -:');
    const moved = done(await rescheduleMessage(own, later, { ...context, holder }));
    expect(moved.facts.sendAtMs).toBe(later);
    const admin = { ...holder, scopes: ['admin'] };
    const cancelled = done(await cancelMessage(message, { ...context, holder: admin }));
    expect(cancelled.deliveries.map(({ state }) => state)).toEqual(['cancelled']);
    expect(refusal(await cancelMessage(own, { ...context, holder }))).toBe(
      `too-late -: ${id} cannot be cancelled any more: its deliveries are cancelled`,
    );
    expect(refusal(await rescheduleMessage(own, later, context))).toContain('is not scheduled any more');
  });
});
