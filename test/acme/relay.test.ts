/** The real relayd and a real ACME server (Pebble): from nothing to certificates on every port, and what goes wrong on the way. */
import { connect as connectPlain } from 'node:net';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { Relay, type TomlTables } from '../e2e/support/relay-process.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeDns, type FakeDns } from '../support/fake-dns.ts';
import { freePorts, noPebble, Pebble, type PebbleOptions } from '../support/pebble.ts';

interface Renewed {
  readonly name: string;
  readonly result: string;
  readonly detail: string | null;
  readonly remedy: string | null;
}

describe.skipIf(noPebble !== undefined)(`relayd with Pebble${noPebble ?? ''}`, () => {
  let relay: Relay;
  let pebble: Pebble;
  let dns: FakeDns;
  let acmePort: number;
  afterEach(async () => {
    await relay.dispose();
    await pebble[Symbol.asyncDispose]();
    await dns.close();
  });

  /** `acme`: keys beside what leads to Pebble. */
  async function stage(acme: TomlTables[string], options: PebbleOptions = {}, more: TomlTables = {}) {
    const [challenge = 0, https = 0] = await freePorts(2);
    acmePort = challenge;
    dns = await startFakeDns({});
    pebble = await Pebble.start({ httpPort: challenge, tlsPort: https, ...options });
    relay = new Relay({
      dnsServer: dns.address,
      mxPort: 1,
      config: {
        hostname: 'mail.example.org',
        acme: {
          enabled: true,
          directory: pebble.directory,
          ca: pebble.caFile,
          listen: [`127.0.0.1:${challenge}`],
          ...(acme as object),
        },
        ...more,
      },
    });
    await relay.start();
  }

  const issued = (name: string) =>
    eventually(() => lines('certificate issued').some((line) => line['name'] === name), {
      what: `a certificate for ${name}`,
      timeoutMs: 20_000,
    });

  function lines(event: string): readonly Record<string, unknown>[] {
    return relay
      .log()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['event'] === event);
  }

  /** The names of the certificate that a port shows. */
  async function shown(port: number, servername: string | undefined, starttls = false): Promise<string> {
    const certificate = await handshake(port, servername, starttls);
    return certificate.subjectaltname ?? '';
  }

  async function handshake(port: number, servername: string | undefined, starttls = false) {
    const socket = starttls ? await upgraded(port) : undefined;
    const secure = tls.connect({
      ...(socket === undefined ? { port, host: '127.0.0.1' } : { socket }),
      rejectUnauthorized: false,
      ...(servername !== undefined && { servername }),
    });
    await new Promise((resolve, reject) => {
      secure.once('secureConnect', resolve);
      secure.once('error', reject);
    });
    const certificate = secure.getPeerCertificate();
    secure.destroy();
    return certificate;
  }

  async function upgraded(port: number) {
    const socket = connectPlain(port, '127.0.0.1');
    for (const command of ['', 'EHLO client.example\r\n', 'STARTTLS\r\n']) {
      socket.write(command);
      let text = '';
      while (!/^\d{3} [^\n]*\n/m.test(text))
        text += String(await new Promise((resolve) => socket.once('data', resolve)));
    }
    return socket;
  }

  const checkOf = async () => {
    const { stdout } = await relay.ctlRaw(['status', '--json']);
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; ok: boolean; detail: string; remedy?: string }[];
    };
    return checks.find(({ name }) => name === 'certificate');
  };

  test('from nothing: a certificate for each name, by SNI on 587, 465 and HTTPS, renewed without a session lost', async () => {
    const [https = 0] = await freePorts(1);
    await stage(
      { names: ['mail.example.org', 'smtp.example.org'], contact: 'you@example.org' },
      { refuseNonces: 20 },
      { http: { listen: [], listen_tls: [`127.0.0.1:${https}`] } },
    );
    await issued('mail.example.org');
    await issued('smtp.example.org');
    for (const starttls of [false, true]) {
      const port = starttls ? relay.port : relay.tlsPort;
      expect(await shown(port, 'smtp.example.org', starttls)).toBe('DNS:smtp.example.org');
      expect(await shown(port, 'mail.example.org', starttls)).toBe('DNS:mail.example.org');
      expect(await shown(port, 'other.example.org', starttls)).toBe('DNS:mail.example.org');
      expect(await shown(port, undefined, starttls)).toBe('DNS:mail.example.org');
    }
    expect(await shown(https, 'smtp.example.org')).toBe('DNS:smtp.example.org');
    expect(await shown(https, 'other.example.org')).toBe('DNS:mail.example.org');
    for (const file of ['mail.example.org.pem', 'smtp.example.org.pem', 'account.json', 'state.json'])
      expect(statSync(path.join(relay.dataDir, 'acme', file)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(relay.dataDir, 'acme', 'account.json'), 'utf8')).not.toContain('PRIVATE');
    expect(relay.log()).not.toContain('PRIVATE');
    expect(await checkOf()).toMatchObject({ ok: true });

    // An open session keeps its certificate and goes on.
    const session = tls.connect({ port: relay.tlsPort, host: '127.0.0.1', rejectUnauthorized: false });
    await new Promise((resolve) => session.once('data', resolve));
    const before = await handshake(relay.tlsPort, 'mail.example.org');
    const renewed = await relay.ctlList<Renewed>('certificate', 'renew', 'mail.example.org');
    expect(renewed).toMatchObject([{ name: 'mail.example.org', result: 'issued' }]);
    const after = await handshake(relay.tlsPort, 'mail.example.org');
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect(after.fingerprint256).not.toBe(before.fingerprint256);
    const answer = new Promise((resolve) => session.once('data', resolve));
    session.write('NOOP\r\n');
    expect(String(await answer)).toMatch(/^250 /);
    session.destroy();

    // A restart orders nothing: the certificates are good.
    const orders = lines('certificate issued').length;
    await relay.stop();
    await relay.start();
    expect(await shown(relay.tlsPort, 'smtp.example.org')).toBe('DNS:smtp.example.org');
    expect(await checkOf()).toMatchObject({ ok: true });
    expect(lines('certificate issued')).toHaveLength(orders);
  });

  test('the listener answers pending tokens alone: all else is 404, the same octets, whatever Host says', async () => {
    await stage({});
    await issued('mail.example.org');
    for (const [at, host] of [
      ['/', 'mail.example.org'],
      ['/.well-known/acme-challenge/abcdefghijklmnopqrstuvwxyz', 'mail.example.org'],
      ['/.well-known/acme-challenge/../../etc/passwd', 'evil.example'],
      ['/metrics', 'evil.example'],
    ] as const) {
      const answer = await raw(acmePort, `GET ${at} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
      expect(answer).not.toContain('evil');
      expect(answer).not.toMatch(/location:/i);
      expect(answer.endsWith('\r\n\r\nnot found\n')).toBe(true);
    }
  });

  test('an authority that cannot reach the name is said in plain words, and backed off from', async () => {
    await stage({}, { httpPort: 1 });
    const [failed] = await eventually(() => {
      const found = lines('certificate not issued');
      return found.length > 0 ? found : undefined;
    }).then((found) => found ?? []);
    expect(failed).toMatchObject({ name: 'mail.example.org', problem: 'connection' });
    expect(failed?.['reason']).toContain('the authority could not connect to mail.example.org');
    expect(failed?.['remedy']).toContain('port 80 of mail.example.org has to lead to acme.listen');
    // What was seen a moment ago is said for a second.
    await eventually(async () => {
      const check = await checkOf();
      expect(check?.ok).toBe(false);
      expect(check?.detail).toContain(
        'there is no certificate for mail.example.org: the authority could not',
      );
      return true;
    });
    // Clients get the self-signed one meanwhile; by hand it is tried at once, up to the limit of an hour.
    expect(await shown(relay.tlsPort, undefined)).toBe('DNS:mail.example.org');
    const results: string[] = [];
    for (let tries = 0; tries < 4; tries++) {
      const { code, stdout } = await relay.ctlRaw(['certificate', 'renew', '--json']);
      expect(code).toBe(1);
      results.push((JSON.parse(stdout) as Renewed).result);
    }
    expect(results).toEqual(['failed', 'failed', 'failed', 'waits']);
  });

  test('an authority that is down leaves the certificate in use, and is asked again later', async () => {
    await stage({});
    await issued('mail.example.org');
    const before = await handshake(relay.tlsPort, undefined);
    await pebble.stop();
    const { code, stdout } = await relay.ctlRaw(['certificate', 'renew', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ result: 'failed', name: 'mail.example.org' });
    expect((JSON.parse(stdout) as Renewed).detail).toContain('the authority cannot be asked');
    expect((await handshake(relay.tlsPort, undefined)).serialNumber).toBe(before.serialNumber);
    // It is good for years: the check says so, and that the renewal failed.
    await eventually(async () => {
      const check = await checkOf();
      expect(check?.ok).toBe(true);
      expect(check?.detail).toContain('its renewal failed, and is tried again');
      return true;
    });
  });

  test('an account that the authority has forgotten is replaced, with a new key', async () => {
    await stage({});
    await issued('mail.example.org');
    const account = () =>
      JSON.parse(readFileSync(path.join(relay.dataDir, 'acme', 'account.json'), 'utf8')) as {
        url: string;
        sealed_key: string;
      };
    const before = account();
    // Pebble keeps accounts in memory alone.
    await pebble.stop();
    const { port, caFile } = pebble;
    const ca = readFileSync(caFile, 'utf8');
    await pebble[Symbol.asyncDispose]();
    pebble = await Pebble.start({ httpPort: acmePort, port });
    writeFileSync(path.join(relay.folder, 'ca.pem'), ca + readFileSync(pebble.caFile, 'utf8'));
    relay.configure({
      acme: {
        enabled: true,
        directory: pebble.directory,
        ca: path.join(relay.folder, 'ca.pem'),
        listen: [`127.0.0.1:${acmePort}`],
        names: ['mail.example.org', 'new.example.org'],
      },
    });
    relay.signal('SIGHUP');
    // A name that is added is ordered at once.
    await issued('new.example.org');
    expect(await shown(relay.tlsPort, 'new.example.org')).toBe('DNS:new.example.org');
    expect(account().sealed_key).not.toBe(before.sealed_key);
  });

  test('without a listener for HTTP-01 it answers TLS-ALPN-01 on the port of HTTPS, which goes on meanwhile', async () => {
    const [https = 0] = await freePorts(1);
    await stage(
      { listen: [] },
      { tlsPort: https },
      { http: { listen: [], listen_tls: [`127.0.0.1:${https}`] } },
    );
    await issued('mail.example.org');
    expect(await shown(https, 'mail.example.org')).toBe('DNS:mail.example.org');
    // Nothing is pending any more.
    await expect(alpn(https, 'mail.example.org')).rejects.toThrow(/alert/);
    const answer = await fetchInsecure(https);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });

  test('a certificate is renewed by itself when two thirds of its life are over', async () => {
    await stage({}, { validSeconds: 9 });
    await issued('mail.example.org');
    await eventually(() => lines('certificate issued').length >= 2, { what: 'a renewal', timeoutMs: 20_000 });
    const [first, second] = lines('certificate issued');
    expect(Date.parse(String(second?.['not_after']))).toBeGreaterThan(
      Date.parse(String(first?.['not_after'])),
    );
  });

  async function raw(port: number, request: string): Promise<string> {
    const socket = connectPlain(port, '127.0.0.1');
    socket.write(request);
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString('utf8');
  }

  async function fetchInsecure(port: number): Promise<string> {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    socket.write('GET /healthz HTTP/1.1\r\nHost: mail.example.org\r\nConnection: close\r\n\r\n');
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString('utf8');
  }

  async function alpn(port: number, servername: string): Promise<void> {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      servername,
      rejectUnauthorized: false,
      ALPNProtocols: ['acme-tls/1'],
    });
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
  }
});
