/** Mail by HTTP: from a request to what the recipient's MX gets, and everything that is refused on the way. */
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTalk, type ApiErrorBody } from './support/api-talk.ts';
import { verdicts } from './support/received-mail.ts';
import { Stage, type MessageJson } from './support/stage.ts';

interface Sent {
  readonly id: string;
  readonly status: string;
  readonly to?: unknown;
}

let stage: Stage;
let api: ApiTalk;
let counter = 0;

beforeAll(async () => {
  stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
  api = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--scope', 'messages:read');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** A recipient that no other test has. */
const somebody = (name = 'user') => `${name}+${++counter}@recipient.test`;

const message = (parts: Record<string, unknown> = {}) => ({
  from: 'app@sender.test',
  to: somebody(),
  subject: 'hello',
  text: 'Hello',
  ...parts,
});

async function listed(): Promise<MessageJson[]> {
  return await stage.relay.ctlList<MessageJson>('message', 'list', '--limit', '1000');
}

describe('POST /v1/send', () => {
  it('takes the smallest request, answers with id, status and to, and delivers it signed', async () => {
    const to = somebody();
    const { status, body } = await api.post<Sent>('/v1/send', message({ to }));
    expect(status).toBe(200);
    expect(body).toEqual({ id: expect.stringMatching(/^msg_[0-9a-z]+$/) as string, status: 'queued', to });
    const received = await stage.received(to);
    expect(received.reversePath).toBe('app@sender.test');
    const content = received.content.toString('latin1');
    expect(await verdicts(received.content, stage.dns.zone)).toMatchObject([
      { result: 'pass' },
      { result: 'pass' },
    ]);
    expect(content).toContain(`X-Relay-Message-Id: ${body.id}`);
    expect(content).toMatch(new RegExp(`^X-Relay-Report-Token: r1-${body.id.slice(4)}-`, 'm'));
    expect(content).toMatch(/^Received: from unknown\r\n\tby relay\.test \(Postern\) with HTTP\r\n/m);
    const mail = await simpleParser(received.content);
    expect(mail.subject).toBe('hello');
    expect(mail.text?.trim()).toBe('Hello');
    expect(mail.messageId).toMatch(/^<[0-9a-z]+@sender\.test>$/);
    expect(mail.date).toBeInstanceOf(Date);
    const shown = await stage.settled(body.id);
    expect(shown.deliveries.map(({ state }) => state)).toEqual(['delivered']);
  });

  it('delivers a message with everything in it to everybody it is for, and hides bcc', async () => {
    const [to, second, cc, bcc] = [somebody('to'), somebody('second'), somebody('cc'), somebody('bcc')];
    const { status, body } = await api.post<Sent>('/v1/send', {
      from: 'Müller & Söhne <app@sender.test>',
      to: [`"Zwei, Namen" <${to}>`, second],
      cc,
      bcc: [bcc],
      reply_to: 'help@sender.test',
      subject: 'Grüße 😀',
      text: 'Ihre Rechnung über 12 €',
      html: '<p>Ihre Rechnung <img src="cid:logo"></p>',
      headers: { 'X-Campaign': 'spring', 'X-Two': ['a', 'b'], References: '<x@y.example>' },
      attachments: [
        {
          filename: 'Rechnung.pdf',
          content: Buffer.from('%PDF').toString('base64'),
          content_type: 'application/pdf',
        },
        { filename: 'logo.png', content: Buffer.from([137, 80]).toString('base64'), content_id: 'logo' },
      ],
      tags: ['invoice'],
      metadata: { order: '17' },
      stream: 'broadcast',
      expires_in: '10m',
    });
    expect(status).toBe(200);
    expect(body.to).toEqual([`"Zwei, Namen" <${to}>`, second]);
    await stage.settled(body.id);
    const raw = (await stage.received(bcc)).content;
    expect(raw.toString('latin1')).not.toContain(bcc);
    expect(await verdicts(raw, stage.dns.zone)).toMatchObject([{ result: 'pass' }, { result: 'pass' }]);
    const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true });
    expect(mail.from?.value).toEqual([{ name: 'Müller & Söhne', address: 'app@sender.test' }]);
    expect([mail.to].flat().flatMap((each) => each?.value ?? [])).toEqual([
      { name: 'Zwei, Namen', address: to },
      { name: '', address: second },
    ]);
    expect(mail.subject).toBe('Grüße 😀');
    expect(mail.text?.trim()).toBe('Ihre Rechnung über 12 €');
    expect(mail.html).toContain('Ihre Rechnung');
    expect(mail.replyTo?.value[0]?.address).toBe('help@sender.test');
    expect(mail.headers.get('x-two')).toEqual(['a', 'b']);
    expect(mail.attachments.map(({ filename, cid }) => [filename, cid])).toEqual([
      ['logo.png', 'logo'],
      ['Rechnung.pdf', undefined],
    ]);
    const shown = await stage.message(body.id);
    expect(shown.stream).toBe('broadcast');
    expect(shown.deliveries.map(({ recipient }) => recipient).sort()).toEqual([to, second, cc, bcc].sort());
  });

  it('delivers an attachment of several megabytes octet for octet', async () => {
    const to = somebody();
    const content = Buffer.alloc(5_000_000, 'a line of an attachment\r\n.\r\n\0');
    const request = message({
      to,
      attachments: [{ filename: 'a.bin', content: content.toString('base64') }],
    });
    expect((await api.post('/v1/send', request)).status).toBe(200);
    const mail = await simpleParser((await stage.received(to)).content);
    expect(mail.attachments[0]?.content.equals(content)).toBe(true);
  });

  it('delivers fields that programs read as they were given, and takes null for what is not there', async () => {
    const to = `${'x'.repeat(70)}+${++counter}@recipient.test`;
    const headers = {
      'List-ID': '"Acme News" <news.sender.test>',
      'List-Unsubscribe': '<mailto:u@sender.test?subject="x">, <https://sender.test/u?a=1>',
      'Feedback-ID': 'a:"b":c',
      'X-SMTPAPI': '{"category":"a"}',
    };
    const parts = { to: [], cc: null, bcc: `${to}.`, reply_to: null, html: null, send_at: null, headers };
    const { status } = await api.post<Sent>('/v1/send', message(parts));
    expect(status).toBe(200);
    const received = await stage.received(to);
    expect(await verdicts(received.content, stage.dns.zone)).toMatchObject([
      { result: 'pass' },
      { result: 'pass' },
    ]);
    const unfolded = received.content.toString('latin1').replace(/\r\n(?=[ \t])/g, '');
    for (const [name, value] of Object.entries(headers))
      expect(unfolded).toContain(`\r\n${name}: ${value}\r\n`);

    const refused = await api.post<ApiErrorBody>(
      '/v1/send',
      message({ headers: { 'List-Unsubscribe': '<https://sender.test/ü>' } }),
    );
    expect(refused.status).toBe(400);
    expect(refused.body.error.field).toBe('headers.List-Unsubscribe');
  });

  it('sends to an international address', async () => {
    const to = 'jürgen@recipient.test';
    const { body } = await api.post<Sent>('/v1/send', message({ to }));
    await stage.settled(body.id);
    const received = await stage.received(to);
    expect(received.parameters).toContain('SMTPUTF8');
    expect(received.content.toString('utf8')).toContain(`To: ${to}`);
  });

  it('names everything that is wrong with a request at once', async () => {
    const { status, body } = await api.post<ApiErrorBody>(
      '/v1/send',
      message({
        to: ['fine@recipient.test', 'not an address'],
        headers: { From: 'eve@evil.example', 'X-A': 'a\r\nBcc: eve@evil.example', 'x-relay-stream': 'x' },
        attachments: [{ filename: 'a', content: '%%%' }],
        send_at: 'tomorrow',
        expires_in: '5s',
      }),
    );
    expect(status).toBe(400);
    expect(body.error.errors?.map(({ field }) => field).sort()).toEqual([
      'attachments[0].content',
      'expires_in',
      'headers.From',
      'headers.X-A',
      'headers.x-relay-stream',
      'send_at',
      'to[1]',
    ]);
  });

  it.each([
    ['an unknown field', { subjekt: 'x' }, 'subjekt'],
    ['a wrong type', { text: 5 }, 'text'],
    ['no recipient', { to: undefined }, 'to'],
    ['an empty list', { to: [] }, 'to'],
    ['no content', { text: undefined }, 'text'],
    ['tracking', { track: ['opens'] }, 'track'],
    ['a subject of two lines', { subject: 'a\nb' }, 'subject'],
    ['a subject with a hidden field', { subject: 'a\r\nBcc: eve@evil.example' }, 'subject'],
    ['a reserved field', { headers: { 'DKIM-Signature': 'x' } }, 'headers.DKIM-Signature'],
    ['a field of MIME', { headers: { 'Content-Type': 'text/html' } }, 'headers.Content-Type'],
    ['a name that is none', { headers: { 'X A': 'x' } }, 'headers.X A'],
    [
      'a multipart attachment',
      { attachments: [{ filename: 'a', content: '', content_type: 'multipart/mixed' }] },
      'attachments[0].content_type',
    ],
    ['a path to load', { attachments: [{ filename: 'a', path: '/etc/passwd' }] }, 'attachments[0].content'],
    ['an author with two addresses', { from: 'app@sender.test, eve@evil.example' }, 'from'],
    ['more than a year ahead', { send_at: '2099-01-01T00:00:00Z' }, 'send_at'],
  ])('refuses %s by the name of the field', async (_what, parts, field) => {
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', message(parts));
    expect(status).toBe(400);
    expect(body.error.code).toBe('invalid-request');
    expect([body.error.field, ...(body.error.errors ?? []).map((each) => each.field)]).toContain(field);
  });

  it('refuses an author whose domain is not the account’s with 403', async () => {
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', message({ from: 'x@other.test' }));
    expect(status).toBe(403);
    expect(body.error).toMatchObject({ code: 'sender-not-allowed', field: 'from' });
    expect(body.error.message).toContain('relayctl domain add other.test');
  });

  it('refuses a stream that does not exist with 422', async () => {
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', message({ stream: 'newsletter' }));
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'unknown-stream', field: 'stream' });
  });

  it('refuses a message that is larger than the limit with 413', async () => {
    const content = Buffer.alloc(20_000_000).toString('base64');
    const { status, body } = await api.post<ApiErrorBody>(
      '/v1/send',
      message({ attachments: [{ filename: 'a', content }] }),
    );
    expect(status).toBe(413);
    expect(body.error.code).toBe('too-large');
  });

  it('counts against the limits of the key, also for mail by SMTP', async () => {
    const slow = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--rate', '2');
    expect((await slow.post('/v1/send', message())).status).toBe(200);
    expect((await slow.post('/v1/send', message())).status).toBe(200);
    const third = await slow.post<ApiErrorBody>('/v1/send', message());
    expect(third.status).toBe(429);
    expect(third.body.error.code).toBe('rate-limited');
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    const quota = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--daily-quota', '2');
    const three = [somebody(), somebody(), somebody()];
    expect((await quota.post('/v1/send', message({ to: three }))).status).toBe(429);
    expect((await quota.post('/v1/send', message({ to: three.slice(0, 2) }))).status).toBe(200);
  });

  it('needs the scope send', async () => {
    const reader = await ApiTalk.withKey(stage.relay, '--scope', 'messages:read');
    expect((await reader.post('/v1/send', message())).status).toBe(403);
  });

  it('settles suppressed recipients as such', async () => {
    const to = somebody();
    await stage.relay.ctl('suppression', 'add', to);
    const { body } = await api.post<Sent>('/v1/send', message({ to }));
    const shown = await stage.settled(body.id);
    expect(shown.deliveries.map(({ state }) => state)).toEqual(['suppressed']);
  });
});

