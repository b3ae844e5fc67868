/** What an account has used of its limits, as it sees it itself: seconds and minutes, hours and days. */
import { expect, test } from 'vitest';
import { DAY_MS } from '../../src/platform/time-units.ts';
import { stage } from './support/http-stage.ts';

interface Use {
  readonly limit: string;
  readonly most: number;
  readonly used: number | null;
  readonly until: string;
}

test('GET /v1/account counts what all its keys sent against each limit of the account, and says until when', async () => {
  const relay = await stage({ env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' } });
  const limits = {
    messages_per_minute: 600,
    messages_per_day: 40,
    recipients_per_second: 900,
    recipients_per_day: 50,
    new_recipients_per_day: 60,
  };
  const usage = async (key: string) =>
    (await relay.call('/v1/account', { key })).body.usage as readonly Use[];
  const [one, other] = [await relay.key(), await relay.key()];
  expect(await usage(one)).toEqual([]);
  await relay.store.directory.changeAccount(relay.account.id, { limits }, Date.now(), 'test');
  const send = async (key: string, ...to: string[]) => {
    const body = { from: 'a@example.org', to, subject: 'x', text: 'x' };
    expect((await relay.call('/v1/send', { key, body })).status).toBe(200);
  };
  await send(one, 'b@example.net', 'c@example.net');
  await send(other, 'b@example.net');
  const uses = await usage(one);
  expect(uses.map(({ limit, most }) => [limit, most])).toEqual(Object.entries(limits));
  const used = new Map(uses.map((use) => [use.limit, use]));
  expect(
    ['messages_per_day', 'recipients_per_day', 'new_recipients_per_day'].map((name) => used.get(name)?.used),
  ).toEqual([2, 3, 2]);
  const tomorrow = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS;
  expect(Date.parse(used.get('messages_per_day')?.until ?? '')).toBe(tomorrow);
  // A rate comes back while the test runs: a whole number that is not more than was sent.
  expect([0, 1, 2]).toContain(used.get('messages_per_minute')?.used);
  expect([0, 1, 2, 3]).toContain(used.get('recipients_per_second')?.used);
  expect(await usage(other)).toHaveLength(5);
});
