import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { BindError } from '../../src/smtp/server/bind-error.ts';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';
import { TlsError } from '../../src/smtp/server/tls-context.ts';
import { eventually } from '../support/eventually.ts';
import { play, Wire } from './support/dialogue.ts';
import { idleSockets } from './support/idle-sockets.ts';
import {
  MESSAGE,
  networkCredential,
  startFixture,
  type Fixture,
  type FixtureOptions,
} from './support/submission-fixture.ts';

const FILES = { cert: 'c', key: 'k', user: 'relay' };

const running: Fixture[] = [];
afterEach(async () => {
  for (const relay of running.splice(0)) await relay.stop();
});

async function start(options: FixtureOptions = {}): Promise<Fixture> {
  const relay = await startFixture(options);
  relay.directory.credentials.push(networkCredential());
  running.push(relay);
  return relay;
}

async function greeted(port: number): Promise<Wire> {
  const wire = await Wire.open(port);
  await wire.reply();
  return wire;
}

async function inTransaction(port: number): Promise<Wire> {
  const wire = await greeted(port);
  await wire.command('EHLO a');
  await wire.command('MAIL FROM:<a@example.org>');
  expect(await wire.command('RCPT TO:<b@example.net>')).toMatch(/^250/);
  return wire;
}

describe('connection limits', () => {
  it('in all: the one too many is told 421, and there is room again when one leaves', async () => {
    const relay = await start({ config: { maxConnections: 2 } });
    const wires = [await greeted(relay.port), await greeted(relay.port)];
    await play(relay.port, ['S: 421 4.7.0 relay.test Too many connections', '> closed']);
    await play(relay.tlsPort, ['S: 421 4.7.0 relay.test Too many connections', '> closed'], {
      implicitTls: true,
    });
    wires[0]?.destroy();
    await eventually(async () => {
      const wire = await Wire.open(relay.port);
      const said = await wire.reply();
      wire.destroy();
      return said.startsWith('220');
    });
    wires[1]?.destroy();
  });

  it('of one address, over all listeners', async () => {
    const relay = await start({ config: { maxConnectionsPerAddress: 1 } });
    const wire = await greeted(relay.port);
    await play(relay.tlsPort, ['S: 421 4.7.0'], { implicitTls: true });
    await play(relay.port, ['S: 220'], { localAddress: '127.0.0.2' });
    wire.destroy();
  });

  it('count TLS handshakes too, and cut off what is too much', async () => {
    const relay = await start({ config: { maxConnectionsPerAddress: 2 } });
    const stalled = [0, 1].map(() => net.connect(relay.tlsPort, '127.0.0.1'));
    for (const socket of stalled) await new Promise((resolve) => socket.once('connect', resolve));
    await expect(Wire.open(relay.tlsPort, { implicitTls: true })).rejects.toThrow();
    await play(relay.tlsPort, ['S: 220'], { implicitTls: true, localAddress: '127.0.0.2' });
    for (const socket of stalled) socket.destroy();
    await eventually(async () => {
      const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
      const said = await wire.reply();
      wire.destroy();
      return said.startsWith('220');
    });
  });

  it('drop a TLS handshake that takes longer than half a minute', async () => {
    const waits: number[] = [];
    const relay = await start({
      clock: {
        ...systemClock,
        after(delayMs, callback) {
          waits.push(delayMs);
          return systemClock.after(delayMs / 1_000, callback);
        },
      },
    });
    const raw = net.connect(relay.tlsPort, '127.0.0.1');
    await new Promise((resolve) => raw.once('close', resolve));
    expect(waits).toEqual([30_000]);
  });

  it('drop TLS handshakes that never end along with the listener', async () => {
    const relay = await startFixture();
    const raw = net.connect(relay.tlsPort, '127.0.0.1');
    await new Promise((resolve) => raw.once('connect', resolve));
    const closed = new Promise((resolve) => raw.once('close', resolve));
    raw.on('error', () => undefined);
    await relay.service.stop(60_000);
    await closed;
  });
});