describe('Idempotency-Key', () => {
  const headers = () => ({ 'idempotency-key': `key-${++counter}` });

  it('answers a repeat with the first answer and sends nothing', async () => {
    const key = headers();
    const request = message();
    const first = await api.post<Sent>('/v1/send', request, key);
    const again = await api.post<Sent>('/v1/send', request, key);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    await stage.settled(first.body.id);
    expect(stage.mx.messages.filter(({ recipients }) => recipients[0]?.address === request.to)).toHaveLength(
      1,
    );
  });

  it('refuses another body with 409', async () => {
    const key = headers();
    await api.post('/v1/send', message(), key);
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', message(), key);
    expect(status).toBe(409);
    expect(body.error.code).toBe('idempotency-key-reused');
  });

  it('lets one of many equal requests through that come at once', async () => {
    const key = headers();
    const request = message();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.post<Sent>('/v1/send', request, key)),
    );
    const ids = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    const busy = answers.filter(({ status }) => status !== 200);
    for (const { status, headers: fields } of busy) {
      expect(status).toBe(409);
      expect(fields.get('retry-after')).toBe('1');
    }
    expect((await listed()).filter(({ id }) => ids.has(id))).toHaveLength(1);
  });

  it('is not used up by a request that is refused', async () => {
    const key = headers();
    expect((await api.post('/v1/send', message({ from: 'x@other.test' }), key)).status).toBe(403);
    expect((await api.post('/v1/send', message(), key)).status).toBe(200);
  });

  it('belongs to the API key', async () => {
    const other = await ApiTalk.withKey(stage.relay, '--scope', 'send');
    const key = headers();
    const request = message();
    const first = await api.post<Sent>('/v1/send', request, key);
    const second = await other.post<Sent>('/v1/send', request, key);
    expect(second.status).toBe(200);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('that is none is refused', async () => {
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', message(), {
      'idempotency-key': 'x'.repeat(256),
    });
    expect(status).toBe(400);
    expect(body.error.field).toBe('header.idempotency-key');
  });

  it('counts over SMTP by itself, whatever the message', async () => {
    const key = `smtp-${++counter}`;
    const to = somebody();
    const octets = (text: string) =>
      `From: app@sender.test\r\nTo: ${to}\r\nX-Relay-Idempotency-Key: ${key}\r\nSubject: ${text}\r\n\r\n${text}\r\n`;
    const session = await stage.session();
    const ids: string[] = [];
    for (const text of ['first', 'second'])
      ids.push(await session.submitForId({ from: 'app@sender.test', to: [to], content: octets(text) }));
    await session.quit();
    expect(ids[1]).toBe(ids[0]);
    await stage.settled(ids[0] ?? '');
    const got = stage.mx.messages.filter(({ recipients }) => recipients[0]?.address === to);
    expect(got).toHaveLength(1);
    expect(got[0]?.content.toString()).not.toContain('Idempotency');
  });
});

