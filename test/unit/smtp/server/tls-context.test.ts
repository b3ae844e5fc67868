import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/platform/clock.ts';
import { systemRandom } from '../../../../src/platform/random.ts';
import { makeSelfSignedCertificate } from '../../../../src/smtp/server/self-signed-certificate.ts';
import {
  createServerContext,
  createServerContexts,
  issuedFile,
  openTls,
  readTls,
  SELF_SIGNED_FILE,
  serverContextOptions,
  TlsError,
} from '../../../../src/smtp/server/tls-context.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-tls-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const selfSigned = (hostname = 'relay.example.org', clock = systemClock) =>
  openTls({ cert: undefined, key: undefined, dataDir, hostname, user: 'relay' }, clock, systemRandom);

describe('a self-signed certificate', () => {
  it.each([
    'relay.example.org',
    'localhost',
    '192.0.2.1',
    '2001:db8::1',
    `${'a'.repeat(60)}.${'b'.repeat(60)}.example`,
  ])('is for %s and nobody else', async (hostname) => {
    const { cert } = await makeSelfSignedCertificate(hostname);
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    const isAddress = /^[\d.]+$|:/.test(hostname);
    const check = (name: string) => (isAddress ? certificate.checkIP(name) : certificate.checkHost(name));
    expect(check(hostname)).toBe(hostname);
    expect(check(isAddress ? '192.0.2.99' : 'other.example')).toBeUndefined();
    expect(certificate.ca).toBe(false);
  });

  it('is for the A-label of an internationalized name', async () => {
    const { cert } = await makeSelfSignedCertificate('bücher.example');
    expect(new X509Certificate(cert).checkHost('xn--bcher-kva.example')).toBe('xn--bcher-kva.example');
  });

  it('stays valid past 2050, where the form of dates changes', async () => {
    const clock = new VirtualClock(Date.UTC(2045, 5, 1));
    const { cert } = await makeSelfSignedCertificate('relay.example.org', clock);
    expect(new X509Certificate(cert).validToDate.getUTCFullYear()).toBe(2055);
  });

  it('is accepted by a client that trusts it', async () => {
    const { cert, key } = await makeSelfSignedCertificate('localhost');
    const server = tls.createServer({ cert, key }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert });
    await new Promise((resolve, reject) => {
      client.once('secureConnect', resolve);
      client.once('error', reject);
    });
    expect(client.authorized).toBe(true);
    client.destroy();
    server.close();
  });

  it('is made once, and only its owner can read it', async () => {
    const first = (await selfSigned())();
    expect((await selfSigned())()).toEqual(first);
    expect(first.selfSigned).toBe(true);
    expect(statSync(path.join(dataDir, SELF_SIGNED_FILE)).mode & 0o777).toBe(0o600);
  });

  it('is made anew for another host name, when it expired, and when the file is damaged', async () => {
    const first = (await selfSigned())();
    const renamed = (await selfSigned('other.example.org'))();
    expect(renamed.cert).not.toBe(first.cert);
    const later = (await selfSigned('other.example.org', new VirtualClock(Date.UTC(2060, 0, 1))))();
    expect(later.cert).not.toBe(renamed.cert);
    const file = path.join(dataDir, SELF_SIGNED_FILE);
    writeFileSync(file, readFileSync(file).subarray(0, 100));
    expect(() => createServerContext(later)).not.toThrow();
    expect((await selfSigned('other.example.org'))().cert).not.toBe(later.cert);
  });
});

