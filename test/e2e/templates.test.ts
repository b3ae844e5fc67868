/** Templates from HTTP, SMTP and the command line to the recipient's MX. */
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTalk, type ApiErrorBody } from './support/api-talk.ts';
import { verdicts } from './support/received-mail.ts';
import { Stage } from './support/stage.ts';

interface TemplateJson {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly latest_version: number;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
  readonly variables: readonly { readonly name: string; readonly required: boolean }[];
}

const WELCOME = {
  name: 'welcome',
  subject: 'Welcome, {{ name }}',
  html: '<h1>Hello {{ name }}</h1><p>Your code is <b>{{ code }}</b>.</p>',
};

let stage: Stage;
let api: ApiTalk;
let counter = 0;
const somebody = () => `templates+${++counter}@recipient.test`;

beforeAll(async () => {
  stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
  api = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--scope', 'templates');
  await api.post('/v1/templates', WELCOME);
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const parsed = async (recipient: string) =>
  await simpleParser((await stage.received(recipient)).content, {
    skipHtmlToText: true,
    skipTextToHtml: true,
  });

describe('a template over HTTP', () => {
  it('is shown with its variables', async () => {
    const { body } = await api.call<TemplateJson>('GET', '/v1/templates/welcome');
    expect(body).toMatchObject({
      name: 'welcome',
      version: 1,
      latest_version: 1,
      subject: WELCOME.subject,
      text: null,
      variables: [
        { name: 'code', required: true },
        { name: 'name', required: true },
      ],
    });
    expect(body.id).toMatch(/^tpl_/);
    const list = await api.call<{ data: { name: string }[] }>('GET', '/v1/templates');
    expect(list.body.data.map(({ name }) => name)).toContain('welcome');
  });

  it('is filled and delivered with text and HTML', async () => {
    const to = somebody();
    const request = {
      from: 'app@sender.test',
      to,
      template: 'welcome',
      variables: { name: 'Jörg <script>', code: 4711 },
    };
    expect((await api.post('/v1/send', request)).status).toBe(200);
    const mail = await parsed(to);
    expect(mail.subject).toBe('Welcome, Jörg <script>');
    expect(mail.html).toContain('<h1>Hello Jörg &lt;script&gt;</h1>');
    expect(mail.text).toContain('Hello Jörg <script>\n\nYour code is 4711.');
  });

  it.each([
    ['a missing variable', { name: 'x' }, 'variables.code'],
    ['an unknown variable', { name: 'x', code: 1, cod: 2 }, 'variables.cod'],
    ['a subject that would be two lines', { name: 'x\r\nBcc: eve@evil.example', code: 1 }, 'template'],
  ])('sends nothing with %s', async (_what, variables, field) => {
    const request = { from: 'app@sender.test', to: somebody(), template: 'welcome', variables };
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', request);
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'template-refused', field });
  });

  it.each(['nothing', 'welcome@9'])('that is not there (%s) is refused', async (template) => {
    const { status, body } = await api.post<ApiErrorBody>('/v1/send', {
      from: 'app@sender.test',
      to: somebody(),
      template,
    });
    expect(status).toBe(422);
    expect(body.error.field).toBe('template');
  });

  it('is used by each message of a batch with variables of its own', async () => {
    const people = ['Ada', 'Bob', 'Eve'].map((name) => ({ name, to: somebody() }));
    const messages = people.map(({ name, to }) => ({
      from: 'app@sender.test',
      to,
      template: 'welcome',
      variables: { name, code: name.length },
    }));
    const { body } = await api.post<{ accepted: number; results: unknown[] }>('/v1/batch', {
      messages: [...messages, { ...messages[0], variables: {} }],
    });
    expect(body.accepted).toBe(3);
    expect(body.results[3]).toMatchObject({ error: { field: 'variables.code' } });
    for (const { name, to } of people) expect((await parsed(to)).subject).toBe(`Welcome, ${name}`);
  });

  it('gets a new version by PUT; earlier ones stay in use by name@version', async () => {
    await api.post('/v1/templates', { name: 'note', text: 'one', subject: 's1' });
    const put = await api.call<TemplateJson>('PUT', '/v1/templates/note', { text: 'two', subject: 's2' });
    expect(put.body).toMatchObject({ version: 2, latest_version: 2, text: 'two' });
    const [first, latest] = [somebody(), somebody()];
    await api.post('/v1/send', { from: 'app@sender.test', to: first, template: 'note@1' });
    await api.post('/v1/send', { from: 'app@sender.test', to: latest, template: 'note' });
    expect((await parsed(first)).text?.trim()).toBe('one');
    expect((await parsed(latest)).text?.trim()).toBe('two');
    const old = await api.call<TemplateJson>('GET', '/v1/templates/note?version=1');
    expect(old.body).toMatchObject({ version: 1, latest_version: 2, text: 'one' });
  });

  it('is tried by render, without sending', async () => {
    const good = await api.post('/v1/templates/welcome/render', { variables: { name: '&', code: 1 } });
    expect(good.body).toEqual({
      subject: 'Welcome, &',
      html: '<h1>Hello &amp;</h1><p>Your code is <b>1</b>.</p>',
      text: 'Hello &\n\nYour code is 1.\n',
    });
    const bad = await api.post<ApiErrorBody>('/v1/templates/welcome/render', { variables: {} });
    expect(bad.status).toBe(422);
    expect(bad.body.error.field).toBe('variables.code');
  });

  it.each([
    ['syntax', { html: '{{ name' }, 'html'],
    ['files', { text: '{% include "x" %}' }, 'text'],
    ['an undeclared variable', { text: '{{ a }}{{ b }}', variables: ['a'] }, 'variables.b'],
    ['nothing in it', {}, 'html'],
  ])('is not added with %s', async (_what, parts, field) => {
    const { status, body } = await api.post<ApiErrorBody>('/v1/templates', { name: 'broken', ...parts });
    expect(status).toBe(422);
    expect(body.error.field).toBe(field);
  });

  it('is another one for another account, and goes when it is removed', async () => {
    await stage.relay.ctl('account', 'add', 'other');
    const other = await ApiTalk.withKey(stage.relay, '--scope', 'templates', '--account', 'other');
    const { body } = await api.call<TemplateJson>('GET', '/v1/templates/welcome');
    for (const idOrName of ['welcome', body.id]) {
      expect((await other.call('GET', `/v1/templates/${idOrName}`)).status).toBe(404);
      expect((await other.call('PUT', `/v1/templates/${idOrName}`, { text: 'x' })).status).toBe(404);
      expect((await other.call('DELETE', `/v1/templates/${idOrName}`)).status).toBe(404);
      expect((await other.post(`/v1/templates/${idOrName}/render`, {})).status).toBe(404);
    }
    expect((await other.post('/v1/templates', { name: 'welcome', text: 'x' })).status).toBe(201);
    expect((await api.post('/v1/templates', WELCOME)).status).toBe(409);
    await api.post('/v1/templates', { name: 'gone', text: 'x' });
    expect((await api.call('DELETE', '/v1/templates/gone')).body).toMatchObject({ removed: true });
    expect((await api.call('GET', '/v1/templates/gone')).status).toBe(404);
  });
});

