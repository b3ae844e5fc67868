/** One request to a real receiver: where it may go, how long it may take, how much of the answer is read. */
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { DnsAnswer } from '../../../src/dns/resolver.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { guardedLookup } from '../../../src/webhook/address-guard.ts';
import { createSender, type Sender, type SenderOptions } from '../../../src/webhook/sender.ts';
import { checkWebhookUrl } from '../../../src/webhook/webhook-url.ts';
import { eventually } from '../../support/eventually.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { startWebhookReceiver, status, type WebhookReceiver } from '../../support/webhook-receiver.ts';

const CA = readFileSync(new URL('../../fixtures/test-only-certificate.pem', import.meta.url), 'utf8');

let cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function receiverOf(options = {}): Promise<WebhookReceiver> {
  const receiver = await startWebhookReceiver(options);
  cleanups.push(() => receiver.stop());
  return receiver;
}

/** DNS that the test decides on; counts the questions. */
class FakeNames {
  readonly asked: string[] = [];
  v4: (name: string, time: number) => readonly string[] = () => [];
  v6: readonly string[] = [];

  a(name: string): Promise<DnsAnswer<string>> {
    this.asked.push(name);
    return answer(this.v4(name, this.asked.length));
  }

  aaaa(): Promise<DnsAnswer<string>> {
    return answer(this.v6);
  }
}

function answer(records: readonly string[]): Promise<DnsAnswer<string>> {
  return Promise.resolve(
    records.length === 0 ? { kind: 'not-found', nxdomain: true } : { kind: 'found', records, ttlSeconds: 0 },
  );
}

function senderOf(parts: Partial<SenderOptions> & { names?: FakeNames; allow?: boolean } = {}): Sender {
  const { names = new FakeNames(), allow = false, ...rest } = parts;
  const sender = createSender({
    guard: { resolver: names, allowPrivateAddresses: allow },
    clock: systemClock,
    version: '0',
    connections: 4,
    ...rest,
  });
  cleanups.push(() => sender.close());
  return sender;
}

const post = (url: string) => ({ url, headers: { 'webhook-id': 'evt_1' }, body: '{}' });

describe('where it goes', () => {
  test.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://127.1',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[64:ff9b::7f00:1]',
    'http://[64:ff9b:1::1]',
    'http://[2002:7f00:1::]',
    'http://[fe80::1]',
    'http://[fd00::1]',
    'http://[ff02::1]',
    'http://169.254.169.254',
    'http://10.0.0.1',
    'http://100.64.0.1',
    'http://192.168.1.1',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://localhost',
    'http://LOCALHOST.',
    'http://x.localhost',
  ])('%s is refused, at setting up and at sending', async (base) => {
    const receiver = await receiverOf();
    const url = `${base}:${receiver.port}/`;
    expect(checkWebhookUrl(url, { allowHttp: true, allowPrivateAddresses: false })).toHaveProperty('problem');
    expect(await senderOf().send(post(url))).toMatchObject({
      kind: 'unanswered',
      error: expect.stringContaining('not a public address') as string,
    });
    expect(receiver.received).toEqual([]);
  });

  test.each(['127.0.0.1', '169.254.169.254', '10.1.2.3', '100.64.0.1', '0.0.0.0', '224.0.0.251'])(
    'a name that leads to %s is refused, and so is its IPv6 form',
    async (address) => {
      const names = new FakeNames();
      names.v4 = () => [address];
      const answer = await senderOf({ names }).send(post('http://hooks.example/'));
      expect(answer).toMatchObject({ kind: 'unanswered', error: expect.stringContaining(address) as string });
      const mapped = new FakeNames();
      mapped.v6 = [`::ffff:${address}`];
      const other = await senderOf({ names: mapped }).send(post('http://hooks.example/'));
      expect(other).toMatchObject({ error: expect.stringContaining('not a public address') as string });
    },
  );

  test('the connection goes to the address that was checked: DNS is not asked a second time for it', async () => {
    const receiver = await receiverOf();
    const names = new FakeNames();
    // One answer when it is checked, another ever after: what DNS rebinding does.
    names.v4 = (_name, time) => (time === 1 ? ['127.0.0.1'] : ['127.0.0.99']);
    const url = `http://rebind.example:${receiver.port}/`;
    expect(await senderOf({ names, allow: true }).send(post(url))).toMatchObject({ statusCode: 204 });
    expect(names.asked).toEqual(['rebind.example']);
    expect(receiver.received).toHaveLength(1);
  });

  test('a name that turns from a public address to a private one is refused from then on', async () => {
    const names = new FakeNames();
    names.v4 = (_name, time) => (time === 1 ? ['198.41.0.4', '10.0.0.1'] : ['127.0.0.1']);
    const lookup = guardedLookup({ resolver: names, allowPrivateAddresses: false });
    const looked = () =>
      new Promise((resolve) => {
        lookup('rebind.example', { all: true }, (error, addresses) => resolve(error?.message ?? addresses));
      });
    expect(await looked()).toEqual([{ address: '198.41.0.4', family: 4 }]);
    expect(await looked()).toContain('rebind.example leads to 127.0.0.1, which is not a public address');
  });

  test('a connection that is kept stays with its address; a new one is checked anew', async () => {
    const receiver = await receiverOf();
    const names = new FakeNames();
    names.v4 = () => ['127.0.0.1'];
    const guard = { resolver: names, allowPrivateAddresses: true };
    const sender = senderOf({ guard });
    const url = `http://hooks.example:${receiver.port}/`;
    expect(await sender.send(post(url))).toMatchObject({ kind: 'answered' });
    expect(await sender.send(post(url))).toMatchObject({ kind: 'answered' });
    expect(names.asked).toEqual(['hooks.example']);
    expect(receiver.received.map(({ connection }) => connection)).toEqual([1, 1]);
    expect(receiver.received[0]?.headers.host).toBe(`hooks.example:${receiver.port}`);
    // Two at a time need a second connection, and that one asks again.
    receiver.respond = (response) => setImmediate(() => response.writeHead(204).end());
    await Promise.all([sender.send(post(url)), sender.send(post(url))]);
    expect(names.asked).toEqual(['hooks.example', 'hooks.example']);
  });

  test('private addresses are allowed where the configuration says so; localhost needs no DNS', async () => {
    const receiver = await receiverOf();
    const names = new FakeNames();
    const sender = senderOf({ names, allow: true });
    expect(await sender.send(post(`http://localhost:${receiver.port}/`))).toMatchObject({ statusCode: 204 });
    expect(await sender.send(post(`http://127.0.0.1:${receiver.port}/`))).toMatchObject({ statusCode: 204 });
    expect(names.asked).toEqual([]);
  });

  test('names that are not there, and DNS that does not answer, are told apart', async () => {
    expect(await senderOf().send(post('http://nowhere.example/'))).toMatchObject({
      error: 'nowhere.example has no address in DNS',
    });
    const failing = { kind: 'failed', reason: 'SERVFAIL' } as const;
    const resolver = { a: () => Promise.resolve(failing), aaaa: () => Promise.resolve(failing) };
    const sender = senderOf({ guard: { resolver, allowPrivateAddresses: false } });
    expect(await sender.send(post('http://hooks.example/'))).toMatchObject({
      error: 'hooks.example could not be resolved: SERVFAIL',
    });
  });
});

