/** `GET /v1/messages` by what messages contain. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { acceptMessage, deliverAll } from './support/accept-message.ts';
import { stage } from './support/http-stage.ts';

test.each([false, true])('finds by text and time, page by page (all indexed: %s)', async (isIndexed) => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['messages:read'] });
  const ids: string[] = [];
  for (let index = 0; index < 5; index++)
    ids.unshift(
      await acceptMessage(relay, {
        ...{ recipients: [`reader-${index}@Example.net`], subject: `Order ${index} & more` },
        messageIdField: `<m${index}@shop.example>`,
      }),
    );
  await deliverAll(relay);
  if (isIndexed)
    for (let more = true; more;) ({ more } = await relay.store.search.indexSome(systemClock.now()));
  const get = async (query: string) => {
    const { status, body } = await relay.call(`/v1/messages?${query}`, { key });
    expect(status, query).toBe(200);
    expect(body.index_behind).toBe(!isIndexed && !query.startsWith('since'));
    return body.data.map(({ id }: { id: string }) => id);
  };
  expect(await get('search=order+3')).toEqual([ids[1]]);
  expect(await get('search=READER')).toEqual(ids);
  expect(await get('recipient=reader-0@example.net')).toEqual([ids[4]]);
  expect(await get('recipient=eader-0')).toEqual([ids[4]]);
  expect(await get('sender=sender%40example')).toEqual(ids);
  expect(await get('subject=%26+more&state=delivered&limit=2')).toEqual(ids.slice(0, 2));
  expect(await get(`subject=%26+more&after=${ids[1]}`)).toEqual(ids.slice(2));
  expect(await get('message_id=%3Cm2%40shop.example%3E')).toEqual([ids[2]]);
  expect(await get('since=2020-01-01T00:00:00Z')).toEqual(ids);
  expect(await get('since=2099-01-01T00:00:00Z')).toEqual([]);
  // Cursors that no page gave.
  for (const after of ['', 'msg_', '%00', 'A', 'msg_0', 'MSG_~', '%F0%9F%98%80'])
    expect((await relay.call(`/v1/messages?search=order&after=${after}`, { key })).status, after).toBe(200);
  expect(await get('search=order&until=1960-01-01T00:00:00Z')).toEqual([]);
  expect(await get('search=order&until=0001-01-01T00:00:00Z')).toEqual([]);
});

test('says what is wrong with what was asked', async () => {
  const relay = await stage();
  const key = await relay.key();
  for (const [query, field] of [
    ['search=ab', 'search'],
    ['message_id=%20%20', 'message_id'],
    ['reply=x', 'reply'],
    ['since=2027-01-02T00:00:00Z&until=2027-01-01T00:00:00Z', 'since'],
    ['until=tomorrow', 'query.until'],
    [`subject=${'x'.repeat(321)}`, 'query.subject'],
  ]) {
    const { status, body } = await relay.call(`/v1/messages?${query}`, { key });
    expect([query, status, body.error.field]).toEqual([query, 400, field]);
  }
});

test('a key finds nothing of another account', async () => {
  const relay = await stage();
  const key = await relay.key();
  await relay.store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 1 }, 'test');
  await acceptMessage(relay, { accountId: 'acc_other', subject: 'their secret' });
  for (const isIndexed of [false, true]) {
    if (isIndexed)
      for (let more = true; more;) ({ more } = await relay.store.search.indexSome(systemClock.now()));
    for (const query of ['search=secret', 'subject=secret', 'recipient=user@example.com', 'sender=sender'])
      expect((await relay.call(`/v1/messages?${query}`, { key })).body.data).toEqual([]);
  }
});