describe("the operator's certificate", () => {
  const files = () => ({
    cert: path.join(dataDir, 'c.pem'),
    key: path.join(dataDir, 'k.pem'),
    dataDir,
    hostname: 'x',
    user: 'relay',
  });

  it('is read anew each time', async () => {
    const one = await makeSelfSignedCertificate('one.example');
    writeFileSync(files().cert, one.cert);
    writeFileSync(files().key, one.key);
    const load = await openTls(files(), systemClock, systemRandom);
    expect(load()).toEqual({ ...one, selfSigned: false });
    const two = await makeSelfSignedCertificate('two.example');
    writeFileSync(files().cert, two.cert);
    expect(load).toThrow(
      expect.objectContaining({ failure: { kind: 'mismatch', file: files().key, code: undefined } }),
    );
    writeFileSync(files().key, two.key);
    expect(load().cert).toBe(two.cert);
  });

  it.each([
    ['missing', undefined, 'unreadable'],
    ['no PEM', 'hello', 'malformed'],
  ] as const)('that is %s is told so', async (_name, content, kind) => {
    if (content !== undefined) for (const file of [files().cert, files().key]) writeFileSync(file, content);
    const load = await openTls(files(), systemClock, systemRandom);
    expect(load).toThrow(TlsError);
    expect(load).toThrow(expect.objectContaining({ failure: expect.objectContaining({ kind }) as unknown }));
  });
});

describe('what the server offers', () => {
  const negotiated = async (client: tls.ConnectionOptions): Promise<string> => {
    const material = { ...(await makeSelfSignedCertificate('localhost')), selfSigned: true };
    const server = tls.createServer(serverContextOptions(material), (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client });
    try {
      await once(socket, 'secureConnect');
      return socket.getCipher().standardName;
    } finally {
      socket.destroy();
      server.close();
    }
  };

  it('is the suite with the cheapest handshake first, whatever the client would take first', async () => {
    expect(await negotiated({})).toBe('TLS_AES_128_GCM_SHA256');
    expect(await negotiated({ ciphers: 'TLS_AES_256_GCM_SHA384' })).toBe('TLS_AES_256_GCM_SHA384');
    expect(await negotiated({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' })).toBe(
      'TLS_CHACHA20_POLY1305_SHA256',
    );
  });

  it('has suites for TLS 1.2', async () => {
    expect(await negotiated({ maxVersion: 'TLSv1.2' })).toMatch(/^TLS_ECDHE_ECDSA_WITH_AES_/);
  });
});

describe('certificates that are issued', () => {
  const files = (issuedFor: readonly string[], hostname = 'mail.example.org') => ({
    cert: undefined,
    key: undefined,
    dataDir,
    hostname,
    user: 'relay',
    issuedFor,
  });
  const NAMES = ['smtp.example.org', 'mail.example.org'];
  const namesOf = (cert: string) => new X509Certificate(cert).subjectAltName;

  async function put(name: string, changes: { readonly key?: string } = {}): Promise<void> {
    const { cert, key } = await makeSelfSignedCertificate(name);
    mkdirSync(path.join(dataDir, 'acme'), { recursive: true });
    writeFileSync(issuedFile(dataDir, name), (changes.key ?? key) + cert);
  }

  it('are served by name, that of the hostname to all others; until there is one, a self-signed one is', async () => {
    const load = await openTls(files(NAMES), systemClock, systemRandom);
    expect(load()).toMatchObject({ selfSigned: true, byName: new Map() });
    for (const name of NAMES) await put(name);
    const material = load();
    expect(material.selfSigned).toBe(false);
    expect(namesOf(material.cert)).toBe('DNS:mail.example.org');
    expect([...(material.byName ?? [])].map(([name, { cert }]) => [name, namesOf(cert)])).toEqual(
      NAMES.map((name) => [name, `DNS:${name}`]),
    );
    expect([...createServerContexts(material).keys()]).toEqual(['*', ...NAMES]);
  });

  it('serve with the first of them where none is for the hostname', async () => {
    await put('smtp.example.org');
    expect(namesOf(readTls(files(NAMES, 'other.example.org')).cert)).toBe('DNS:smtp.example.org');
  });

  it('are left out where they are damaged or have another key, and the others are served', async () => {
    await put('smtp.example.org');
    await put('mail.example.org', { key: (await makeSelfSignedCertificate('x.example')).key });
    expect([...(readTls(files(NAMES)).byName?.keys() ?? [])]).toEqual(['smtp.example.org']);
    writeFileSync(issuedFile(dataDir, 'mail.example.org'), 'nonsense');
    expect([...(readTls(files(NAMES)).byName?.keys() ?? [])]).toEqual(['smtp.example.org']);
  });
});
