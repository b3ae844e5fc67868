/** The listener for links in mail, as the internet treats it: tokens that are tried, requests that never end, floods. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpPorts } from '../../src/http/http-ports.ts';
import { startPublic } from '../../src/http/public/public-service.ts';
import { makeLinkToken } from '../../src/links/link-token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { makeId } from '../../src/platform/ids.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import { addressHashOf } from '../../src/store/hashed-addresses.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { openSqliteReader, type SqliteReader } from '../../src/store/sqlite/reader.ts';
import { defaultAccount } from '../support/default-account.ts';
import { eventually } from '../support/eventually.ts';
import { testConfig } from '../support/test-config.ts';

const box = createSecretBox(Buffer.alloc(32, 7), systemRandom);
const ONE_CLICK = 'List-Unsubscribe=One-Click';

let dataDir: string;
let store: SqliteStore;
let reader: SqliteReader;
let ports: HttpPorts;
let port: number;
let link: string;

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-public-'));
  const shared = { dataDir, clock: systemClock, random: systemRandom };
  store = openSqliteStore({ ...shared, log: silentLog, exclusive: true, reserveBytes: 0 });
  reader = openSqliteReader(dataDir);
  ports = await startPublic({
    config: testConfig({ http: { publicListen: [{ host: '127.0.0.1', port: 0 }] } }),
    loadTls: () => {
      throw new Error('nothing is encrypted here');
    },
    ...{ reader, unsubscribes: store.unsubscribes, box, clock: systemClock, log: silentLog },
    timeouts: { requestMs: 500, headersMs: 500, checkEveryMs: 50 },
  });
  port = ports.addresses[0]?.port ?? 0;
  link = `/u/${tokenFor('alice@example.org')}`;
});

afterEach(async () => {
  await ports.stop(0);
  reader.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function tokenFor(recipient: string): string {
  const of = {
    messageId: makeId('msg_', 1, systemRandom),
    accountId: defaultAccount(dataDir).id,
    stream: 'broadcast',
  };
  return makeLinkToken({ purpose: 'unsubscribe', recipientNumber: 1, recipient, ...of }, box) ?? '';
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

const agent = new Agent({ maxSockets: 20 });

function ask(
  method: string,
  at: string,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', method, path: at, agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A connection that is held open and only listened to. */
function held(octets: string): net.Socket {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  socket.write(octets);
  return socket;
}

