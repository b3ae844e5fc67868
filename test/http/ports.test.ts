/** The sockets: TLS and its renewal, addresses that are taken, what is no HTTP, too long, too much, and the stop. */
import { connect, createServer } from 'node:net';
import { request as httpsRequest } from 'node:https';
import { X509Certificate } from 'node:crypto';
import { connect as connectTls, createSecureContext, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { BindError } from '../../src/smtp/server/bind-error.ts';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { stage, stageCertificate, type HttpStage } from './support/http-stage.ts';

const BOTH = { RELAY_HTTP__LISTEN: '127.0.0.1:0', RELAY_HTTP__LISTEN_TLS: '127.0.0.1:0' };

test('the same API over TLS, with the certificate as it is after a renewal, and HSTS', async () => {
  const renewed = await makeSelfSignedCertificate('renewed.test');
  let current = stageCertificate;
  const relay = await stage({ env: BOTH, http: { loadTls: () => ({ ...current, selfSigned: true }) } });
  const before = await overTls(relay);
  expect(before.status).toBe(200);
  expect(before.hsts).toBe('max-age=31536000');
  expect((await relay.call('/healthz')).headers.get('strict-transport-security')).toBeNull();
  current = renewed;
  relay.service.reloadTls();
  const after = await overTls(relay);
  expect(after.certificate).toBe(new X509Certificate(renewed.cert).fingerprint256);
  expect(before.certificate).not.toBe(after.certificate);
});

test('a client gets the certificate of the name that it asks for, also after a renewal', async () => {
  const [mail, smtp, renewed] = await Promise.all(
    ['mail.test', 'smtp.test', 'smtp.test'].map((name) => makeSelfSignedCertificate(name)),
  );
  const byName = new Map([['smtp.test', smtp!]]);
  const relay = await stage({
    env: BOTH,
    http: { loadTls: () => ({ ...mail!, selfSigned: false, byName }) },
  });
  expect((await handshake(relay, { servername: 'SMTP.test' })).certificate).toBe(fingerprint(smtp!.cert));
  for (const servername of ['other.test', ''])
    expect((await handshake(relay, { servername })).certificate).toBe(fingerprint(mail!.cert));
  byName.set('smtp.test', renewed!);
  relay.service.reloadTls();
  expect((await handshake(relay, { servername: 'smtp.test' })).certificate).toBe(fingerprint(renewed!.cert));
});

test('TLS-ALPN-01 is answered for pending names alone, with a certificate of its own, and then closed', async () => {
  const challenge = await makeSelfSignedCertificate('smtp.test');
  const context = createSecureContext(challenge);
  const relay = await stage({
    env: BOTH,
    http: {
      alpn: { protocol: 'acme-tls/1', context: (name) => (name === 'smtp.test' ? context : undefined) },
    },
  });
  const acme = { servername: 'smtp.test', ALPNProtocols: ['acme-tls/1'] };
  expect(await handshake(relay, acme)).toEqual({
    certificate: fingerprint(challenge.cert),
    protocol: 'acme-tls/1',
  });
  await expect(handshake(relay, { ...acme, servername: 'other.test' })).rejects.toThrow(/alert/);
  // The API goes on under the same name, whatever else a client offers.
  const web = await handshake(relay, { servername: 'smtp.test', ALPNProtocols: ['h2', 'http/1.1'] });
  expect(web).toEqual({ certificate: fingerprint(stageCertificate.cert), protocol: 'http/1.1' });
  await expect(handshake(relay, { servername: 'smtp.test', ALPNProtocols: ['h2'] })).rejects.toThrow(/alert/);
  expect((await handshake(relay, { servername: 'smtp.test' })).protocol).toBe(false);
});

test('without ACME nobody is answered TLS-ALPN-01', async () => {
  const relay = await stage({ env: BOTH });
  await expect(handshake(relay, { servername: 'x.test', ALPNProtocols: ['acme-tls/1'] })).rejects.toThrow(
    /alert/,
  );
});

test('an address that is taken stops the start, saying which and what to do', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const error = await stage({ env: { RELAY_HTTP__LISTEN: `127.0.0.1:${port}` } }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BindError);
  expect((error as Error).message).toContain(`cannot listen on 127.0.0.1:${port}`);
  expect((error as Error).message).toContain('http.listen');
});

test('an address in clear that others can reach is warned of', async () => {
  const relay = await stage({ env: { RELAY_HTTP__LISTEN: '0.0.0.0:0' } });
  expect(relay.log.map(({ event }) => event)).toContainEqual(expect.stringContaining('travel in clear'));
});

test.each([
  ['what is no HTTP', 'EHLO there\r\n\r\n', 'HTTP/1.1 400 Bad Request', 'invalid-request'],
  [
    'a header that is too long',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    'HTTP/1.1 431',
    'too-large',
  ],
  [
    'a path that is no path',
    'GET /%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'HTTP/1.1 400',
    'invalid-request',
  ],
])('%s is answered and cut', async (_words, sent, head, code) => {
  const relay = await stage();
  const received = await talk(relay.port, sent);
  expect(received.startsWith(head)).toBe(true);
  expect(received).toContain(`"code":"${code}"`);
});