describe('an idle client', () => {
  it('is told 421 4.4.2', async () => {
    const relay = await start({ idleTimeoutMs: 50 });
    await play(relay.port, ['S: 220', 'S: 421 4.4.2 relay.test Idle for too long', '> closed']);
  });

  it('in the middle of its data leaves nothing behind', async () => {
    const idle = idleSockets();
    const relay = await start(idle);
    const wire = await inTransaction(relay.port);
    await wire.command('DATA');
    wire.send(MESSAGE + 'x'.repeat(300_000).replace(/.{70}/g, '$&\r\n'));
    await eventually(() => relay.spool.uploads.size > 0, { what: 'the content to arrive' });
    idle.pass();
    expect(await wire.reply()).toMatch(/^421 4\.4\.2/);
    await wire.closed();
    await eventually(() => relay.spool.abandoned.length === 1);
    expect(relay.spool.accepted).toEqual([]);
  });

  it('is not one that waits for us', async () => {
    const idle = idleSockets();
    const relay = await start(idle);
    const gate = Promise.withResolvers<undefined>();
    relay.spool.acceptGate = gate.promise;
    const wire = await inTransaction(relay.port);
    await wire.command('DATA');
    wire.send(`${MESSAGE}.\r\n`);
    const answer = wire.reply();
    await eventually(() => relay.spool.asked === 1, { what: 'the message to wait for the store' });
    idle.pass();
    gate.resolve(undefined);
    expect(await answer).toMatch(/^250/);
    wire.destroy();
  });
});