describe('what comes back', () => {
  test('status, fields and the beginning of the body; a redirect is not followed', async () => {
    const receiver = await receiverOf();
    const url = receiver.url;
    const sender = senderOf({ allow: true });
    receiver.respond = status(302, { location: '/elsewhere', 'retry-after': '7' }, 'gone there');
    expect(await sender.send(post(url))).toEqual({
      kind: 'answered',
      statusCode: 302,
      retryAfter: '7',
      location: '/elsewhere',
      excerpt: 'gone there',
    });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook']);
  });

  test('a body without end is cut off', async () => {
    const receiver = await receiverOf();
    receiver.respond = (response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    };
    expect(await senderOf({ allow: true }).send(post(receiver.url))).toMatchObject({
      kind: 'answered',
      statusCode: 200,
      excerpt: 'x'.repeat(500),
    });
    await eventually(() => receiver.open === 0);
  });

  test('silence ends after 15 seconds; a body that trickles does not change what the status said', async () => {
    const receiver = await receiverOf();
    const clock = new VirtualClock();
    const sender = senderOf({ allow: true, clock });
    receiver.respond = () => undefined;
    const silent = sender.send(post(receiver.url));
    await eventually(() => receiver.open === 1);
    await clock.advance(14_999);
    await clock.advance(1);
    expect(await silent).toEqual({ kind: 'unanswered', error: 'no answer within 15 seconds' });
    await eventually(() => receiver.open === 0);
    receiver.respond = (response) => void response.writeHead(202).write('so f');
    const trickling = sender.send(post(receiver.url));
    await eventually(() => receiver.open === 1);
    await eventually(async () => {
      await clock.advance(5_000);
      return clock.monotonic() >= 35_000;
    });
    expect(await trickling).toMatchObject({ kind: 'answered', statusCode: 202 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('refused and broken connections are said in words', async () => {
    const receiver = await receiverOf();
    const url = receiver.url;
    const sender = senderOf({ allow: true });
    receiver.respond = (response) => response.destroy();
    expect(await sender.send(post(url))).toMatchObject({ error: 'connection closed without an answer' });
    await receiver.stop();
    cleanups = cleanups.slice(1);
    expect(await sender.send(post(url))).toMatchObject({ error: 'connection refused' });
  });

  test('a kept connection that the receiver closes at that very moment is replaced', async () => {
    const { server, port, sockets } = await rawServer();
    cleanups.push(() => void server.close());
    const sender = senderOf({ allow: true });
    const url = `http://127.0.0.1:${port}/`;
    expect(await sender.send(post(url))).toMatchObject({ statusCode: 204 });
    // The first connection is reset when it gets the second request.
    expect(await sender.send(post(url))).toMatchObject({ statusCode: 204 });
    expect(sockets.length).toBe(2);
  });

  test('over TLS the certificate has to be good', async () => {
    const receiver = await receiverOf({ tls: true });
    const names = new FakeNames();
    names.v4 = () => ['127.0.0.1'];
    const url = `https://localhost:${receiver.port}/`;
    expect(await senderOf({ names, allow: true }).send(post(url))).toMatchObject({
      kind: 'unanswered',
      error: expect.stringMatching(/certificate/) as string,
    });
    expect(receiver.received).toEqual([]);
    const trusting = await senderOf({ names, allow: true, ca: CA }).send(post(url));
    const wrongName = await senderOf({ names, allow: true, ca: CA }).send(
      post(`https://other.example:${receiver.port}/`),
    );
    expect(wrongName).toMatchObject({ kind: 'unanswered' });
    expect(trusting).toMatchObject({ kind: 'answered', statusCode: 204 });
  });
});

/** Answers one request a connection and resets it at the next. */
async function rawServer(): Promise<{ server: Server; port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (!data.includes('POST ')) return;
      requests++;
      if (requests === 1) socket.write('HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n');
      else socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
  return { server, port: (server.address() as AddressInfo).port, sockets };
}
