/** Heads of requests that two programs in a row could read in two ways: every one of them is refused. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { HttpStage, stage } from '../http/support/http-stage.ts';
import { rawClient } from '../http/support/raw-client.ts';

let relay: HttpStage;
beforeAll(async () => {
  relay = await HttpStage.start();
});
afterAll(() => relay[Symbol.asyncDispose]());

/** The status of the first answer; the connection has to be closed where it is 400. */
async function statusOf(head: readonly string[], body = '', to = relay): Promise<number> {
  const client = rawClient(to.port, `${head.join('\r\n')}\r\n\r\n${body}`);
  await eventually(() => client.said().includes('\r\n\r\n'));
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(client.said())?.[1]);
  if (status === 400) await eventually(() => client.closed());
  return status;
}

const HOST = 'Host: relay.test';

test.each([
  ['two different Host fields', ['Host: a.test', 'Host: b.test']],
  ['the same Host twice', ['Host: a.test', 'host: a.test']],
  ['no Host', []],
  ['an empty Host', ['Host:']],
  ['a Host with a path', ['Host: a.test/x']],
  ['a Host with user information', ['Host: user@a.test']],
  ['a Host with two names', ['Host: a.test, b.test']],
  ['a Host with a blank in it', ['Host: a.test b.test']],
  ['a Host with a port that is none', ['Host: a.test:http']],
  ['a Host with a port beyond ports', ['Host: a.test:70000']],
  ['a Host with a broken address', ['Host: [::1']],
  ['Authorization twice', [HOST, 'Authorization: Bearer x', 'AUTHORIZATION: Bearer x']],
  ['Content-Type twice', [HOST, 'Content-Type: application/json', 'Content-Type: text/plain']],
  ['Idempotency-Key twice', [HOST, 'Idempotency-Key: a', 'Idempotency-Key: a']],
  ['Expect twice', [HOST, 'Expect: 100-continue', 'Expect: 100-continue']],
  ['Last-Event-ID twice', [HOST, 'Last-Event-ID: evt_1', 'Last-Event-ID: evt_2']],
  ['Content-Length twice, different', [HOST, 'Content-Length: 0', 'Content-Length: 5']],
  ['Content-Length twice, the same', [HOST, 'Content-Length: 0', 'Content-Length: 0']],
  ['Content-Length as a list', [HOST, 'Content-Length: 0, 0']],
  ['Content-Length with a sign', [HOST, 'Content-Length: +0']],
  ['Content-Length and Transfer-Encoding', [HOST, 'Content-Length: 0', 'Transfer-Encoding: chunked']],
  ['Transfer-Encoding twice', [HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ['Transfer-Encoding of two codings', [HOST, 'Transfer-Encoding: gzip, chunked']],
  ['Transfer-Encoding that is not chunked', [HOST, 'Transfer-Encoding: identity']],
  ['Transfer-Encoding in disguise', [HOST, 'Transfer-Encoding: xchunked']],
  ['a blank before the colon', [HOST, 'Content-Length : 0']],
  ['a folded field', [HOST, 'X-Long: a', ' b']],
  ['a field without a name', [HOST, ': x']],
])('%s: 400, and the connection is closed', async (_words, fields) => {
  expect(await statusOf(['GET /healthz HTTP/1.1', ...fields])).toBe(400);
});

test.each([
  'GET /healthz HTTP/2.0',
  'GET /healthz HTTP/0.9',
  'GET /healthz',
  'GET http://a.test/healthz HTTP/1.1',
])('%s is refused', async (line) => {
  expect(await statusOf([line, HOST])).toBe(400);
});

test('a target that is a whole URL is taken with the same host', async () => {
  const head = ['GET http://relay.test/healthz HTTP/1.1', HOST, 'Connection: close'];
  expect(await statusOf(head)).toBe(200);
});

test('Transfer-Encoding in HTTP/1.0 is refused', async () => {
  const head = ['POST /v1/streams HTTP/1.0', HOST, 'Transfer-Encoding: chunked'];
  expect(await statusOf(head, '0\r\n\r\n')).toBe(400);
});

test.each([
  'Host: relay.test',
  'Host: relay.test:8080',
  'Host: RELAY.test.',
  'Host: 127.0.0.1:1',
  'Host: [::1]:8080',
  'Host: [2001:db8::1]',
  'Host: under_score.test',
])('%s is taken', async (host) => {
  expect(await statusOf(['GET /healthz HTTP/1.1', host, 'Connection: close'])).toBe(200);
});

test('HTTP/1.0 needs no Host, but has no two either', async () => {
  expect(await statusOf(['GET /healthz HTTP/1.0'])).toBe(200);
  expect(await statusOf(['GET /healthz HTTP/1.0', HOST, HOST])).toBe(400);
});

test('what may come several times still may', async () => {
  const proxied = await stage({ env: { RELAY_HTTP__TRUSTED_PROXIES: '127.0.0.0/8' } });
  const head = [
    'GET /healthz HTTP/1.1',
    HOST,
    'X-Forwarded-For: 192.0.2.1',
    'X-Forwarded-For: 192.0.2.2',
    'Via: a',
    'Via: b',
  ];
  expect(await statusOf([...head, 'Connection: close'], '', proxied)).toBe(200);
});
