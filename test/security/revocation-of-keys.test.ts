/**
 * A request is answered by what its key may do when the body is here, and its mail is stored by what the key may do then:
 * not by what was so when the header came.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/store/directory-records.ts';
import { stageBox, type Call, type HttpStage } from '../http/support/http-stage.ts';
import { eventually } from '../support/eventually.ts';
import { FROM, RevocationStage, TO } from './support/revocation-stage.ts';
import { slowRequest } from './support/slow-request.ts';

let stage: RevocationStage;
beforeEach(async () => {
  stage = await RevocationStage.start();
});

const message = { from: FROM, to: TO, subject: 'x', text: 'x' };

async function holderOf(key: string): Promise<Credential> {
  return (await stage.relay.reader.credentialBySecretHash(stageBox.hmac(key)))!;
}

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** The message's id. */
async function send(relay: HttpStage, call: Call): Promise<string> {
  const answer = await relay.call('/v1/send', call);
  expect(answer.status).toBe(200);
  return (answer.body as { readonly id: string }).id;
}

interface BatchAnswer {
  readonly results: readonly { readonly error?: { readonly code: string } }[];
}

async function batch(key: string, messages: readonly object[]): Promise<BatchAnswer> {
  const answer = await stage.relay.call('/v1/batch', { key, body: { messages } });
  expect(answer.status).toBe(200);
  return answer.body as BatchAnswer;
}

describe('a request whose body ends after its key was revoked', () => {
  const requests: readonly (readonly [string, string, unknown])[] = [
    ['POST', '/v1/send', message],
    ['POST', '/v1/batch', { messages: [message, message] }],
    ['PATCH', '/v1/messages/:id', { send_at: inHours(3) }],
    ['POST', '/v1/credentials', { kind: 'api', scopes: ['admin'] }],
    ['POST', '/v1/webhooks', { url: 'https://hooks.example/x', events: ['bounced'] }],
    ['POST', '/v1/suppressions', { address: 'x@example.net' }],
    ['POST', '/v1/domains', { domain: 'third.example' }],
    ['POST', '/v1/streams', { name: 'news' }],
    ['POST', '/v1/templates', { name: 't', subject: 's', text: 't' }],
  ];

  it.each(requests)('%s %s changes nothing', async (method, path, body) => {
    const { relay } = stage;
    const [key, other] = [await relay.key(), await relay.key()];
    const scheduled = await send(relay, {
      key: other,
      body: { ...message, send_at: inHours(1) },
    });
    const before = await everything(other);
    const holder = await holderOf(key);
    const request = { method, url: relay.url(path.replace(':id', scheduled)), key, body };
    const { status, body: said } = await slowRequest(request, () => stage.revoke(holder));
    expect(said).toContain('the API key is unknown, revoked or expired');
    expect(status).toBe(401);
    expect(await everything(other)).toEqual(before);
  });

  it('is not answered as the first one with its Idempotency-Key', async () => {
    const { relay } = stage;
    const key = await relay.key();
    const headers = { 'idempotency-key': 'order-17' };
    const first = await send(relay, { key, body: message, headers });
    const holder = await holderOf(key);
    const request = { method: 'POST', url: relay.url('/v1/send'), key, body: message, headers };
    const { status, body } = await slowRequest(request, () => stage.revoke(holder));
    expect(status).toBe(401);
    expect(body).not.toContain(first);
  });

  it('is 403 when the key was narrowed, and goes on when it may still do this', async () => {
    const { relay } = stage;
    const key = await relay.key();
    const holder = await holderOf(key);
    const request = { method: 'POST', url: relay.url('/v1/send'), key, body: message };
    const sent = await slowRequest(request, () => stage.change(holder, `scopes = '["send"]'`));
    expect(sent.status).toBe(200);
    const without = await slowRequest(request, () => stage.change(holder, `scopes = '["messages:read"]'`));
    expect(without.status).toBe(403);
    expect(without.body).toContain('lacks the scope send');
    stage.change(holder, `scopes = '["send"]'`);
    await eventually(async () => (await relay.call('/v1/send', { key, body: message })).status === 200);
    const elsewhere = await slowRequest(request, () => stage.change(holder, `networks = '["192.0.2.0/24"]'`));
    expect(elsewhere.status).toBe(403);
    expect(elsewhere.body).toContain('is not allowed for this credential');
    expect(stage.messages).toBe(2);
  });

  async function everything(key: string): Promise<unknown> {
    const answers = [
      'credentials',
      'webhooks',
      'suppressions',
      'domains',
      'streams',
      'templates',
      'messages',
    ].map(
      async (noun) => (await stage.relay.call(`/v1/${noun}`, { key })).body as { data: { id?: string }[] },
    );
    // That the key itself was revoked is seen among the credentials.
    return (await Promise.all(answers)).map(({ data }) =>
      data.map((one) => ({ ...one, revoked_at: undefined })),
    );
  }
});

describe('a key that is changed as its mail is being stored', () => {
  const other = { ...message, from: 'a@second.example' };

  it.each([
    ['/v1/send', message],
    ['/v1/batch', { messages: [message, other] }],
  ])('%s is 401 when it was revoked, and nothing is kept', async (path, body) => {
    const key = await stage.relay.key();
    const holder = await holderOf(key);
    stage.beforeAccept = () => stage.revoke(holder);
    const answer = await stage.relay.call(path, { key, body });
    expect(answer.status).toBe(401);
    expect(stage.kept).toEqual({ messages: 0, chunks: 0 });
  });

  it('of a batch only what it may no longer send is refused', async () => {
    const key = await stage.relay.key();
    const holder = await holderOf(key);
    stage.changeAtAccepts(holder, `domains = '["second.example"]'`);
    const answer = await batch(key, [message, other, message]);
    expect(answer).toMatchObject({ accepted: 1, refused: 2 });
    expect(answer.results.map(({ error }) => error?.code)).toEqual([
      'sender-not-allowed',
      undefined,
      'sender-not-allowed',
    ]);
    expect(stage.messages).toBe(1);
  });

  it('of a batch nothing is refused for good when it is changed each time', async () => {
    const key = await stage.relay.key();
    const holder = await holderOf(key);
    stage.changeAtAccepts(holder, 'rate_per_minute = 5', 'rate_per_minute = 6');
    const answer = await batch(key, [message, other]);
    expect(answer).toMatchObject({ accepted: 0, refused: 2 });
    expect(answer.results[0]?.error?.code).toBe('unavailable');
    expect(stage.kept).toEqual({ messages: 0, chunks: 0 });
  });
});

it('an event stream ends when its key may no longer read', async () => {
  const { relay } = stage;
  const key = await relay.key();
  const holder = await holderOf(key);
  const response = await fetch(relay.url('/v1/events/stream'), {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(response.status).toBe(200);
  stage.change(holder, `scopes = '["send"]'`);
  expect(await response.text()).toContain('event: closed');
});