describe('a template over SMTP', () => {
  const send = async (to: string, fields: readonly string[], body = 'The body that the client sent.\r\n') => {
    const session = await stage.session();
    const reply = await session.submit({
      from: 'app@sender.test',
      to,
      content: [`From: App <app@sender.test>`, `To: Somebody <${to}>`, ...fields, '', body].join('\r\n'),
    });
    await session.quit();
    return reply.text;
  };

  it('replaces body and subject, and keeps who it is from and to', async () => {
    const to = somebody();
    const reply = await send(to, [
      'Subject: the subject of the client',
      'X-Campaign: spring',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="x"',
      'X-Relay-Template: welcome',
      'X-Relay-Variables: {"name":',
      ' "Ada", "code": 7}',
    ]);
    expect(reply).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
    const raw = (await stage.received(to)).content.toString('latin1');
    expect(raw).not.toMatch(
      /X-Relay-(?!Message-Id|Report-Token)|The body that the client sent|the subject of the client/i,
    );
    expect(raw.match(/^Content-Type: /gm)).toHaveLength(3);
    expect(raw.match(/^MIME-Version: /gm)).toHaveLength(1);
    expect(raw).toContain('X-Campaign: spring');
    const mail = await parsed(to);
    expect(mail.subject).toBe('Welcome, Ada');
    expect(mail.from?.value[0]?.name).toBe('App');
    expect([mail.to].flat()[0]?.value[0]?.name).toBe('Somebody');
    expect(mail.html).toContain('Hello Ada');
    expect(mail.text).toContain('Your code is 7.');
    expect(await verdicts((await stage.received(to)).content, stage.dns.zone)).toMatchObject([
      { result: 'pass' },
      { result: 'pass' },
    ]);
  });

  it('takes variables in encoded words, and drops a body of several megabytes', async () => {
    const to = somebody();
    const json = Buffer.from(JSON.stringify({ name: 'Zoë', code: 'ü' })).toString('base64');
    const body = 'a line of the client\r\n'.repeat(150_000);
    const fields = ['X-Relay-Template: welcome@1', `X-Relay-Variables: =?utf-8?B?${json}?=`];
    expect(await send(to, fields, body)).toMatch(/^250/);
    const received = await stage.received(to);
    expect(received.sizeBytes).toBeLessThan(10_000);
    expect((await parsed(to)).subject).toBe('Welcome, Zoë');
  });

  it.each([
    [['X-Relay-Template: nothing'], /554 5\.6\.0 X-Relay-Template: there is no template nothing/],
    [['X-Relay-Template: welcome'], /554 5\.6\.0 .*variable code is missing/],
    [['X-Relay-Template: wel come'], /554 5\.6\.0 X-Relay-Template takes/],
    [
      ['X-Relay-Template: welcome', 'X-Relay-Variables: {'],
      /554 5\.6\.0 X-Relay-Variables takes a JSON object/,
    ],
    [['X-Relay-Variables: {}'], /554 5\.6\.0 X-Relay-Variables needs X-Relay-Template/],
  ])('refuses %j', async (fields, expected) => {
    expect(await send(somebody(), fields)).toMatch(expected);
  });
});
