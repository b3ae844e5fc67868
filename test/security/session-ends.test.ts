/**
 * Sessions that end in every way but the proper one, at the real relayd: reset, half closed, in the middle of TLS, of a login,
 * of a message, of a request. What they held is given back: sockets, places, memory of bodies. The long run of it:
 * SESSION_ENDS=20000.
 */
import { existsSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTalk } from '../e2e/support/api-talk.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { eventually } from '../support/eventually.ts';

const SESSIONS = Number(process.env['SESSION_ENDS'] ?? 400);
const AT_ONCE = 10;
const PLACES = 40;
const HALF_A_HANDSHAKE = Buffer.from('16030102000100', 'hex');

describe('after sessions that ended badly', () => {
  let stage: Stage;
  let key: string;
  beforeAll(async () => {
    stage = await Stage.start({
      config: {
        submission: { max_connections: PLACES, max_connections_per_address: PLACES },
        http: { listen: ['127.0.0.1:0'] },
        inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
      },
    });
    ({ key } = await ApiTalk.withKey(stage.relay, '--scope', 'admin'));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const httpPort = () => Number(new URL(stage.relay.httpUrl).port);
  const sockets = () => (existsSync('/proc/self/fd') ? readdirSync(`/proc/${stage.relay.pid}/fd`).length : 0);

  async function greeted(port: number, implicitTls = false): Promise<Wire> {
    const wire = await Wire.open(port, { implicitTls });
    expect(await wire.reply()).toMatch(/^220/);
    return wire;
  }

  async function raw(port: number, octets: string | Buffer): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => socket.write(octets, resolve));
    return socket;
  }

  async function loggedIn(): Promise<Wire> {
    const wire = await greeted(stage.relay.tlsPort, true);
    expect(await wire.login(stage.login)).toMatch(/^235/);
    return wire;
  }

  const ends: readonly (() => Promise<void>)[] = [
    async () => void (await raw(stage.relay.port, '')).resetAndDestroy(),
    async () => void (await raw(stage.relay.port, 'EHLO x\r\n')).resetAndDestroy(),
    async () => {
      const socket = await raw(stage.relay.port, '');
      socket.end();
      await new Promise((resolve) => socket.once('close', resolve));
    },
    async () => void (await raw(stage.relay.tlsPort, HALF_A_HANDSHAKE)).resetAndDestroy(),
    async () => {
      const wire = await greeted(stage.relay.port);
      await wire.command('EHLO x');
      await wire.command('STARTTLS');
      wire.send(HALF_A_HANDSHAKE);
      wire.destroy();
    },
    async () => {
      const wire = await greeted(stage.relay.tlsPort, true);
      await wire.command('EHLO x');
      expect(await wire.command('AUTH LOGIN')).toMatch(/^334/);
      wire.destroy();
    },
    async () => {
      const wire = await greeted(stage.relay.tlsPort, true);
      await wire.command('EHLO x');
      wire.send(`AUTH PLAIN ${Buffer.from('\0nobody\0guess').toString('base64')}\r\n`);
      wire.destroy();
    },
    async () => {
      const wire = await loggedIn();
      await wire.command(`MAIL FROM:<shop@${SENDER_DOMAIN}>`);
      await wire.command(`RCPT TO:<never@${RECIPIENT_DOMAIN}>`);
      expect(await wire.command('DATA')).toMatch(/^354/);
      wire.send(`From: <shop@${SENDER_DOMAIN}>\r\nSubject: x\r\n\r\n${'x'.repeat(20_000)}`);
      wire.destroy();
    },
    async () => {
      const wire = await greeted(stage.relay.inboundPort);
      await wire.command('EHLO x');
      await wire.command('MAIL FROM:<>');
      await wire.command('RCPT TO:<postmaster@relay.test>');
      wire.send('DATA\r\nFrom: <a@b.example>\r\n\r\nx');
      wire.destroy();
    },
    async () =>
      void (await raw(httpPort(), 'POST /v1/send HTTP/1.1\r\nHost: x\r\nContent-Le')).resetAndDestroy(),
    async () => {
      const head = `POST /v1/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json`;
      (
        await raw(httpPort(), `${head}\r\nContent-Length: 200000\r\n\r\n{${' '.repeat(100_000)}`)
      ).resetAndDestroy();
    },
    async () => {
      const head = `GET /v1/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}`;
      (await raw(httpPort(), `${head}\r\n\r\n`)).resetAndDestroy();
    },
  ];

  it('every place is free again, and nothing is held', { timeout: 60_000 + SESSIONS * 100 }, async () => {
    const before = sockets();
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < SESSIONS) await ends[next++ % ends.length]?.();
      }),
    );
    await eventually(() => sockets() <= before, { what: 'sockets to be closed', timeoutMs: 20_000 });
    const metrics = await (await fetch(`${stage.relay.httpUrl}/metrics`)).text();
    for (const figure of ['body_bytes', 'bodies', 'event_streams'])
      expect(metrics).toMatch(new RegExp(`^postern_http_${figure} 0$`, 'm'));
    // All places at once, each greeted.
    const wires: Wire[] = [];
    try {
      for (let i = 0; i < PLACES; i++) wires.push(await greeted(stage.relay.port));
    } finally {
      for (const wire of wires) wire.destroy();
    }
    expect(stage.relay.log()).not.toMatch(/internal error/);
    expect(await stage.relay.ctlList('message', 'list')).toEqual([]);
  });
});
