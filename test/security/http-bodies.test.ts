/**
 * Bodies that hardly arrive and answers that nobody reads: they hold as much memory as came, for as long as they keep
 * coming, and no key or account can take from others what these need.
 */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { stage, type HttpStage } from '../http/support/http-stage.ts';
import { postHead, rawClient } from '../http/support/raw-client.ts';

const CHUNKED = 'Transfer-Encoding: chunked';
const length = (bytes: number) => `Content-Length: ${bytes}`;
const MIB = 1024 * 1024;

async function figure(relay: HttpStage, name: string): Promise<number> {
  const { body } = await relay.call('/metrics');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(body as string)?.[1]);
}
const heldBytes = (relay: HttpStage) => figure(relay, 'postern_http_body_bytes');
const underWay = (relay: HttpStage) => figure(relay, 'postern_http_bodies');

async function sender(relay: HttpStage): Promise<void> {
  const key = await relay.key();
  const { body } = await relay.call('/v1/domains', { key, body: { domain: 'example.org' } });
  const found = { domainId: body.id as string, recordStatus: {}, dkim: true };
  await relay.store.directory.recordDomainCheck({ ...found, atMs: 1, holder: undefined }, 'test');
}

const message = (bytes: number) => ({ from: 'a@example.org', to: 'b@example.net', text: 'x'.repeat(bytes) });

test('ten bodies that are announced and hardly sent deny nobody a message of 100 KiB', async () => {
  const relay = await stage();
  await sender(relay);
  const slow = await relay.key({ scopes: ['send'] });
  for (let count = 0; count < 9; count++)
    rawClient(relay.port, `${postHead('/v1/send', slow, CHUNKED)}1\r\n{\r\n`);
  rawClient(relay.port, `${postHead('/v1/send', slow, length(23_000_000))}{`);
  await eventually(async () => (await underWay(relay)) === 10);
  expect(await heldBytes(relay)).toBe(10);
  const other = await relay.key({ scopes: ['send'] });
  const { status } = await relay.call('/v1/send', { key: other, body: message(100 * 1024) });
  expect(status).toBe(200);
  expect((await relay.call('/v1/send', { key: slow, body: message(100 * 1024) })).status).toBe(200);
});

test('a body that does not come at 1 KiB a second is refused after 20 seconds, with or without a length', async () => {
  const clock = new VirtualClock(Date.now());
  const relay = await stage({ clock });
  const key = await relay.key({ scopes: ['admin'] });
  const clients = [
    rawClient(relay.port, `${postHead('/v1/send', key, CHUNKED)}1\r\n{\r\n`),
    rawClient(relay.port, `${postHead('/v1/send', key, length(23_000_000))}{`),
    rawClient(relay.port, `${postHead('/v1/streams', key, length(50))}{`),
    rawClient(relay.port, postHead('/v1/streams', key, CHUNKED)),
  ];
  await eventually(async () => (await underWay(relay)) === 4);
  await clock.advance(19_000);
  expect(await underWay(relay)).toBe(4);
  await clock.advance(6_000);
  for (const client of clients) {
    await eventually(() => client.closed());
    expect(client.said()).toMatch(/^HTTP\/1\.1 408 /);
    expect(client.said()).toMatch(/^connection: close/im);
    expect(client.said()).toContain('"code":"timeout"');
  }
  await eventually(async () => (await heldBytes(relay)) === 0);
});

test('what has arrived has to keep coming, the faster the more it is', async () => {
  const clock = new VirtualClock(Date.now());
  const relay = await stage({ clock });
  const key = await relay.key({ scopes: ['send'] });
  const head = postHead('/v1/send', key, length(23_000_000));
  const stalled = rawClient(relay.port, head + ' '.repeat(8 * MIB));
  const small = rawClient(relay.port, head + ' '.repeat(30 * 1024));
  const sent = 8 * MIB + 30 * 1024;
  await eventually(async () => (await heldBytes(relay)) === sent);
  await clock.advance(20_000);
  // In the next twenty seconds 30 KiB come of each: enough for one that holds little.
  for (const client of [stalled, small]) client.socket.write(' '.repeat(30 * 1024));
  await eventually(async () => (await heldBytes(relay)) === sent + 60 * 1024);
  await clock.advance(20_000);
  await eventually(() => stalled.closed());
  expect(stalled.said()).toMatch(/^HTTP\/1\.1 408 /);
  expect(small.said()).toBe('');
});

test('a message with 20 MB of attachments passes at 50 KB a second', async () => {
  const clock = new VirtualClock(Date.now());
  const relay = await stage({ clock });
  await sender(relay);
  const key = await relay.key({ scopes: ['send'] });
  const attachment = { filename: 'a.bin', content: Buffer.alloc(18_000_000, 1).toString('base64') };
  const body = JSON.stringify({ ...message(10), attachments: [attachment] }).padEnd(26_700_000);
  const client = rawClient(relay.port, postHead('/v1/send', key, length(body.length)));
  const perLook = 250_000;
  for (let at = 0; at < body.length; at += perLook) {
    client.socket.write(body.slice(at, at + perLook));
    const arrived = Math.min(at + perLook, body.length);
    if (arrived < body.length) await eventually(async () => (await heldBytes(relay)) === arrived);
    await clock.advance((perLook / 50_000) * 1_000);
  }
  await eventually(() => client.said() !== '');
  expect(client.said()).toMatch(/^HTTP\/1\.1 200 /);
});

