/** Rules of webhooks: addresses, events, limits, secrets, replays. */
import { describe, expect, test } from 'vitest';
import { addWebhook } from '../../../src/admin/webhooks/add.ts';
import { changeWebhook, removeWebhook } from '../../../src/admin/webhooks/change.ts';
import { replayWebhook, type ReplayInput } from '../../../src/admin/webhooks/replay.ts';
import { rotateWebhookSecret } from '../../../src/admin/webhooks/rotate.ts';
import { adminStage, done, refusal, type AdminStage } from './support/admin-stage.ts';

const URL_OK = 'https://hooks.example/mail';

const issue = async ({ context, account }: AdminStage) =>
  done(await addWebhook({ account, url: URL_OK, events: [] }, context));

test.each<[string, readonly string[], string]>([
  ['http://hooks.example/', [], 'invalid url: url http://hooks.example/: it must begin with https://'],
  ['https://10.0.0.1/', [], 'invalid url:'],
  ['hooks', [], 'invalid url:'],
  [URL_OK, ['bounced', 'lost'], 'invalid events: events lost is none of accepted,'],
])('%s for %j is refused', async (url, events, words) => {
  const { context, account } = adminStage();
  expect(refusal(await addWebhook({ account, url, events }, context))).toContain(words);
});

test('an account has fifty at the most', async () => {
  const stage = adminStage();
  for (let count = 0; count < 50; count++) await issue(stage);
  const { context, account } = stage;
  expect(refusal(await addWebhook({ account, url: URL_OK, events: [] }, context))).toContain('conflict -:');
});

describe('a change', () => {
  test('of address, events and state counts at once; what is not given stays', async () => {
    const stage = adminStage();
    const { webhook } = await issue(stage);
    const changed = done(
      await changeWebhook(webhook, { events: ['bounced'], state: 'paused' }, stage.context),
    );
    expect(changed).toMatchObject({ url: URL_OK, events: ['bounced'], state: 'paused' });
    expect(changed.stateReason).toBe('paused by test');
    expect(done(await changeWebhook(webhook, { state: 'active' }, stage.context)).state).toBe('active');
  });

  test('is refused whole', async () => {
    const stage = adminStage();
    const { webhook } = await issue(stage);
    const { context } = stage;
    expect(refusal(await changeWebhook(webhook, {}, context))).toContain('nothing-to-change');
    expect(refusal(await changeWebhook(webhook, { skip: true }, context))).toContain('invalid skip:');
    const half = { url: 'https://other.example/', events: ['lost'], state: 'paused' } as const;
    expect(refusal(await changeWebhook(webhook, half, context))).toContain('invalid events:');
    expect(await context.reader.webhookById(webhook.id)).toMatchObject({ url: URL_OK, state: 'active' });
  });
});

test('the old secret signs for thirty days at the most', async () => {
  const stage = adminStage();
  const { webhook, secret } = await issue(stage);
  const day = 86_400_000;
  const rotated = done(await rotateWebhookSecret(webhook, day, stage.context));
  expect(rotated.secret).not.toBe(secret);
  expect(rotated.oldUntilMs).toBe(stage.context.clock.now() + day);
  expect(refusal(await rotateWebhookSecret(webhook, 31 * day, stage.context))).toContain(
    'invalid overlapMs:',
  );
});

test.each<[Partial<ReplayInput>, string]>([
  [{}, 'invalid -: which events?'],
  [{ failed: true, after: 1 }, 'invalid -: which events?'],
  [{ failed: true, untilMs: 1 }, 'invalid untilMs: untilMs goes with sinceMs or after'],
])('a replay of %j is refused', async (change, words) => {
  const stage = adminStage();
  const { webhook } = await issue(stage);
  const none = { eventIds: [], failed: false, sinceMs: undefined, untilMs: undefined, after: undefined };
  expect(refusal(await replayWebhook(webhook, { ...none, ...change }, stage.context))).toContain(words);
  expect(done(await replayWebhook(webhook, { ...none, failed: true }, stage.context))).toEqual({
    replayed: 0,
  });
});

test('what is removed is gone', async () => {
  const stage = adminStage();
  const { webhook } = await issue(stage);
  await removeWebhook(webhook, stage.context);
  expect(await stage.context.reader.webhookById(webhook.id)).toBeUndefined();
});