describe('the listener for links', () => {
  it('turns away whoever tries ten thousand tokens, and keeps answering those of the same network with a good one', async () => {
    const statuses = new Map<number, number>();
    const forged = async (index: number) => {
      const token = Buffer.from(systemRandom.bytes(95)).toString('base64url');
      const { status } = await ask(
        index % 2 === 0 ? 'GET' : 'POST',
        `/u/${token}`,
        index % 2 === 0 ? '' : ONE_CLICK,
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (let index = 0; index < 10_000; index += 20)
      await Promise.all(Array.from({ length: 20 }, (_, one) => forged(index + one)));
    expect([...statuses.keys()].sort()).toEqual([404, 429]);
    expect(statuses.get(429)).toBeGreaterThan(9_000);
    expect((await ask('POST', link, ONE_CLICK)).status).toBe(200);
    expect(await reader.listSuppressions(defaultAccount(dataDir).id, undefined, 10)).toMatchObject([
      { address: 'alice@example.org', reason: 'unsubscribe' },
    ]);
  });

  it('answers while hundreds of others never end their requests, and ends those', async () => {
    const unfinished = [
      `GET ${link} HTTP/1.1\r\nHost: x\r\nX-Slow: `,
      `POST ${link} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList`,
      '',
    ];
    const slow = Array.from({ length: 300 }, (_, index) => held(unfinished[index % 3] ?? ''));
    expect((await ask('GET', link)).status).toBe(200);
    expect((await ask('POST', link, ONE_CLICK)).status).toBe(200);
    await eventually(() => slow.filter(({ closed }) => !closed).length <= 100, {
      what: 'requests that never end to be ended',
      timeoutMs: 20_000,
    });
    for (const socket of slow) socket.destroy();
  });

  it('keeps no connection, follows nothing, and upgrades to nothing', async () => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(
      `GET ${link} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n\r\n`.repeat(3),
    );
    await eventually(() => socket.closed, { what: 'the connection to be closed', timeoutMs: 10_000 });
    expect(text.match(/HTTP\/1\.1 \d+/g)?.length).toBe(1);
    expect(text).toContain('Connection: close');
    expect(text).not.toMatch(/location:/i);
  });

  it('takes a small body and no large one, however it says its size', async () => {
    expect((await ask('POST', link, 'x'.repeat(1_025))).status).toBe(413);
    const chunked = `POST ${link} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n${'x'.repeat(1024)}\r\n400\r\n${'x'.repeat(1024)}\r\n0\r\n\r\n`;
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(chunked);
    await eventually(() => socket.closed || text !== '', { what: 'an answer', timeoutMs: 10_000 });
    expect(text).not.toContain(' 200 ');
    socket.destroy();
    expect(await reader.listSuppressions(defaultAccount(dataDir).id, undefined, 10)).toEqual([]);
  });

  it('does nothing of what follows on a connection that it closes', async () => {
    const post = (to: string) =>
      `POST ${to} HTTP/1.1\r\nHost: x\r\nContent-Length: ${ONE_CLICK.length}\r\n\r\n${ONE_CLICK}`;
    const bob = `/u/${tokenFor('bob@example.org')}`;
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(post(link) + post(`${link}/undo`) + post(bob));
    await eventually(() => socket.closed, { what: 'the connection to be closed', timeoutMs: 10_000 });
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect((await ask('POST', `/u/${tokenFor('carol@example.org')}`, ONE_CLICK)).status).toBe(200);
    const kept = await reader.listSuppressions(defaultAccount(dataDir).id, undefined, 10);
    expect(kept.map(({ address }) => address).sort()).toEqual(['alice@example.org', 'carol@example.org']);
  });

  it('tells no client of HTTP/1.0 to go on', async () => {
    const talk = async (version: string) => {
      const socket = net.connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const head = `POST ${link} HTTP/${version}\r\nHost: x\r\nExpect: 100-continue\r\n`;
      socket.write(`${head}Content-Length: ${ONE_CLICK.length}\r\n\r\n${ONE_CLICK}`);
      await eventually(() => socket.closed, { what: 'the connection to be closed', timeoutMs: 10_000 });
      return text.match(/HTTP\/1\.1 \d+/g);
    };
    expect(await talk('1.1')).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    expect(await talk('1.0')).toEqual(['HTTP/1.1 200']);
  });

  it('takes nothing back that its page does not offer', async () => {
    const accountId = defaultAccount(dataDir).id;
    const imported = {
      accountId,
      address: 'alice@example.org',
      reason: 'unsubscribe',
      evidence: '',
    } as const;
    const made = { createdAtMs: systemClock.now(), createdBy: 'test', expiresAtMs: undefined };
    for (const scope of ['', 'transactional'])
      await store.suppressions.addSuppression({ ...imported, ...made, scope }, 'test');
    expect((await ask('GET', link)).body).not.toContain('Undo');
    for (const stream of ['', 'transactional', 'nothing', '%00'])
      expect((await ask('POST', link, `resubscribe=${stream}`)).status, stream).toBe(400);
    await ask('POST', `${link}/undo`, 'x');
    expect(await reader.listSuppressions(accountId, undefined, 10)).toHaveLength(2);
  });

  it('knows somebody who was erased, and writes nothing of the address again', async () => {
    const accountId = defaultAccount(dataDir).id;
    const address = 'alice@example.org';
    await ask('POST', link, ONE_CLICK);
    const of = { accountId, address, pseudonym: 'erased-1@erased.invalid', knownAs: 'x' };
    await store.erasure.beginErasure(
      { id: 'era_1', ...of, hash: addressHashOf(box)(address) },
      systemClock.now(),
      'test',
    );
    while ((await store.erasure.eraseSome('era_1', systemClock.now(), 'test')).kind !== 'done');
    expect((await ask('GET', link)).body).toContain('You are unsubscribed');
    expect((await ask('POST', link, ONE_CLICK)).body).toContain('You are unsubscribed');
    const kept = () => reader.listSuppressions(accountId, undefined, 10);
    expect(await kept()).toMatchObject([{ address: addressHashOf(box)(address), reason: 'unsubscribe' }]);
    expect((await ask('POST', `${link}/undo`, 'x')).body).toContain('You are subscribed');
    expect(await kept()).toEqual([]);
    expect((await ask('GET', link)).body).toContain('Unsubscribe?');
  });

  it('lets one link change something a few times a minute', async () => {
    const statuses: number[] = [];
    for (let time = 0; time < 20; time++)
      statuses.push((await ask('POST', time % 2 === 0 ? link : `${link}/undo`, ONE_CLICK)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(12);
    expect(statuses.at(-1)).toBe(429);
    expect((await ask('GET', link)).status).toBe(200);
    expect((await ask('POST', `/u/${tokenFor('bob@example.org')}`, ONE_CLICK)).status).toBe(200);
  });

  it('goes on where a store does not answer: it says so, and is not silent', async () => {
    await ports.stop(0);
    const failing = {
      unsubscribe: () => Promise.reject(new Error('no')),
      resubscribe: () => Promise.reject(new Error('no')),
    };
    ports = await startPublic({
      config: testConfig({ http: { publicListen: [{ host: '127.0.0.1', port: 0 }] } }),
      loadTls: () => {
        throw new Error('nothing is encrypted here');
      },
      ...{ reader, unsubscribes: failing, box, clock: systemClock, log: silentLog },
    });
    port = ports.addresses[0]?.port ?? 0;
    const answer = await ask('POST', link, ONE_CLICK);
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('Nothing was changed');
  });
});
