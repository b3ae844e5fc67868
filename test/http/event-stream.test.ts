/** Events by cursor and as server-sent events: in order, resumable, bounded, and gone with their key. */
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { acceptMessage, deliverAll } from './support/accept-message.ts';
import { stage, type HttpStage } from './support/http-stage.ts';

interface Reader {
  readonly status: number;
  /** Everything received so far. */
  text: string;
  ended: boolean;
  pause(): void;
}

/** A client that reads a stream until the test ends. */
async function follow(
  relay: HttpStage,
  key: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<Reader> {
  return await new Promise((resolve, reject) => {
    const call = request(
      relay.url(`/v1/events/stream${query}`),
      { headers: { authorization: `Bearer ${key}`, ...headers } },
      (response) => {
        const reader: Reader = {
          status: response.statusCode ?? 0,
          text: '',
          ended: false,
          pause: () => response.pause(),
        };
        response.setEncoding('utf8');
        response.on('data', (text: string) => (reader.text += text));
        response.on('close', () => (reader.ended = true));
        response.on('error', () => (reader.ended = true));
        resolve(reader);
      },
    );
    call.on('error', reject);
    call.end();
    onTestFinished(() => void call.destroy());
  });
}

const idsIn = ({ text }: Reader) => [...text.matchAll(/^id: (evt_\d+)\nevent:/gm)].map((match) => match[1]);

test('events are read once each, in order, whatever the size of the pages', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['messages:read'] });
  for (let i = 0; i < 5; i++) await acceptMessage(relay);
  const seen: string[] = [];
  let after = '';
  for (;;) {
    const { body } = await relay.call(`/v1/events?limit=2${after}`, { key });
    seen.push(...body.data.map((event: any) => event.id));
    after = `&after=${body.next}`;
    if (!body.more) break;
  }
  expect(seen).toHaveLength(5);
  expect([...new Set(seen)].sort()).toEqual(seen);
  await deliverAll(relay);
  const later = await relay.call(`/v1/events?type=delivered&type=bounced${after}`, { key });
  expect(later.body.data.map((event: any) => event.event)).toEqual(Array(5).fill('delivered'));
  const wrong = await relay.call('/v1/events?type=lost&after=7', { key });
  expect(wrong.body.error.errors.map((error: any) => error.field)).toEqual(['query.type', 'query.after']);
});

test('a stream brings what happens, and after a break what was missed', async () => {
  const relay = await stage();
  const key = await relay.key();
  await acceptMessage(relay);
  const reader = await follow(relay, key);
  expect(reader.status).toBe(200);
  const id = await acceptMessage(relay, { tags: ['x'] });
  await eventually(() => idsIn(reader).length === 1);
  const data = JSON.parse(/^data: (.*)$/m.exec(reader.text)![1]!);
  expect(data).toMatchObject({ event: 'accepted', message_id: id, tags: ['x'] });
  await deliverAll(relay);
  await eventually(() => idsIn(reader).length === 3);
  const [first] = idsIn(reader);
  const again = await follow(relay, key, '', { 'last-event-id': first! });
  await eventually(() => idsIn(again).length === 2);
  expect(idsIn(again)).toEqual(idsIn(reader).slice(1));
});

test('a stream can be about a type, a tag or a message', async () => {
  const relay = await stage();
  const key = await relay.key();
  const reader = await follow(relay, key, '?type=delivered&tag=x');
  await acceptMessage(relay, { tags: ['x'] });
  await acceptMessage(relay, { tags: ['y'] });
  await deliverAll(relay);
  await eventually(() => idsIn(reader).length === 1);
  expect(reader.text).not.toContain('event: accepted');
});

test('a stream from the beginning on brings everything, page by page', async () => {
  const relay = await stage();
  const key = await relay.key();
  for (let i = 0; i < 450; i++) await acceptMessage(relay);
  const readers = [
    await follow(relay, key, '?after=evt_00000000000000'),
    await follow(relay, key, '?after=evt_00000000000000'),
  ];
  for (const reader of readers) {
    await eventually(() => idsIn(reader).length === 450);
    expect([...new Set(idsIn(reader))].sort()).toEqual(idsIn(reader));
  }
});