test('a client that dribbles its header, or its body, is cut', async () => {
  const relay = await stage({ http: { timeouts: { headersMs: 100, requestMs: 300, checkEveryMs: 20 } } });
  const header = await talk(relay.port, 'GET /healthz HTTP/1.1\r\nHo');
  expect(header).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  const key = await relay.key();
  const body = await talk(
    relay.port,
    `POST /v1/streams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  expect(body).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  const large = await talk(
    relay.port,
    `POST /v1/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{',
  );
  expect(large).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  await eventually(async () => (await bodyBytes(relay)) === 0);
});

test('a client that asks before it sends a body hears about its key first', async () => {
  const relay = await stage();
  const head = (key: string) =>
    `POST /v1/streams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n` +
    'Content-Length: 16\r\nExpect: 100-continue\r\n\r\n';
  const refused = await talk(relay.port, head('pst_live_no'));
  expect(refused).toMatch(/^HTTP\/1\.1 401/);
  expect(refused).toMatch(/connection: close/i);
  const socket = connect(relay.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let said = '';
  socket.on('data', (data) => (said += data.toString()));
  socket.write(head(await relay.key()));
  await eventually(() => said.startsWith('HTTP/1.1 100 Continue'));
  socket.write('{"name":"asked"}');
  await eventually(() => said.includes('HTTP/1.1 201'));
});

test('two lengths in one request are refused: no request hides in another', async () => {
  const relay = await stage();
  const key = await relay.key();
  const smuggled =
    `POST /v1/streams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n` +
    'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/streams HTTP/1.1\r\nHost: x\r\n\r\n';
  const received = await talk(relay.port, smuggled);
  expect(received.startsWith('HTTP/1.1 400')).toBe(true);
  expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('stopping answers what is under way, and closes what is idle at once', async () => {
  const relay = await stage();
  const service = await relay.startService();
  const { port } = service.addresses[0]!;
  const key = await relay.key();
  const idle = connect(port, '127.0.0.1');
  let idleClosed = false;
  idle.on('close', () => (idleClosed = true));
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => idle.once('data', resolve));
  const busy = connect(port, '127.0.0.1');
  let answer = '';
  busy.on('data', (data) => (answer += data.toString()));
  const body = '{"name":"late"}';
  busy.write(
    `POST /v1/streams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  await eventually(() => relay.log.some(({ event }) => event === 'listening'));
  // The service has read the head when it has counted a request of ours: ask on another connection.
  await fetch(`http://127.0.0.1:${port}/healthz`);
  const stopped = service.stop(10_000);
  await eventually(() => idleClosed);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  busy.write(body.slice(5));
  await eventually(() => answer !== '');
  await stopped;
  expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 201 Created');
  expect(answer).toMatch(/connection: close/i);
});

test('what does not end within the grace time is cut', async () => {
  const relay = await stage();
  const service = await relay.startService();
  const socket = connect(service.addresses[0]!.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let closed = false;
  socket.on('close', () => (closed = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('POST /v1/streams HTTP/1.1\r\nHost: x\r\nContent-Le');
  await fetch(`http://127.0.0.1:${service.addresses[0]!.port}/healthz`);
  await service.stop(50);
  await eventually(() => closed);
});

async function overTls(relay: HttpStage): Promise<{ status: number; hsts: string; certificate: string }> {
  return await new Promise((resolve, reject) => {
    const call = httpsRequest(
      { host: '127.0.0.1', port: relay.tlsPort, path: '/healthz', rejectUnauthorized: false, agent: false },
      (response) => {
        const socket: unknown = response.socket;
        const { fingerprint256 } = (socket as TLSSocket).getPeerCertificate();
        response.resume();
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            hsts: String(response.headers['strict-transport-security']),
            certificate: fingerprint256,
          }),
        );
      },
    );
    call.on('error', reject);
    call.end();
  });
}

/** What a server says to `sent` until it closes. */
async function talk(port: number, sent: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(sent);
  });
}

async function bodyBytes(relay: HttpStage): Promise<number> {
  const { body } = await relay.call('/metrics');
  return Number(/^postern_http_body_bytes (\d+)$/m.exec(body as string)?.[1]);
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** Waits until the server closes where it does. */
async function handshake(relay: HttpStage, options: ConnectionOptions) {
  const port = relay.service.addresses.find(({ tls }) => tls)!.port;
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  const seen = { certificate: socket.getPeerCertificate().fingerprint256, protocol: socket.alpnProtocol };
  if (socket.alpnProtocol === 'acme-tls/1')
    await new Promise((resolve) => socket.resume().once('close', resolve));
  socket.destroy();
  return seen;
}
