/** `message list` by what messages contain. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const idsOf = async (...args: readonly string[]) =>
  (await stage.jsonLines('message', 'list', ...args)).map((row) => (row as { readonly id: string }).id);

async function indexAll(): Promise<void> {
  for (let more = true; more;) ({ more } = await stage.store.search.indexSome(stage.clock.now()));
}

describe.each([false, true])('with everything indexed: %s', (isIndexed) => {
  test('lists by text, address, Message-ID, reply and time', async () => {
    const invoice = await stage.accept({ subject: 'Your invoice 4711', recipients: ['alice@example.org'] });
    await stage.settle(() => ({
      state: 'bounced',
      attempts: [{ replyCode: 552, status: '5.2.2', text: 'mailbox FULL', stage: 'rcpt' }],
    }));
    await stage.clock.advance(3_600_000);
    const other = await stage.accept({
      ...{ subject: 'Welcome', recipients: ['bob@other.example'], messageIdField: '<w1@shop.example>' },
    });
    if (isIndexed) await indexAll();
    expect(await idsOf('--search', 'INVOICE 47')).toEqual([invoice]);
    expect(await idsOf('--search', 'billing@')).toEqual([other, invoice]);
    expect(await idsOf('--recipient', 'Bob@Other.Example')).toEqual([other]);
    expect(await idsOf('--recipient', '@example.org')).toEqual([invoice]);
    expect(await idsOf('--sender', 'shop.exam', '--subject', 'welc')).toEqual([other]);
    expect(await idsOf('--message-id', 'w1@shop.example')).toEqual([other]);
    expect(await idsOf('--reply', 'mailbox full')).toEqual([invoice]);
    expect(await idsOf('--reply', 'mailbox full', '--state', 'queued')).toEqual([]);
    expect(await idsOf('--since', '30m')).toEqual([other]);
    expect(await idsOf('--until', '30m')).toEqual([invoice]);
    expect(await idsOf('--search', 'shop.example', '--limit', '1')).toEqual([other]);
    expect(await idsOf('--search', 'shop.example', '--before', other)).toEqual([invoice]);
    const { err } = await stage.run(['message', 'list', '--search', 'nowhere']);
    expect(err).toContain('There are no such messages.');
    expect(err.includes('index of texts')).toBe(!isIndexed);
  });
});

test.each([
  [['--search', 'ab'], '--search takes at least 3 characters'],
  [['--message-id', 'x'.repeat(321)], '--message-id takes at most 320 characters'],
  [['--since', 'yesterday'], 'neither a span such as 7d nor a time'],
  [['--since', '1h', '--until', '2h'], '--since is not before --until'],
  [['--refused', '--search', 'text'], '--search does not go with --refused'],
])('what cannot be meant is refused with words (%#)', async (args, words) => {
  await stage.accept();
  const ran = await stage.run(['message', 'list', ...args]);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain(words);
});

test('status says how far the index is', async () => {
  await stage.accept();
  const search = async () => (await stage.run(['status', '--json'])).out;
  expect(JSON.parse(await search())).toMatchObject({
    search: { behind: 1, back_to: expect.any(String) as string },
  });
  await indexAll();
  expect(JSON.parse(await search())).toMatchObject({ search: { behind: 0, back_to: null } });
});
