/**
 * Templates that would stall or end the relay, from a tenant against the running relay: each is refused with the limit's
 * name, and greetings, the API and another account's templates go on meanwhile.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDLESS, HOSTILE_MARKUP, HUNGRY, TOO_MUCH } from '../support/hostile-templates.ts';
import { ApiTalk, type ApiErrorBody } from './support/api-talk.ts';
import { CtlError } from './support/relay-process.ts';
import { Stage } from './support/stage.ts';

let stage: Stage;
let api: ApiTalk;
let other: ApiTalk;

beforeAll(async () => {
  stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
  const scopes = ['--scope', 'send', '--scope', 'templates'];
  api = await ApiTalk.withKey(stage.relay, ...scopes);
  await stage.relay.ctl('account', 'add', 'other');
  other = await ApiTalk.withKey(stage.relay, ...scopes, '--account', 'other');
  await other.post('/v1/templates', { name: 'hello', html: '<p>Hello {{ name }}' });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const add = async (parts: object, talk = api) =>
  await talk.post<ApiErrorBody & { id: string }>('/v1/templates', {
    name: `t${Math.random().toString(36).slice(2)}`,
    ...parts,
  });
const tryOut = async (id: string, variables = {}, talk = api) =>
  await talk.post<ApiErrorBody & { text: string }>(`/v1/templates/${id}/render`, { variables });

/** The first line of the greeting. */
function greeting(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(stage.relay.port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1').split('\r\n')[0] ?? '');
    });
  });
}

describe('a template is refused when it is added', () => {
  const limits = [
    /longer than 16384 characters/,
    /more than 10000 tags/,
    /more than 50 filters/,
    /more than 50000 numbers/,
    /nested deeper than 100/,
  ];
  it.each(TOO_MUCH.map(({ name, parts }, index) => [name, parts, limits[index]] as const))(
    'for %s',
    async (_name, parts, limit) => {
      const { status, body } = await add(parts);
      expect(status).toBe(422);
      expect(body.error).toMatchObject({ code: 'template-refused', field: 'text' });
      expect(body.error.message).toMatch(limit ?? '');
    },
  );
});

describe('a template whose text is derived', () => {
  it.each(HOSTILE_MARKUP.map(({ name, parts }) => [name, parts] as const))(
    'is filled, with %s',
    async (_name, parts) => {
      const { status, body } = await add(parts);
      expect(status).toBe(201);
      expect(await tryOut(body.id)).toMatchObject({ status: 200 });
    },
  );

  it('is refused when it is too much to derive a text from', async () => {
    const { body } = await add({ html: '{% for i in (1..20000) %}<a>x</a><br>{% endfor %}' });
    const { status, body: answer } = await tryOut(body.id);
    expect(status).toBe(422);
    expect(answer.error.message).toMatch(/html: has more than 50000 tags .*give the template a text part/);
  });
});

describe('variables of a message', () => {
  it.each([
    ['too deep', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, /nested deeper than 20/],
    ['too many', `[${'0,'.repeat(60_000)}0]`, /more than 50000 values/],
  ])('are refused that are %s', async (_what, json, expected) => {
    const { body } = await add({ text: '{{ x }}' });
    const request = `{"from":"app@sender.test","to":"a@recipient.test","template":"${body.id}","variables":{"x":${json}}}`;
    const { status, body: answer } = await api.call<ApiErrorBody>('POST', '/v1/send', request);
    expect(status).toBe(422);
    expect(answer.error).toMatchObject({ code: 'template-refused', field: 'variables' });
    expect(answer.error.message).toMatch(expected);
  });
});

describe('a template that passes a limit of the process', () => {
  it('of time is refused, and stops nobody else meanwhile', async () => {
    const { body } = await add({ text: ENDLESS });
    let ended = false;
    const hostile = tryOut(body.id).finally(() => (ended = true));
    // A second one of the same account waits, whatever else does not.
    expect(await greeting()).toMatch(/^220 /);
    expect((await api.call('GET', '/v1/templates')).status).toBe(200);
    const message = { from: 'app@sender.test', to: 'meanwhile@recipient.test', subject: 's', text: 't' };
    expect((await api.post('/v1/send', message)).status).toBe(200);
    expect(ended).toBe(false);
    const { body: theirs } = await tryOut('hello', { name: 'Ada' }, other);
    expect(theirs.text).toBe('Hello Ada\n');
    const { status, body: answer } = await hostile;
    expect(status).toBe(422);
    expect(answer.error.message).toMatch(/takes longer than 5 s, the limit of time/);
    const again = await tryOut(body.id);
    expect(again.status).toBe(422);
    expect(again.body.error.message).toMatch(/not tried again for \d+ s/);
  });

  it('of memory is refused, over HTTP, SMTP and on the command line', async () => {
    const { body } = await add({ text: HUNGRY });
    const { status, body: answer } = await tryOut(body.id);
    expect(status).toBe(422);
    expect(answer.error.message).toMatch(/takes more than 96 MiB, the limit of memory/);
    const session = await stage.session();
    const { text } = await session.submit({
      from: 'app@sender.test',
      to: 'nobody@recipient.test',
      content: `From: app@sender.test\r\nX-Relay-Template: ${body.id}\r\n\r\nx\r\n`,
    });
    await session.quit();
    expect(text).toMatch(/^554 5\.6\.0 X-Relay-Template: template tpl_\S+ takes more than 96 MiB/);
    const onTheCommandLine = stage.relay.ctl('template', 'render', body.id);
    await expect(onTheCommandLine).rejects.toThrow(CtlError);
    await expect(onTheCommandLine).rejects.toThrow(/takes more than 96 MiB/);
    expect((await tryOut('hello', { name: 'Ada' }, other)).body.text).toBe('Hello Ada\n');
  });
});

describe('templates in many messages', () => {
  it('are filled for a batch of a thousand, and for ten sessions at once', async () => {
    const messages = Array.from({ length: 1_000 }, (_, index) => ({
      from: 'app@sender.test',
      to: `batch+${index}@recipient.test`,
      template: 'hello',
      variables: { name: `n${index}` },
    }));
    await api.post('/v1/templates', { name: 'hello', subject: 's', html: '<p>Hello {{ name }}' });
    const { body } = await api.post<{ accepted: number; refused: number }>('/v1/batch', { messages });
    expect(body).toMatchObject({ accepted: 1_000, refused: 0 });
    expect((await stage.received('batch+999@recipient.test')).content.toString()).toContain('Hello n999');
    const sessions = await Promise.all(Array.from({ length: 10 }, async () => await stage.session()));
    const replies = await Promise.all(
      sessions.map(async (session, index) => {
        const to = `session+${index}@recipient.test`;
        const content = `From: app@sender.test\r\nX-Relay-Template: hello\r\nX-Relay-Variables: {"name":"s${index}"}\r\n\r\nx\r\n`;
        const { text } = await session.submit({ from: 'app@sender.test', to, content });
        await session.quit();
        return text;
      }),
    );
    for (const text of replies) expect(text).toMatch(/^250 /);
    expect((await stage.received('session+9@recipient.test')).content.toString()).toContain('Hello s9');
  });
});
