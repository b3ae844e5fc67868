/** Messages for later: they wait, can be moved and cancelled, and leave when their time has come. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTalk, type ApiErrorBody } from './support/api-talk.ts';
import { Stage, type MessageJson } from './support/stage.ts';

interface Scheduled extends MessageJson {
  readonly send_at: string | null;
  readonly expires_at: string;
}

const HOUR_MS = 3_600_000;

let stage: Stage;
let api: ApiTalk;
let counter = 0;
const somebody = () => `later+${++counter}@recipient.test`;
const inFuture = (ms: number) => new Date(Date.now() + ms).toISOString();

beforeAll(async () => {
  stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
  api = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--scope', 'messages:read');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function send(parts: Record<string, unknown>): Promise<{ id: string; status: string; to: string }> {
  const to = somebody();
  const request = { from: 'app@sender.test', to, subject: 'later', text: 'x', ...parts };
  const { status, body } = await api.post<{ id: string; status: string }>('/v1/send', request);
  expect(status).toBe(200);
  return { ...body, to };
}

const states = ({ deliveries }: MessageJson) => deliveries.map(({ state }) => state);

describe('a message with send_at', () => {
  it('is scheduled, listed as such, and lives from then on', async () => {
    const sendAt = inFuture(HOUR_MS);
    const { id, status } = await send({ send_at: sendAt, expires_in: 600 });
    expect(status).toBe('scheduled');
    const { body } = await api.call<{ data: Scheduled[] }>('GET', '/v1/messages?state=scheduled');
    const listed = body.data.find((message) => message.id === id);
    expect(listed?.send_at).toBe(sendAt);
    expect(Date.parse(listed?.expires_at ?? '') - Date.parse(sendAt)).toBe(600_000);
    expect(listed?.deliveries[0]?.next_attempt_at).toBe(sendAt);
  });

  it('leaves when its time has come, not before', async () => {
    const atMs = Date.now() + 1_500;
    const { to } = await send({ send_at: new Date(atMs).toISOString() });
    await stage.received(to);
    expect(Date.now()).toBeGreaterThanOrEqual(atMs);
  });

  it('in the past is sent now', async () => {
    const { id, status } = await send({ send_at: '2020-01-01T00:00:00Z' });
    expect(status).toBe('queued');
    expect(states(await stage.settled(id))).toEqual(['delivered']);
  });

  it('can be moved to another time, and to now', async () => {
    const { id, to } = await send({ send_at: inFuture(HOUR_MS) });
    const later = inFuture(2 * HOUR_MS);
    const moved = await api.call<Scheduled>('PATCH', `/v1/messages/${id}`, { send_at: later });
    expect(moved.status).toBe(200);
    expect(moved.body.send_at).toBe(later);
    expect(states(moved.body)).toEqual(['scheduled']);
    const now = await api.call<Scheduled>('PATCH', `/v1/messages/${id}`, { send_at: '2020-01-01T00:00:00Z' });
    expect(now.status).toBe(200);
    await stage.received(to);
    await stage.settled(id);
    const late = await api.call<ApiErrorBody>('PATCH', `/v1/messages/${id}`, { send_at: later });
    expect(late.status).toBe(409);
    expect(late.body.error.code).toBe('too-late');
  });

  it('can be cancelled until it starts', async () => {
    const { id, to } = await send({ send_at: inFuture(HOUR_MS) });
    const cancelled = await api.post<Scheduled>(`/v1/messages/${id}/cancel`, undefined);
    expect(cancelled.status).toBe(200);
    expect(states(cancelled.body)).toEqual(['cancelled']);
    const again = await api.post<ApiErrorBody>(`/v1/messages/${id}/cancel`, undefined);
    expect(again.status).toBe(409);
    expect(again.body.error.message).toContain('cancelled');
    const moved = await api.call('PATCH', `/v1/messages/${id}`, { send_at: inFuture(HOUR_MS) });
    expect(moved.status).toBe(409);
    expect(stage.mx.messages.some(({ recipients }) => recipients[0]?.address === to)).toBe(false);
    const events = await stage.relay.ctlList<{ event: string }>('events', '--message', id);
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'cancelled']);
  });

  it('survives the end of the relay and leaves after the next start', async () => {
    const { to } = await send({ send_at: inFuture(1_000) });
    await stage.relay.kill();
    await stage.relay.start();
    await stage.received(to);
  });

  it('belongs to its account', async () => {
    await stage.relay.ctl('account', 'add', 'other');
    const other = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--account', 'other');
    const { id } = await send({ send_at: inFuture(HOUR_MS) });
    expect((await other.call('PATCH', `/v1/messages/${id}`, { send_at: inFuture(1) })).status).toBe(404);
    expect((await other.post(`/v1/messages/${id}/cancel`, undefined)).status).toBe(404);
    expect(states(await stage.message(id))).toEqual(['scheduled']);
  });

  it.each(['soon', '2099-01-01T00:00:00Z'])('is not moved to %s', async (sendAt) => {
    const { id } = await send({ send_at: inFuture(HOUR_MS) });
    const { status, body } = await api.call<ApiErrorBody>('PATCH', `/v1/messages/${id}`, { send_at: sendAt });
    expect(status).toBe(400);
    expect(body.error.field).toBe('send_at');
  });

  it('comes by SMTP too, and is cancelled by relayctl', async () => {
    const session = await stage.session();
    const to = somebody();
    const sendAt = inFuture(HOUR_MS);
    const id = await session.submitForId({
      from: 'app@sender.test',
      to,
      content: `From: app@sender.test\r\nTo: ${to}\r\nX-Relay-Send-At: ${sendAt}\r\n\r\nlater\r\n`,
    });
    await session.quit();
    const shown = (await stage.message(id)) as Scheduled;
    expect(states(shown)).toEqual(['scheduled']);
    expect(shown.send_at).toBe(sendAt);
    await stage.relay.ctl('queue', 'cancel', id, '--yes');
    expect(states(await stage.message(id))).toEqual(['cancelled']);
  });
});
