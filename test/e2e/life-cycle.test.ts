/** Starting, stopping, starting again; two on one data folder; no configuration at all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { Relay } from './support/relay-process.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';
import { SmtpTalk } from './support/smtp-talk.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const content = `From: <${FROM}>\r\nSubject: Still here\r\n\r\nbody\r\n`;
const ROOT = path.resolve(import.meta.dirname, '../..');

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
});

describe('SIGTERM', () => {
  it('answers 421 in idle sessions, accepts no more, and exits 0', async () => {
    stage = await Stage.start();
    const idle = await stage.session();
    const fresh = await SmtpTalk.connect({ port: stage.relay.port });
    const port = stage.relay.port;
    const stopped = stage.relay.stop();
    expect((await idle.read()).text).toMatch(/^421 4\.3\.2 /);
    await idle.closed();
    expect((await fresh.read()).text).toMatch(/^421 4\.3\.2 /);
    await fresh.closed();
    expect(await stopped).toBe(0);
    await expect(SmtpTalk.connect({ port })).rejects.toThrow();
  });

  it('lets a transaction that is under way end', async () => {
    stage = await Stage.start();
    const session = await stage.session();
    await session.ok(250, `MAIL FROM:<${FROM}>`);
    await session.ok(250, 'RCPT TO:<under-way@recipient.test>');
    await session.ok(354, 'DATA');
    session.write(content.slice(0, 30));
    const stopped = stage.relay.stop();
    await eventually(() => stage?.relay.log().includes('draining') ?? false, { what: 'the stop to begin' });
    session.write(`${content.slice(30)}.\r\n`);
    const reply = await session.read();
    expect(reply.code).toBe(250);
    expect(await stopped).toBe(0);
  });

  it('loses nothing that waits: a second start delivers it', async () => {
    stage = await Stage.start();
    stage.dns.zone.set('recipient.test', { fault: 'servfail' });
    const session = await stage.session();
    const ids: string[] = [];
    for (let at = 0; at < 10; at++) {
      ids.push(await session.submitForId({ from: FROM, to: `waits-${at}@recipient.test`, content }));
    }
    await session.quit();
    expect(await stage.relay.stop()).toBe(0);
    expect(stage.mx.messageCount).toBe(0);

    // relayctl works while the server is down.
    const shown = await stage.message(ids[0]!);
    expect(shown.deliveries[0]?.state).toMatch(/queued|deferred/);
    stage.dns.zone.set('recipient.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
    await stage.relay.ctl('queue', 'retry', '--all');
    await stage.relay.start();
    for (let at = 0; at < 10; at++) await stage.received(`waits-${at}@recipient.test`);
    // Credentials and domain are still there, too.
    const again = await stage.session();
    await again.submitForId({ from: FROM, to: 'again@recipient.test', content });
    await again.quit();
    await stage.received('again@recipient.test');
  });
});

describe('a kill', () => {
  it('delays nothing: what was accepted is delivered by the next start at once', async () => {
    stage = await Stage.start({ mx: { respond: () => 'silent' } });
    const session = await stage.session();
    await session.submitForId({ from: FROM, to: 'killed@recipient.test', content });
    await eventually(() => (stage?.mx.connectionCount ?? 0) > 0, { what: 'an attempt to begin' });
    await stage.relay.kill();
    stage.mx.change({ respond: () => undefined });
    await stage.relay.start();
    await stage.received('killed@recipient.test');
    expect(stage.mx.deliveriesTo('killed@recipient.test')).toBe(1);
  });
});

describe('one data folder', () => {
  it('is held by one relayd: a second one says so and stops', async () => {
    stage = await Stage.start();
    const second = spawn(process.execPath, ['bin/relayd.js', '--config', stage.relay.configFile], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    second.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    second.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => second.once('close', resolve));
    expect(code).not.toBe(0);
    expect(said).toMatch(/another relayd|in use|already/i);
    const session = await stage.session();
    await session.submitForId({ from: FROM, to: 'first@recipient.test', content });
    await session.quit();
    await stage.received('first@recipient.test');
  });

  it('is free again after a kill', async () => {
    const relay = new Relay({ dnsServer: '127.0.0.1:9', mxPort: 9 });
    try {
      await relay.start();
      await relay.kill();
      await relay.start();
      expect(await relay.stop()).toBe(0);
    } finally {
      await relay.dispose();
    }
  });
});

describe('SIGHUP', () => {
  it('takes a renewed certificate and drops no session', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-test-'));
    const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    const install = async (hostname: string) => {
      const made = await makeSelfSignedCertificate(hostname);
      writeFileSync(cert, made.cert);
      writeFileSync(key, made.key, { mode: 0o600 });
    };
    try {
      await install('first.test');
      stage = await Stage.start({ config: { tls: { cert, key } } });
      const { relay } = stage;
      expect(await certificateName(relay.tlsPort)).toBe('first.test');
      const session = await stage.session();
      await install('second.test');
      relay.signal('SIGHUP');
      await eventually(async () => (await certificateName(relay.tlsPort)) === 'second.test');
      await session.submitForId({ from: FROM, to: 'renewed@recipient.test', content });
      await session.quit();

      // A renewal that went wrong leaves the old one in place.
      writeFileSync(cert, 'no certificate');
      relay.signal('SIGHUP');
      await eventually(() => relay.log().includes('reload failed'));
      expect(await certificateName(relay.tlsPort)).toBe('second.test');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** The subject of the certificate that a TLS listener shows. */
async function certificateName(port: number): Promise<unknown> {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

describe('configuration', () => {
  it('is not needed: relayd makes its data folder and says what to type next', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-test-'));
    const child = spawn(process.execPath, [path.join(ROOT, 'bin/relayd.js')], {
      cwd: folder,
      env: {
        ...process.env,
        RELAY_SUBMISSION__LISTEN: '127.0.0.1:0',
        RELAY_SUBMISSION__LISTEN_TLS: '127.0.0.1:0',
        RELAY_HTTP__LISTEN: '127.0.0.1:0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      await eventually(() => said.includes('relayctl credential add'), {
        what: 'the next commands',
        timeoutMs: 20_000,
      });
      expect(said).toContain('relayctl quickstart');
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('that is wrong stops the start with file, line and key', async () => {
    const relay = new Relay({ dnsServer: '127.0.0.1:9', mxPort: 9 });
    try {
      relay.configure({ delivery: { prot: 25 } });
      await expect(relay.start()).rejects.toThrow(/relay\.toml:\d+.*delivery\.prot/s);
      const check = await relay.ctlRaw(['config', 'check']);
      expect(check.code).not.toBe(0);
      expect(check.stderr).toMatch(/delivery\.prot/);
    } finally {
      await relay.dispose();
    }
  });
});