test('a body that comes just fast enough still has to end', async () => {
  const clock = new VirtualClock(Date.now());
  const relay = await stage({ clock });
  const key = await relay.key({ scopes: ['admin'] });
  const client = rawClient(relay.port, postHead('/v1/streams', key, length(60_000)));
  await eventually(async () => (await underWay(relay)) === 1);
  for (let seconds = 0; seconds < 75; seconds += 5) {
    if (client.closed()) break;
    client.socket.write(' '.repeat(5 * 700));
    await clock.advance(5_000);
  }
  await eventually(() => client.closed());
  expect(client.said()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a key that fills its share leaves the others theirs, also of its account', async () => {
  const relay = await stage({ env: { RELAY_SUBMISSION__MAX_MESSAGE_BYTES: '63MiB' } });
  await sender(relay);
  const greedy = await relay.key({ scopes: ['send'] });
  const announce = (key: string, bytes: number) =>
    rawClient(
      relay.port,
      postHead('/v1/send', key, CHUNKED) + `${bytes.toString(16)}\r\n${' '.repeat(bytes)}`,
    );
  // Of 256 MiB: one key alone comes to a third of it.
  announce(greedy, 40 * MIB);
  announce(greedy, 40 * MIB);
  await eventually(async () => (await heldBytes(relay)) === 80 * MIB);
  const third = announce(greedy, 40 * MIB);
  await eventually(() => third.closed());
  expect(third.said()).toMatch(/^HTTP\/1\.1 503 /);
  expect(third.said()).toMatch(/^retry-after: 2/im);
  const sibling = await relay.key({ scopes: ['send'] });
  announce(sibling, 40 * MIB);
  await eventually(async () => (await heldBytes(relay)) === 120 * MIB);
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name, scopes: ['send'] });
  announce(stranger, 40 * MIB);
  await eventually(async () => (await heldBytes(relay)) === 160 * MIB);
  // What is small is taken from everybody.
  expect((await relay.call('/v1/send', { key: greedy, body: message(10_000) })).status).toBe(200);
});

test('answers that nobody reads are counted, and cut', async () => {
  const clock = new VirtualClock(Date.now());
  const relay = await stage({ clock });
  const key = await relay.key();
  for (let count = 0; count < 100; count++)
    await relay.credential({ domains: Array.from({ length: 100 }, () => 'd'.repeat(250)) });
  const greedy = Array.from({ length: 12 }, () => {
    const client = rawClient(relay.port, '');
    client.socket.pause();
    const get = `GET /v1/credentials?limit=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    client.socket.write(get.repeat(8));
    return client;
  });
  await eventually(async () => (await heldBytes(relay)) > 20 * MIB);
  expect(await heldBytes(relay)).toBeLessThan(86 * MIB);
  await clock.advance(60_000);
  await clock.advance(5_000);
  await eventually(async () => (await heldBytes(relay)) === 0);
  for (const client of greedy) client.socket.resume();
  await eventually(() => greedy.some((client) => client.closed()));
});

test('nothing is read where nothing is, and of a body that no route asked for', async () => {
  const relay = await stage();
  const nowhere = rawClient(relay.port, `POST /nowhere HTTP/1.1\r\nHost: x\r\n${CHUNKED}\r\n\r\n`);
  await eventually(() => nowhere.closed());
  expect(nowhere.said()).toMatch(/^HTTP\/1\.1 404 /);
  const get = rawClient(relay.port, `GET /healthz HTTP/1.1\r\nHost: x\r\n${length(5_000_000)}\r\n\r\n`);
  await eventually(() => get.closed());
  expect(get.said()).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  ['of one octet, a few thousand of them', 1_000, 1],
  ['of a word each, however many', 200_000, 20],
])('a body in chunks %s, arrives', async (_what, octets, size) => {
  const relay = await stage();
  await sender(relay);
  const key = await relay.key({ scopes: ['send'] });
  const client = rawClient(
    relay.port,
    `${postHead('/v1/send', key, CHUNKED)}${inChunks(octets, size)}0\r\n\r\n`,
  );
  await eventually(() => client.said().startsWith('HTTP/1.1 200'));
});

test('a body in many chunks of next to nothing is refused, and its connection closed', async () => {
  const relay = await stage();
  await sender(relay);
  const key = await relay.key({ scopes: ['send'] });
  const client = rawClient(relay.port, `${postHead('/v1/send', key, CHUNKED)}${inChunks(100_000, 1)}`);
  await eventually(() => client.closed());
  expect(client.said()).toMatch(/^HTTP\/1\.1 400 /);
  expect(client.said()).toContain('too many small chunks');
});

function inChunks(octets: number, size: number): string {
  const text = JSON.stringify(message(octets));
  return text.replaceAll(
    new RegExp(`.{1,${size}}`, 'gs'),
    (piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`,
  );
}
