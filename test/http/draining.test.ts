/** A node that takes no new mail for a while, by `relayctl node drain`, and answers everything else. */
import { expect, test } from 'vitest';
import { stage } from './support/http-stage.ts';

const MESSAGE = { from: 'a@example.org', to: 'b@example.net', subject: 's', text: 't' };

test.each(['/v1/send', '/v1/batch'])('%s is answered 503 with a time to wait', async (path) => {
  let draining = true;
  const relay = await stage({ http: { isDraining: () => draining } });
  const key = await relay.key();
  const body = path.endsWith('batch') ? { messages: [MESSAGE] } : MESSAGE;
  const refused = await relay.call(path, { key, method: 'POST', body });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect((await relay.call('/v1/domains', { key })).status).toBe(200);
  draining = false;
  expect((await relay.call(path, { key, method: 'POST', body })).status).not.toBe(503);
});
