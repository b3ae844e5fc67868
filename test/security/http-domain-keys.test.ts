/** Adding domains makes keys, on the threads that sign mail: one account that adds a hundred at once holds up nobody. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stage } from '../http/support/http-stage.ts';

const generate = promisify(generateKeyPair);
const AT_ONCE = 100;

test('many at once are taken one after the other, some are put off, and another account waits for one or two', async () => {
  const relay = await stage();
  const add = async (key: string, domain: string) =>
    await relay.call('/v1/domains', { key, method: 'POST', body: { domain, dkim: 'rsa' } });
  const greedy = await relay.key({ scopes: ['domains'] });
  const { id, name } = await relay.otherAccount();
  const other = await relay.key({ scopes: ['domains'], accountId: id, accountName: name });

  let done = 0;
  const flood = Array.from({ length: AT_ONCE }, async (_, index) => {
    const answer = await add(greedy, `d${index}.example`);
    if (answer.status === 201) done++;
    return answer;
  });
  // Not before the flood is in the queue.
  const first = await Promise.race(flood);
  const before = done;
  expect((await add(other, 'calm.example')).status).toBe(201);
  expect(done - before).toBeLessThan(10);
  // What signs mail uses the same threads, and finds one that is free.
  const doneBefore = done;
  await generate('rsa', { modulusLength: 2048 });
  expect(done - doneBefore).toBeLessThan(10);

  const answers = await Promise.all(flood);
  expect(answers.map(({ status }) => status).filter((status) => status !== 201 && status !== 429)).toEqual(
    [],
  );
  const refused = answers.find(({ status }) => status === 429)!;
  expect(refused.body.error.message).toContain('too many keys');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect([201, 429]).toContain(first.status);
});