describe('POST /v1/batch', () => {
  interface Batch {
    readonly results: readonly (Partial<Sent> & Partial<ApiErrorBody>)[];
    readonly accepted: number;
    readonly refused: number;
  }

  it('has a result for each message in order, good or not', async () => {
    const messages = [
      message(),
      message({ from: 'x@other.test' }),
      message({ to: 'nobody' }),
      { nonsense: true },
      message({ send_at: new Date(Date.now() + 3_600_000).toISOString() }),
    ];
    const { status, body } = await api.post<Batch>('/v1/batch', { messages });
    expect(status).toBe(200);
    expect(body.results.map((result) => result.status ?? result.error?.code)).toEqual([
      'queued',
      'sender-not-allowed',
      'invalid-request',
      'invalid-request',
      'scheduled',
    ]);
    expect([body.accepted, body.refused]).toEqual([2, 3]);
    await stage.settled(body.results[0]?.id ?? '');
  });

  it('takes a thousand messages, and no more', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => message({ to: `bulk+${index}@recipient.test` }));
    const { body } = await api.post<Batch>('/v1/batch', { messages: many });
    expect(body.accepted).toBe(1_000);
    expect(new Set(body.results.map(({ id }) => id)).size).toBe(1_000);
    const more = await api.post<ApiErrorBody>('/v1/batch', { messages: [...many, message()] });
    expect(more.status).toBe(400);
    expect(more.body.error.field).toBe('messages');
  });

  it('is sent once with a key, however often it is asked', async () => {
    const key = { 'idempotency-key': `batch-${++counter}` };
    const messages = [message(), message({ to: 'nobody' })];
    const first = await api.post<Batch>('/v1/batch', { messages }, key);
    const again = await api.post<Batch>('/v1/batch', { messages }, key);
    expect(again.body).toEqual(first.body);
    const ids = (await listed()).map(({ id }) => id);
    expect(ids.filter((id) => id === first.body.results[0]?.id)).toHaveLength(1);
    const other = await api.post('/v1/batch', { messages: [message()] }, key);
    expect(other.status).toBe(409);
  });
});
