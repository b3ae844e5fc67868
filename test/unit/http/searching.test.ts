/** Searches of API keys: however many run, the thread goes on with other work after each read. */
import { expect, test } from 'vitest';
import { Searching } from '../../../src/http/searching.ts';
import { allMessages } from '../../conformance/store/fixtures.ts';

const PAGE = { messages: [], next: undefined, indexBehind: false };
const of = (accountId: string) => ({ ...allMessages(), accountId });

test('one read is made in a turn of the event loop, of each account in turn', async () => {
  const turns: (() => void)[] = [];
  const reads: (string | undefined)[] = [];
  const reader = {
    searchMessages({ accountId }: { readonly accountId: string | undefined }) {
      reads.push(accountId);
      return Promise.resolve(PAGE);
    },
  };
  const searching = new Searching(reader, {
    nextTurn: (callback) => void turns.push(callback),
    settled: () => undefined,
  });
  const all = ['loud', 'loud', 'loud', 'quiet'].map((account) => searching.searchMessages(of(account)));
  for (let turn = 1; turn <= all.length; turn++) {
    await expect.poll(() => turns.length).toBe(1);
    expect(reads).toHaveLength(turn);
    turns.pop()?.();
  }
  expect(await Promise.all(all)).toEqual([PAGE, PAGE, PAGE, PAGE]);
  expect(reads.indexOf('quiet')).toBeLessThan(3);
});

test('past the most that wait a search is refused, and told when to come again', async () => {
  let end: () => void = () => undefined;
  const reader = {
    searchMessages: () =>
      new Promise<typeof PAGE>((resolve) => {
        end = () => resolve(PAGE);
      }),
  };
  const searching = new Searching(reader, { nextTurn: (callback) => callback(), settled: () => undefined });
  const results: Promise<unknown>[] = [];
  for (let count = 0; count < 202; count++)
    results.push(searching.searchMessages(of('loud')).catch((error: unknown) => error));
  expect(await Promise.race(results)).toMatchObject({ statusCode: 429 });
  for (let done = false; !done;) {
    end();
    done = await Promise.race([
      Promise.all(results).then(() => true),
      new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
    ]);
  }
  const refused = (await Promise.all(results)).filter((one) => one !== PAGE);
  expect(refused).toHaveLength(1);
});