test('a quiet stream keeps itself alive, and moves the cursor on', async () => {
  const relay = await stage({ http: { streamTimes: { keepAliveMs: 0, slowReaderMs: 60_000 } } });
  const key = await relay.key();
  const reader = await follow(relay, key, '?type=bounced');
  await acceptMessage(relay);
  const now = async () => `evt_${String(await relay.reader.lastEventSequence()).padStart(14, '0')}`;
  await eventually(async () => reader.text.includes(`: keep-alive\nid: ${await now()}\n\n`));
  expect(idsIn(reader)).toEqual([]);
});

test('a stream ends when its key is revoked, within a second', async () => {
  const relay = await stage();
  const admin = await relay.key();
  const made = await relay.call('/v1/credentials', {
    key: admin,
    body: { kind: 'api', scopes: ['messages:read'] },
  });
  const reader = await follow(relay, made.body.key);
  await relay.call(`/v1/credentials/${made.body.id}`, { key: admin, method: 'DELETE' });
  // A second, and what a busy machine adds.
  await eventually(() => reader.ended);
  expect(reader.text).toContain('event: closed');
  await eventually(() => relay.log.some(({ route }) => route === '/v1/events/stream'));
});

test('a client that does not read is cut, and holds no memory until then', async () => {
  const relay = await stage({ http: { streamTimes: { keepAliveMs: 60_000, slowReaderMs: 300 } } });
  const key = await relay.key();
  const metadata = { long: 'x'.repeat(60_000) };
  const reader = await follow(relay, key);
  reader.pause();
  for (let i = 0; i < 200; i++) await acceptMessage(relay, { metadata });
  await eventually(() =>
    relay.log.some(({ event }) => event === 'event stream cut: its client does not read'),
  );
  await eventually(async () => (await metric(relay, 'postern_http_event_streams')) === 0);
});

test('a key has ten streams at most', async () => {
  const relay = await stage();
  const key = await relay.key();
  for (let i = 0; i < 10; i++) expect((await follow(relay, key)).status).toBe(200);
  const { status, body } = await relay.call('/v1/events/stream', { key });
  expect([status, body.error.code]).toEqual([429, 'rate-limited']);
  expect((await follow(relay, await relay.key())).status).toBe(200);
});

test('streams end when the relay stops, at once', async () => {
  const relay = await stage();
  const key = await relay.key();
  const service = await relay.startService();
  const { port } = service.addresses[0]!;
  const response = await fetch(`http://127.0.0.1:${port}/v1/events/stream`, {
    headers: { authorization: `Bearer ${key}` },
  });
  // It would wait for a stream for an hour.
  await service.stop(3_600_000);
  expect(await response.text()).toContain('retry: 2000');
});

async function metric(relay: HttpStage, name: string): Promise<number> {
  const { body } = await relay.call('/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body as string)?.[1]);
}

test('a client that goes before its stream begins takes no place of its key', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['messages:read'] });
  const { lastEventSequence } = relay.reader;
  const held = Promise.withResolvers<undefined>();
  onTestFinished(() => held.resolve(undefined));
  let asked = 0;
  relay.reader.lastEventSequence = async () => {
    asked++;
    await held.promise;
    return await lastEventSequence();
  };
  const calls = Array.from({ length: 10 }, () => {
    const call = request(relay.url('/v1/events/stream'), { headers: { authorization: `Bearer ${key}` } });
    call.on('error', () => undefined).end();
    return call;
  });
  await eventually(() => asked === calls.length);
  for (const call of calls) call.destroy();
  for (const call of calls) await eventually(() => call.socket?.destroyed === true);
  // What is asked behind their end is answered behind it.
  expect((await relay.call('/v1/events', { key })).status).toBe(200);
  relay.reader.lastEventSequence = lastEventSequence;
  held.resolve(undefined);
  let last = await follow(relay, key);
  await eventually(async () => {
    if (last.status !== 200) last = await follow(relay, key);
    return last.status === 200;
  });
  for (let more = 1; more < calls.length; more++) expect((await follow(relay, key)).status).toBe(200);
});