describe('shutting down', () => {
  it('tells idle clients at once, before and after AUTH, in clear and under TLS', async () => {
    const relay = await startFixture();
    const plain = await greeted(relay.port);
    const secure = await Wire.open(relay.tlsPort, { implicitTls: true });
    await secure.reply();
    await secure.login();
    const stopped = relay.service.stop(60_000);
    for (const wire of [plain, secure]) {
      expect(await wire.reply()).toBe('421 4.3.2 relay.test Shutting down, try again later');
      await wire.closed();
      wire.destroy();
    }
    await stopped;
  });

  it('lets a transaction end, then closes', async () => {
    const relay = await startFixture();
    relay.directory.credentials.push(networkCredential());
    const wire = await inTransaction(relay.port);
    const stopped = relay.service.stop(60_000);
    expect(await wire.command('DATA')).toMatch(/^354/);
    wire.send(`${MESSAGE}.\r\nMAIL FROM:<a@example.org>\r\n`);
    expect(await wire.reply()).toMatch(/^250 2\.0\.0/);
    expect(await wire.reply()).toMatch(/^421 4\.3\.2/);
    await wire.closed();
    await stopped;
    expect(relay.spool.accepted).toHaveLength(1);
  });

  it('takes no new transaction in a session that ends one', async () => {
    const relay = await startFixture();
    relay.directory.credentials.push(networkCredential());
    const wire = await inTransaction(relay.port);
    const stopped = relay.service.stop(60_000);
    expect(await wire.command('RSET')).toMatch(/^250/);
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^421 4\.3\.2/);
    await wire.closed();
    await stopped;
  });

  it('cuts off a client that does not finish in time, and keeps nothing of it', async () => {
    const relay = await startFixture();
    relay.directory.credentials.push(networkCredential());
    const wire = await inTransaction(relay.port);
    await wire.command('DATA');
    wire.send(MESSAGE);
    const stopped = relay.service.stop(20);
    expect(await wire.reply()).toMatch(/^421 4\.3\.2/);
    await wire.closed();
    await stopped;
    expect(relay.spool.accepted).toEqual([]);
  });

  it('waits for the reply to a complete message, however long the store takes', async () => {
    const relay = await startFixture();
    relay.directory.credentials.push(networkCredential());
    const gate = Promise.withResolvers<undefined>();
    relay.spool.acceptGate = gate.promise;
    const wire = await inTransaction(relay.port);
    await wire.command('DATA');
    wire.send(`${MESSAGE}.\r\n`);
    await eventually(() => relay.spool.asked === 1);
    const stopped = relay.service.stop(0);
    systemClock.after(1_500, () => gate.resolve(undefined));
    expect(await wire.reply()).toMatch(/^250 2\.0\.0/);
    expect(await wire.reply()).toMatch(/^421 4\.3\.2/);
    await stopped;
    expect(relay.spool.accepted).toHaveLength(1);
    wire.destroy();
  });

  it.each([
    ['has not begun', ''],
    ['is half done', '\x16\x03\x01\x00'],
  ])('ends a connection whose STARTTLS handshake %s', async (_name, hello) => {
    const relay = await startFixture();
    const wire = await greeted(relay.port);
    await wire.command('STARTTLS');
    wire.send(Buffer.from(hello, 'latin1'));
    const stopped = relay.service.stop(0);
    await wire.closed();
    wire.destroy();
    await stopped;
  });

  it('refuses connections', async () => {
    const relay = await startFixture();
    await relay.stop();
    await expect(Wire.open(relay.port)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('starting', () => {
  it('listens on several ports of both kinds', async () => {
    const loopback = { host: '127.0.0.1', port: 0 };
    const relay = await start({
      config: { listen: [loopback, loopback], listenTls: [loopback, loopback], listenCertificates: [] },
    });
    expect(relay.service.addresses.map(({ implicitTls }) => implicitTls)).toEqual([false, false, true, true]);
    for (const { port, implicitTls } of relay.service.addresses)
      await play(port, ['S: 220'], { implicitTls });
  });

  it('takes IPv6 beside IPv4 on one port, and only a warning where there is none', async () => {
    const first = await startFixture();
    const { port } = first;
    await first.stop();
    const relay = await start({
      config: {
        listen: [
          { host: '0.0.0.0', port },
          { host: '::', port },
        ],
        listenTls: [],
        listenCertificates: [],
      },
    });
    await play(port, ['S: 220']);
    const hosts = relay.service.addresses.map(({ host }) => host);
    const warned = relay.log.some(({ event }) => event.startsWith('not listening on IPv6'));
    expect(hosts).toEqual(warned ? ['0.0.0.0'] : ['0.0.0.0', '::']);
  });

  it('on a port that is taken fails whole and says what can be done', async () => {
    const relay = await start();
    const taken = { host: '127.0.0.1', port: relay.port };
    const free = { host: '127.0.0.1', port: 0 };
    const second = startFixture({ config: { listen: [free, taken], listenTls: [] } });
    await expect(second).rejects.toBeInstanceOf(BindError);
    await expect(second).rejects.toThrow(
      /cannot listen on 127\.0\.0\.1:\d+: something else listens there.*submission\.listen/,
    );
  });

  it('without the right to a low port says which ways there are', () => {
    const cause = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    const { message } = new BindError({ host: '0.0.0.0', port: 587 }, 'submission.listen', cause);
    expect(message).toMatch(/2587.*systemd.*setcap cap_net_bind_service/);
  });

  it('with a certificate that is no good fails', async () => {
    const broken = startFixture({
      loadTls: () => {
        throw new TlsError({ kind: 'mismatch', file: 'k' }, FILES);
      },
    });
    await expect(broken).rejects.toBeInstanceOf(TlsError);
  });
});

describe('a renewed certificate', () => {
  it('serves new connections, and a broken one leaves the old', async () => {
    const first = await makeSelfSignedCertificate('first.test');
    const second = await makeSelfSignedCertificate('second.test');
    let now: typeof first | undefined = first;
    const relay = await start({
      loadTls: () => {
        if (now === undefined) throw new TlsError({ kind: 'malformed', file: 'c' }, FILES);
        return { ...now, selfSigned: false };
      },
    });
    const subject = async (port: number, starttls: boolean) => {
      const wire = await Wire.open(port, { implicitTls: !starttls });
      await wire.reply();
      if (starttls) {
        await wire.command('STARTTLS');
        await wire.secure();
      }
      const name = wire.certificateName;
      wire.destroy();
      return name;
    };
    expect([await subject(relay.port, true), await subject(relay.tlsPort, false)]).toEqual([
      'first.test',
      'first.test',
    ]);
    now = second;
    relay.service.reloadTls();
    expect([await subject(relay.port, true), await subject(relay.tlsPort, false)]).toEqual([
      'second.test',
      'second.test',
    ]);
    now = undefined;
    expect(() => relay.service.reloadTls()).toThrow(TlsError);
    expect(await subject(relay.tlsPort, false)).toBe('second.test');
  });
});

describe('the line at the end of a session', () => {
  it('tells client, TLS, credential, and how many were accepted and refused', async () => {
    const relay = await start();
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    await wire.login();
    await wire.message('a@example.org', ['b@example.net'], MESSAGE);
    await wire.command('MAIL FROM:<a@nobody.test>');
    await wire.command('QUIT');
    wire.destroy();
    const line = await eventually(() => relay.log.find(({ event }) => event === 'session ended'));
    expect(line).toMatchObject({
      client: '127.0.0.1',
      helo: 'client.test',
      tls: expect.stringMatching(/^TLSv1\.3 /) as string,
      account: 'default',
      credential: 'crd_1',
      accepted: 1,
      refused: 1,
    });
  });
});
