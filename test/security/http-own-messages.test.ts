/** A key that may send changes what it sent itself, and learns nothing of what others of its account sent. */
import { expect, test } from 'vitest';
import { acceptMessage } from '../http/support/accept-message.ts';
import { stage, type HttpStage } from '../http/support/http-stage.ts';

const MARK = 'somebodyelse';
const LATER = new Date(Date.now() + 3_600_000).toISOString();

async function keyAndId(relay: HttpStage, scopes: string[]): Promise<{ key: string; id: string }> {
  const before = new Set(
    (await relay.reader.listCredentials(relay.account.id, undefined, 100)).map(({ id }) => id),
  );
  const key = await relay.key({ scopes });
  const id = (await relay.reader.listCredentials(relay.account.id, undefined, 100)).find(
    (each) => !before.has(each.id),
  )!.id;
  return { key, id };
}

const scheduledBy = (relay: HttpStage, credentialId: string | undefined) =>
  acceptMessage(relay, {
    credentialId,
    subject: MARK,
    tags: [MARK],
    metadata: { mark: MARK },
    recipients: [`${MARK}@example.net`],
    sendAtMs: Date.now() + 1_800_000,
  });

const change = (relay: HttpStage, key: string, id: string) =>
  relay.call(`/v1/messages/${id}`, { key, method: 'PATCH', body: { send_at: LATER } });
const cancel = (relay: HttpStage, key: string, id: string) =>
  relay.call(`/v1/messages/${id}/cancel`, { key, method: 'POST' });

test.each([[['send']], [['send', 'messages:read']]])(
  'a key with %j changes and cancels its own messages only',
  async (scopes) => {
    const relay = await stage();
    const own = await keyAndId(relay, scopes);
    const other = await keyAndId(relay, ['send']);
    // Another key's, and a notice that the relay itself wrote.
    for (const foreign of [await scheduledBy(relay, other.id), await scheduledBy(relay, undefined)]) {
      const before = await relay.reader.messageById(foreign);
      const missing = await cancel(relay, own.key, 'msg_00000000000000000000000000');
      for (const { status, body } of [
        await change(relay, own.key, foreign),
        await cancel(relay, own.key, foreign),
      ]) {
        expect([status, body.error.code]).toEqual([404, 'not-found']);
        expect(JSON.stringify(body)).not.toContain(MARK);
        expect(body.error.message.replace(foreign, '')).toBe(
          missing.body.error.message.replace('msg_00000000000000000000000000', ''),
        );
      }
      expect(await relay.reader.messageById(foreign)).toEqual(before);
    }
    const mine = await scheduledBy(relay, own.id);
    expect((await change(relay, own.key, mine)).body).toMatchObject({ send_at: LATER, subject: MARK });
    expect((await cancel(relay, own.key, mine)).body.deliveries[0].state).toBe('cancelled');
    // That it comes too late is said of one's own only.
    expect((await cancel(relay, own.key, mine)).status).toBe(409);
    expect((await cancel(relay, other.key, mine)).status).toBe(404);
  },
);

test('a key with the scope admin changes any message of its account', async () => {
  const relay = await stage();
  const sender = await keyAndId(relay, ['send']);
  const admin = await relay.key();
  const id = await scheduledBy(relay, sender.id);
  expect((await change(relay, admin, id)).status).toBe(200);
  expect((await cancel(relay, admin, id)).status).toBe(200);
});

test('messages:read shows what all credentials of the account sent, also to a key that is bound to a domain', async () => {
  const relay = await stage();
  const sender = await keyAndId(relay, ['send']);
  const id = await scheduledBy(relay, sender.id);
  const reader = await relay.key({ scopes: ['messages:read'], domains: ['other.test'] });
  expect((await relay.call(`/v1/messages/${id}`, { key: reader })).body.subject).toBe(MARK);
});
