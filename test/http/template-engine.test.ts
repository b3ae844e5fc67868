/** What is our side's when templates are filled is not the template's: 503 or 429, and 451 over SMTP. */
import { expect, test } from 'vitest';
import { replyToFailure } from '../../src/intake/store-failure.ts';
import { silentLog } from '../../src/platform/log.ts';
import { TemplateEngineError, type TemplateEngine } from '../../src/template/template-engine.ts';
import { stage } from './support/http-stage.ts';
import { engineInProcess } from '../support/template-engine.ts';

const ERRORS = [
  { code: 'busy', retryAfterSeconds: 1, status: 503, answer: 'unavailable', reply: [451, '4.3.2'] },
  { code: 'failed', retryAfterSeconds: 5, status: 503, answer: 'unavailable', reply: [451, '4.3.2'] },
  { code: 'held', retryAfterSeconds: 120, status: 429, answer: 'rate-limited', reply: [451, '4.7.1'] },
] as const;

test.each(ERRORS)('the engine is $code', async ({ code, retryAfterSeconds, status, answer, reply }) => {
  const error = new TemplateEngineError(code, 'templates cannot be filled', retryAfterSeconds);
  const working = engineInProcess();
  let fails = false;
  const templateEngine: TemplateEngine = {
    check: (...input) => (fails ? Promise.reject(error) : working.check(...input)),
    fill: (...input) => (fails ? Promise.reject(error) : working.fill(...input)),
    stop: () => working.stop(),
  };
  const relay = await stage({ templateEngine });
  const key = await relay.key();
  await relay.call('/v1/templates', { key, body: { name: 'hello', text: 'Hi' } });
  fails = true;
  const message = { from: 'a@example.org', to: 'b@example.net', template: 'hello' };
  for (const [path, body] of [
    ['/v1/templates', { name: 'other', text: 'Hi' }],
    ['/v1/templates/hello/render', {}],
    ['/v1/send', message],
  ] as const) {
    const refused = await relay.call(path, { key, body });
    expect([refused.status, refused.body.error.code]).toEqual([status, answer]);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  }
  const batch = await relay.call('/v1/batch', {
    key,
    body: { messages: [message, { ...message, to: 'x' }] },
  });
  expect(batch.body.results[0].error.code).toBe(answer);
  const spoken = replyToFailure(error, 'msg_1', silentLog);
  expect([spoken.code, spoken.status]).toEqual(reply);
});
