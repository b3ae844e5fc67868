/** Look-ups of domains that tenants ask for over HTTP: their name servers answer as slowly as they like. */
import { expect, test } from 'vitest';
import { zoneResolver } from '../support/dns-zone.ts';
import { eventually } from '../support/eventually.ts';
import { stage } from './support/http-stage.ts';

test('look-ups that an account asks for are bounded at once, and put off nobody else', async () => {
  const waiting: (() => void)[] = [];
  const answers = zoneResolver({});
  const slow = await stage({
    resolver: {
      ...answers,
      txt: async (name) => {
        if (name.includes('slow.test')) await new Promise<void>((resume) => waiting.push(resume));
        return await answers.txt(name);
      },
    },
  });
  const mine = await slow.key();
  const other = await slow.otherAccount('other');
  const theirs = await slow.key({ accountId: other.id, accountName: other.name });
  await slow.call('/v1/domains', { key: mine, body: { domain: 'slow.test' } });
  await slow.call('/v1/domains', { key: theirs, body: { domain: 'quick.test' } });
  const look = (key: string, name: string) =>
    slow.call(`/v1/domains/${name}/verify`, { key, method: 'POST' });
  const looks = Array.from({ length: 12 }, () => look(mine, 'slow.test'));
  const refused = await Promise.race(looks);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect((await look(theirs, 'quick.test')).status).toBe(200);
  await eventually(() => waiting.length >= 10);
  const ended = Promise.all(looks);
  let over = false;
  void ended.finally(() => (over = true));
  await eventually(() => {
    for (const resume of waiting.splice(0)) resume();
    return over;
  });
  expect((await ended).filter(({ status }) => status === 429)).toHaveLength(2);
  expect((await ended).filter(({ status }) => status === 200)).toHaveLength(10);
});
