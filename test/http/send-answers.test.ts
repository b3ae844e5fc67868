/** What the API says of a message to send: all that is missing, the field that was meant, who is suppressed. */
import { describe, expect, test } from 'vitest';
import { stage, type HttpStage } from './support/http-stage.ts';

const MESSAGE = { from: 'a@example.org', to: 'b@example.net', subject: 's', text: 't' };
const MISSING_TO = 'is required: a message needs at least one recipient in to, cc or bcc';
const MISSING_TEXT = 'is required: a message needs text, html, a template or an attachment';

describe('a message that lacks something', () => {
  test.each([
    [
      {},
      [
        ['from', 'is required: a string'],
        ['to', MISSING_TO],
        ['text', MISSING_TEXT],
      ],
    ],
    [
      { to: [], cc: null, html: 'x' },
      [
        ['from', 'is required: a string'],
        ['to', MISSING_TO],
      ],
    ],
    [
      { from: 'a@example.org', bcc: 'b@example.net', subject: 7 },
      [
        ['subject', '7 was given; accepted: a string'],
        ['text', MISSING_TEXT],
      ],
    ],
    [
      { from: 'a@example.org' },
      [
        ['to', MISSING_TO],
        ['text', MISSING_TEXT],
      ],
    ],
  ])('%j is told all of it, in a batch too', async (body, expected) => {
    const relay = await stage();
    const key = await relay.key({ scopes: ['send'] });
    const errors = expected.map(([field, message]) => ({ field, message }));
    const sent = await relay.call('/v1/send', { key, body });
    expect(sent.status).toBe(400);
    expect(sent.body.error.errors).toEqual(errors);
    const batch = await relay.call('/v1/batch', { key, body: { messages: [body] } });
    expect(batch.body.results[0].error.errors).toEqual(errors);
  });
});

test.each([
  [{ replyTo: 'a@example.org' }, 'replyTo', 'did you mean reply_to?'],
  [{ 'Reply-To': 'a@example.org' }, 'Reply-To', 'did you mean reply_to?'],
  [{ subjet: 's' }, 'subjet', 'did you mean subject?'],
  [{ colour: 'red' }, 'colour', 'is it misspelled?'],
  [{ ['t'.repeat(100_000)]: 'x' }, 't'.repeat(100_000), 'is it misspelled?'],
  [
    { attachments: [{ filename: 'a', content: 'AAAA', contentType: 'a/b' }] },
    'attachments[0].contentType',
    'did you mean content_type?',
  ],
])('an unknown field: %#', async (parts, field, suggestion) => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['send'] });
  const { status, body } = await relay.call('/v1/send', { key, body: { ...MESSAGE, ...parts } });
  expect(status).toBe(400);
  expect(body.error.errors).toEqual([{ field, message: `is not a field of this request; ${suggestion}` }]);
});

describe('suppressed recipients', () => {
  async function suppressing(address: string): Promise<{ relay: HttpStage; key: string }> {
    const relay = await stage({ env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' } });
    const key = await relay.key();
    expect((await relay.call('/v1/suppressions', { key, body: { address } })).status).toBe(201);
    return { relay, key };
  }

  test('are listed in the answer, and are left out when there are none', async () => {
    const { relay, key } = await suppressing('b@example.net');
    const some = await relay.call('/v1/send', {
      key,
      body: { ...MESSAGE, to: ['B@example.net', 'c@example.net'] },
    });
    expect(some.body).toMatchObject({ status: 'queued', suppressed: ['B@example.net'] });
    const kept = { key, headers: { 'idempotency-key': 'one' }, body: MESSAGE };
    for (let turn = 0; turn < 2; turn++)
      expect((await relay.call('/v1/send', kept)).body).toMatchObject({ suppressed: ['b@example.net'] });
    const none = await relay.call('/v1/send', { key, body: { ...MESSAGE, to: 'c@example.net' } });
    expect(Object.keys(none.body)).toEqual(['id', 'status', 'to']);
    const batch = await relay.call('/v1/batch', {
      key,
      body: { messages: [MESSAGE, { ...MESSAGE, to: 'c@example.net' }] },
    });
    expect(batch.body.results).toMatchObject([{ suppressed: ['b@example.net'] }, { to: 'c@example.net' }]);
    expect(batch.body.results[1]).not.toHaveProperty('suppressed');
  });
});
