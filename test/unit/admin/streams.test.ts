/** Streams: their terms, and their end. */
import { describe, expect, test } from 'vitest';
import type { StreamTermsInput } from '../../../src/admin/stream-terms.ts';
import { addStream, changeStream, removeStream } from '../../../src/admin/streams.ts';
import { streamWarnings } from '../../../src/admin/stream-warnings.ts';
import { SMTP_CREDENTIAL } from '../../support/credential.ts';
import { adminStage, done, refusal } from './support/admin-stage.ts';

async function staged() {
  const { context, account } = adminStage();
  const accountId = account.id;
  const add = (name: string, terms: StreamTermsInput = {}) =>
    addStream({ accountId, name, kind: 'broadcast', terms }, context);
  const change = (name: string, input: Parameters<typeof changeStream>[1]) =>
    changeStream({ accountId, name }, input, context);
  return { context, account, add, change };
}

describe('terms of a stream', () => {
  test.each<[string, StreamTermsInput, string]>([
    ['a title of two lines', { title: 'a\nb' }, 'invalid title'],
    ['an empty title', { title: ' ' }, 'invalid title'],
    ['two labels', { subdomain: 'a.b' }, 'invalid subdomain'],
    ['a pool that is not there', { pool: 'bulk' }, 'invalid pool: there is no pool bulk'],
    ['no waits', { retryScheduleMs: [] }, 'invalid retryScheduleMs'],
    ['a wait of nothing', { retryScheduleMs: [0] }, 'invalid retryScheduleMs'],
    ['an age of two years', { maxAgeMs: 730 * 86_400_000 }, 'invalid maxAgeMs'],
    ['a priority beyond', { priority: 10 }, 'invalid priority'],
    ['half a priority', { priority: 0.5 }, 'invalid priority'],
    ['a field of the relay', { headers: { 'DKIM-Signature': 'x' } }, 'DKIM-Signature cannot be set'],
    ['a field that ends its line', { headers: { 'X-A': 'a\r\nB: c' } }, 'X-A holds a line end'],
    ['a word that is unknown', { headers: { 'X-A': '{recipient}' } }, 'X-A holds braces'],
    ['a field beyond ASCII', { headers: { 'X-A': 'ë' } }, 'X-A holds characters beyond ASCII'],
  ])('%s is refused', async (_what, terms, words) => {
    const { add } = await staged();
    expect(refusal(await add('news', terms))).toContain(words);
  });

  test('are changed one by one, and taken away', async () => {
    const { add, change } = await staged();
    done(
      await add('news', { title: 'News', maxAgeMs: 3_600_000, headers: { 'Feedback-ID': 'a', 'X-B': 'b' } }),
    );
    const changed = done(
      await change('news', { title: undefined, headers: { 'feedback-id': 'c', 'X-B': undefined } }),
    );
    expect(changed).toMatchObject({
      kind: 'broadcast',
      maxAgeMs: 3_600_000,
      headers: { 'feedback-id': 'c' },
    });
    expect(changed.title).toBeUndefined();
    expect(done(await change('news', { headers: { 'Feedback-ID': undefined } })).headers).toBeUndefined();
    expect(refusal(await change('news', {}))).toContain('nothing-to-change');
    expect(refusal(await change('nowhere', { priority: 1 }))).toContain('there is no stream nowhere');
  });

  test('a subdomain is of one stream, and built-in ones keep their kind and stay', async () => {
    const { context, account, add, change } = await staged();
    done(await add('news', { subdomain: 'news' }));
    expect(refusal(await add('more', { subdomain: 'news' }))).toContain('is of the stream news');
    expect(refusal(await change('broadcast', { kind: 'transactional' }))).toContain('in every account');
    const remove = (name: string) => removeStream({ accountId: account.id, name }, context);
    expect(refusal(await remove('transactional'))).toContain('stays');
    done(await remove('news'));
    expect(refusal(await remove('news'))).toContain('there is no stream news');
  });

  test('of the operator are not a key’s to say', async () => {
    const { context, account } = await staged();
    const holder = { ...SMTP_CREDENTIAL, accountId: account.id };
    const add = (terms: StreamTermsInput) =>
      addStream({ accountId: account.id, name: 'news', kind: 'broadcast', terms }, { ...context, holder });
    expect(refusal(await add({ pool: 'default' }))).toContain('the operator’s to say');
    expect(refusal(await add({ maxAgeMs: 30 * 86_400_000 }))).toContain(
      'longer than this relay tries any mail',
    );
    done(await add({ maxAgeMs: 60_000 }));
  });
});

test('warnings name what is gone and what does not fit', async () => {
  const { context } = await staged();
  const stream = {
    accountId: 'acc_1',
    name: 'news',
    kind: 'broadcast',
    createdAtMs: 0,
    pool: 'gone',
  } as const;
  const of = { accountId: 'acc_1', firstAtMs: 0, lastAtMs: 0, messages: 3, exampleId: 'msg_9' };
  const misfits = [
    { ...of, stream: 'news', misfit: 'other-domain' },
    { ...of, stream: 'other', misfit: 'list-fields' },
  ] as const;
  const warnings = streamWarnings(stream, context.config, misfits);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('pool gone');
  expect(warnings[1]).toContain('3 messages, the latest msg_9');
});
