/** Connections that are held open, by whom ever: they give way to those that want something. */
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { CONNECTION_MAXIMA } from '../../src/http/connection-room.ts';
import { eventually } from '../support/eventually.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { stage, type HttpStage } from '../http/support/http-stage.ts';
import { postHead, rawClient, type RawClient } from '../http/support/raw-client.ts';

const NO_LIMIT = { all: 1e9, perNetwork: 1e9, perAddress: 1e9, perAccount: 1e9, perKey: 1e9 };
const GET = (key: string) => `GET /v1/streams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;

/** A connection whose first request has been answered, and that stays open. */
async function idle(relay: HttpStage, key: string): Promise<RawClient> {
  const client = rawClient(relay.port, GET(key));
  await eventually(() => client.said().includes('"next":null'));
  return client;
}

test('the whole number is bounded: the one that has been idle for longest makes room', async () => {
  const relay = await stage({ http: { connectionMaxima: { ...NO_LIMIT, all: 3 } } });
  const key = await relay.key();
  const held = [await idle(relay, key), await idle(relay, key), await idle(relay, key)];
  const next = await idle(relay, key);
  await eventually(() => held[0]!.closed());
  expect([held[1]!.closed(), held[2]!.closed(), next.closed()]).toEqual([false, false, false]);
});

test('one that has said nothing makes room too, one with a request under way does not', async () => {
  const relay = await stage({ http: { connectionMaxima: { ...NO_LIMIT, all: 2 } } });
  const key = await relay.key({ scopes: ['admin'] });
  const silent = rawClient(relay.port, '');
  await eventually(() => !silent.socket.connecting);
  const busy = rawClient(relay.port, `${postHead('/v1/streams', key, 'Content-Length: 17')}{`);
  await eventually(() => busy.socket.bytesWritten > 0);
  await idle(relay, key);
  await eventually(() => silent.closed());
  busy.socket.write('"name":"finish"}');
  await eventually(() => busy.said().startsWith('HTTP/1.1 201'));
});

test('a key, and an account, may have so many with requests under way; others still come in', async () => {
  const relay = await stage({
    clock: new VirtualClock(Date.now()),
    http: { connectionMaxima: { ...NO_LIMIT, perKey: 2, perAccount: 3 } },
  });
  const greedy = await relay.key();
  const hold = (key: string) =>
    rawClient(relay.port, postHead('/v1/streams', key, 'Transfer-Encoding: chunked'));
  const bodies = async () =>
    /^postern_http_bodies (\d+)$/m.exec((await relay.call('/metrics')).body as string)?.[1];
  hold(greedy);
  hold(greedy);
  await eventually(async () => (await bodies()) === '2');
  const third = hold(greedy);
  await eventually(() => third.closed());
  expect(third.said()).toMatch(/^HTTP\/1\.1 429 /);
  expect(third.said()).toMatch(/^retry-after: 5/im);
  const sibling = await relay.key();
  hold(sibling);
  await eventually(async () => (await bodies()) === '3');
  const another = hold(await relay.key());
  await eventually(() => another.closed());
  expect(another.said()).toContain('this account has 3 connections');
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  expect((await relay.call('/v1/streams', { key: stranger })).status).toBe(200);
});

test('idle ones of a key give way to its next', async () => {
  const relay = await stage({ http: { connectionMaxima: { ...NO_LIMIT, perKey: 2 } } });
  const key = await relay.key();
  const first = await idle(relay, key);
  const second = await idle(relay, key);
  const third = await idle(relay, key);
  await eventually(() => first.closed());
  expect([second.closed(), third.closed()]).toEqual([false, false]);
  // A connection counts for the key that used it last.
  const changing = await idle(relay, await relay.key());
  changing.socket.write(GET(key));
  await eventually(() => second.closed());
});

test('TLS connections are counted, and make room, like others', async () => {
  const relay = await stage({
    env: { RELAY_HTTP__LISTEN: '127.0.0.1:0', RELAY_HTTP__LISTEN_TLS: '127.0.0.1:0' },
    http: { connectionMaxima: { ...NO_LIMIT, perKey: 1 } },
  });
  const key = await relay.key();
  const open = async () => {
    const socket = connectTls({ port: relay.tlsPort, host: '127.0.0.1', rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    const state = { said: '', closed: false };
    socket.on('error', () => undefined).on('close', () => (state.closed = true));
    socket.on('data', (data: Buffer) => (state.said += data.toString()));
    socket.write(GET(key));
    await eventually(() => state.said.includes('"next":null'));
    return state;
  };
  const first = await open();
  const second = await open();
  await eventually(() => first.closed);
  expect(second.closed).toBe(false);
});

test('a connection that says nothing, or half a head, is cut in time', async () => {
  const relay = await stage({ http: { timeouts: { headersMs: 100, requestMs: 1_000, checkEveryMs: 20 } } });
  const silent = rawClient(relay.port, '');
  const half = rawClient(relay.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A');
  for (const client of [silent, half]) {
    await eventually(() => client.closed());
    expect(client.said()).toMatch(/^HTTP\/1\.1 408 /);
  }
});

test('no network, key or account may have more than half of all', () => {
  const { all, perNetwork, perAddress, perAccount, perKey } = CONNECTION_MAXIMA;
  expect(Math.max(perNetwork, perAddress, perAccount, perKey)).toBeLessThanOrEqual(all / 2);
});

const answers = (client: RawClient) => client.said().split('HTTP/1.1 ').length - 1;

test('a few requests at once on a connection are all answered, again and again', async () => {
  const relay = await stage();
  const key = await relay.key();
  const client = rawClient(relay.port, '');
  for (let round = 1; round <= 3; round++) {
    client.socket.write(GET(key).repeat(15));
    await eventually(() => answers(client) === 15 * round);
  }
  expect(client.closed()).toBe(false);
});

test('hundreds at once close it, and are not looked at', async () => {
  const relay = await stage();
  const key = await relay.key();
  for (const request of [GET('no-key'), GET(key), 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n']) {
    const before = await requestsSeen(relay);
    const client = rawClient(relay.port, request.repeat(600));
    await eventually(() => client.closed());
    expect(answers(client)).toBeLessThanOrEqual(20);
    expect((await requestsSeen(relay)) - before).toBeLessThan(30);
  }
});

/** In the metrics, of any status. */
async function requestsSeen(relay: HttpStage): Promise<number> {
  const { body } = await relay.call('/metrics');
  return [...(body as string).matchAll(/^postern_http_requests_total\{[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}
