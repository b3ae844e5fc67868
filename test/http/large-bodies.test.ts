/** Bodies that take long to look at for their size: refused for what is too much, or looked at in linear time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonStructureProblem, MAX_JSON_VALUES } from '../../src/http/json-structure.ts';
import { HttpStage } from './support/http-stage.ts';

const MESSAGE = { from: 'a@example.org', to: 'b@example.net', subject: 's', text: 't' };
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));

let relay: HttpStage;
beforeAll(async () => {
  relay = await HttpStage.start();
});
afterAll(() => relay[Symbol.asyncDispose]());

describe('a message to send', () => {
  it.each([
    [
      'an attachment of blanks',
      { attachments: [{ filename: 'a', content: `${' '.repeat(2_000_000)}!` }] },
      'attachments[0].content',
    ],
    [
      'an attachment with a wrong end',
      { attachments: [{ filename: 'a', content: `AA=${' '.repeat(2_000_000)}!` }] },
      'attachments[0].content',
    ],
    ['base64 of URLs', { attachments: [{ filename: 'a', content: 'AA-_' }] }, 'attachments[0].content'],
    ['an address of a megabyte', { to: '"\\"'.repeat(300_000) }, 'to'],
    ['a thousand wrong addresses', { to: new Array(9_000).fill('x') }, 'to[0]'],
    ['thousands of addresses for replies', { reply_to: new Array(1_000).fill('a@example.org') }, 'reply_to'],
    ['a hundred thousand fields', { headers: keys(100_000) }, 'headers'],
    ['a field a hundred thousand times', { headers: { 'X-A': new Array(100_000).fill('v') } }, 'headers.X-A'],
    ['a hundred thousand keys', { metadata: keys(100_000) }, 'metadata'],
    ['a hundred thousand unknown fields', keys(100_000), ''],
  ])('is refused with %s', async (_what, parts, field) => {
    const key = await relay.key({ scopes: ['send'] });
    const { status, body } = await relay.call('/v1/send', { key, body: { ...MESSAGE, ...parts } });
    expect(status).toBe(400);
    expect(body.error.errors[0].field).toBe(field);
    expect(body.error.errors.length).toBeLessThan(100);
    const batch = await relay.call('/v1/batch', { key, body: { messages: [{ ...MESSAGE, ...parts }] } });
    expect(batch.body.results[0].error.errors[0].field).toBe(field);
  });

  it.each([
    ...['QUJDR', 'Q', 'AAAAA', 'QUI==', 'QQ=', 'QUJD=', '=', '====', 'QUI', 'QQ', 'QR==', 'QUJ='],
    ...['QQ==QUJD', 'QU*JD', 'QUJD\0', 'QUJD\u00a0'],
  ])('is refused with %j attached, which does not decode exactly', async (content) => {
    const key = await relay.key({ scopes: ['send'] });
    const attachments = [{ filename: 'a', content }];
    const { status, body } = await relay.call('/v1/send', { key, body: { ...MESSAGE, attachments } });
    expect(status).toBe(400);
    expect(body.error.field).toBe('attachments[0].content');
  });

  it.each(['QUJD', 'QUI=', 'QQ==', '+/+/', '', 'Q UI\r\n=\r\n', ' QUJD\n'])(
    'may have %j attached',
    async (content) => {
      const key = await relay.key({ scopes: ['send'] });
      const { body } = await relay.call('/v1/send', {
        key,
        body: { ...MESSAGE, attachments: [{ filename: 'a', content }] },
      });
      // Not verified here: it came as far as the sender's right.
      expect(body.error.code).toBe('sender-not-allowed');
    },
  );
});

describe('a field that may be left out', () => {
  const OPTIONAL = [
    ...['cc', 'bcc', 'reply_to', 'text', 'headers', 'attachments', 'tags', 'metadata', 'stream', 'template'],
    ...['variables', 'send_at', 'expires_in', 'track'],
  ];
  it.each([
    ...OPTIONAL.map((field) => [field, { [field]: null }] as [string, object]),
    ['all of them', { ...Object.fromEntries(OPTIONAL.map((field) => [field, null])), html: '<p>t</p>' }],
    ['subject and html', { subject: null, html: null }],
    ['to, with cc', { to: [], cc: 'b@example.net' }],
    ['to, null with bcc', { to: null, bcc: ['b@example.net'] }],
    ['lists of addresses', { cc: [], bcc: [], reply_to: [] }],
    [
      'what an attachment may have',
      { attachments: [{ filename: 'a', content: '', content_type: null, content_id: null }] },
    ],
  ] as [string, object][])('may be null or empty: %s', async (_what, parts) => {
    const key = await relay.key({ scopes: ['send'] });
    const body = { ...MESSAGE, ...('text' in parts ? { html: 't' } : {}), ...parts };
    // Not verified here: it came as far as the sender's right.
    const sent = await relay.call('/v1/send', { key, body });
    expect(sent.body.error.code).toBe('sender-not-allowed');
    const batch = await relay.call('/v1/batch', { key, body: { messages: [body] } });
    expect(batch.body.results[0].error.code).toBe('sender-not-allowed');
  });

  it('is not one that is needed', async () => {
    const key = await relay.key({ scopes: ['send'] });
    for (const [field, parts] of [
      ['from', { from: null }],
      ['to', { to: [], cc: [], bcc: null }],
      ['text', { text: null, html: null }],
    ] as const) {
      const { status, body } = await relay.call('/v1/send', { key, body: { ...MESSAGE, ...parts } });
      expect(status).toBe(400);
      expect(body.error.field).toBe(field);
    }
  });
});

describe('the structure of a body', () => {
  it.each([
    ['lists', `[${'[],'.repeat(MAX_JSON_VALUES)}0]`, /more than 250000 values/],
    ['numbers', `[${'0,'.repeat(MAX_JSON_VALUES + 1)}0]`, /more than 250000 values/],
    ['depth', '['.repeat(100_000), /nested too deeply/],
  ])('is refused for too much of %s, before it is parsed', async (_what, json, expected) => {
    expect(jsonStructureProblem(Buffer.from(json))).toMatch(expected);
    const { status, body } = await relay.call('/v1/send', { key: await relay.key(), body: json });
    expect([status, body.error.code]).toEqual([400, 'invalid-json']);
    expect(body.error.message).toMatch(expected);
  });

  it.each([
    ['a text of brackets', JSON.stringify({ a: '[{,'.repeat(300_000) })],
    ['a text of quotes', JSON.stringify({ a: '\\"[,'.repeat(300_000) })],
    [
      'a text that ends in a backslash',
      JSON.stringify({ a: '\\'.repeat(99_999), b: ['[,'.repeat(300_000)] }),
    ],
    ['a text without end', `{"a":"${'[,'.repeat(300_000)}`],
    ['lists beside lists', `[${'[[]],'.repeat(50_000)}0]`],
  ])('is not that of %s', (_what, json) => {
    expect(jsonStructureProblem(Buffer.from(json))).toBeUndefined();
  });
});
