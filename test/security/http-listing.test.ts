/** Lists and filters: what a tenant asks is compared as it is, and costs no more than a bounded number of rows. */
import { expect, test } from 'vitest';
import { acceptMessage } from '../http/support/accept-message.ts';
import { stage } from '../http/support/http-stage.ts';
import { DELIVERIES_LOOKED_AT } from '../../src/store/sql/queue/message-lists.ts';

const RECIPIENTS = 1_000;

test('a filter that finds nothing looks at so many deliveries, and says where to go on', async () => {
  const relay = await stage();
  const key = await relay.key();
  const recipients = Array.from({ length: RECIPIENTS }, (_, i) => `user${i}@example.net`);
  const messages = DELIVERIES_LOOKED_AT / RECIPIENTS + 5;
  const ids: string[] = [];
  for (let i = 0; i < messages; i++) ids.push(await acceptMessage(relay, { recipients }));
  ids.reverse();
  for (const filter of ['state=bounced', 'destination=nowhere.example']) {
    const { body: first } = await relay.call(`/v1/messages?${filter}`, { key });
    expect(first).toEqual({ data: [], next: ids[messages - 6], index_behind: false });
    const { body: second } = await relay.call(`/v1/messages?${filter}&after=${first.next}`, { key });
    expect(second).toEqual({ data: [], next: null, index_behind: false });
  }
  // What there is is found behind the first stretch too.
  const found = await relay.call(
    `/v1/messages?recipient=user1@example.net&after=${ids[messages - 6]}&limit=1`,
    {
      key,
    },
  );
  expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([ids[messages - 5]]);
});

test('wildcards, quotes and operators stand for themselves in filters and cursors', async () => {
  const relay = await stage();
  const key = await relay.key();
  await acceptMessage(relay, { recipients: ['owner@example.net'], tags: ['order'], subject: 'x' });
  const texts = [
    '%',
    '_____',
    '*',
    "' OR 1=1 --",
    '"',
    'order" OR "1',
    'NEAR(order)',
    'ord%',
    '\u0000',
    'order\u0000',
  ];
  for (const text of texts) {
    const value = encodeURIComponent(text);
    for (const query of [
      `messages?tag=${value}`,
      `messages?stream=${value}`,
      `events?tag=${value}`,
      `events?message=${value}`,
    ]) {
      const { status, body } = await relay.call(`/v1/${query}`, { key });
      expect([query, status, body.data]).toEqual([query, 200, []]);
    }
    for (const name of ['search', 'recipient', 'sender', 'subject', 'message_id', 'reply']) {
      const { status, body } = await relay.call(`/v1/messages?${name}=${value}`, { key });
      // What is too short is refused; of the rest nothing is found.
      if (text.trim().length < 3) expect([name, text, status]).toEqual([name, text, 400]);
      else expect([name, text, status, body.data]).toEqual([name, text, 200, []]);
    }
    for (const query of [`messages?state=${value}`, `events?after=${value}`])
      expect([query, (await relay.call(`/v1/${query}`, { key })).status]).toEqual([query, 400]);
  }
  for (const recipient of ['%25@example.net', 'owner@%25', '_wner@example.net', '*@example.net']) {
    const { status, body } = await relay.call(`/v1/messages?recipient=${recipient}`, { key });
    expect(status === 400 || body.data.length === 0, recipient).toBe(true);
  }
});

test.each([
  '0',
  '-1',
  '1.5',
  '1e309',
  'NaN',
  'Infinity',
  '99999999999999999999',
  '',
  'null',
  '%D9%A3',
  '1;2',
])('a limit of %j is refused', async (limit) => {
  const relay = await stage();
  const key = await relay.key();
  for (const list of ['messages', 'events', 'suppressions', 'domains', 'streams', 'credentials']) {
    const { status } = await relay.call(`/v1/${list}?limit=${limit}`, { key });
    expect([list, limit, status]).toEqual([list, limit, 400]);
  }
});

test.each([
  'sort',
  'order',
  'order_by',
  'q',
  'search',
  'account',
  'account_id',
  'offset',
  '__proto__',
  'constructor',
])('a parameter that there is not (%s) is refused', async (name) => {
  const relay = await stage();
  const key = await relay.key();
  for (const list of ['messages', 'events', 'suppressions', 'domains', 'streams', 'credentials'])
    expect([list, (await relay.call(`/v1/${list}?${name}=1`, { key })).status]).toEqual([list, 400]);
});
