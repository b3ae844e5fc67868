import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { startFakeMx, testOnlyCertificate } from '../../../support/fake-mx.ts';
import { clientFor, outbound, repliesOf, sessionFor } from '../../../support/outbound.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('greeting and EHLO', () => {
  it('reports what the remote offers, keywords in upper case', async () => {
    await using mx = await startFakeMx({ extensions: ['size 1000', 'Pipelining', '8BITMIME'] });
    const session = await sessionFor(mx);
    expect(session.extensions).toEqual(
      new Map([
        ['SIZE', '1000'],
        ['PIPELINING', ''],
        ['8BITMIME', ''],
      ]),
    );
    expect(session).toMatchObject({ usable: true, transactions: 0, tls: undefined });
    expect(mx.commands).toEqual(['EHLO relay.test']);
    await session.quit();
  });

  it('falls back to HELO where EHLO is refused', async () => {
    await using mx = await startFakeMx({ ehlo: 'refuse' });
    const session = await sessionFor(mx);
    expect(session.extensions.size).toBe(0);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    expect(mx.commands).toContain('HELO relay.test');
    await session.quit();
  });

  it('fails at the greeting with the remote’s reply', async () => {
    await using mx = await startFakeMx({ greeting: { code: 554, text: '5.7.1 go away' } });
    expect(await clientFor(mx)()).toMatchObject({
      kind: 'failed',
      stage: 'greeting',
      reply: { code: 554 },
    });
    await eventually(() => mx.openConnections === 0);
  });

  it('fails at EHLO with a transient reply and does not try HELO', async () => {
    await using mx = await startFakeMx({
      respond: (command) => (command.startsWith('EHLO') ? '451 4.3.0 later' : undefined),
    });
    expect(await clientFor(mx)()).toMatchObject({ stage: 'ehlo', reply: { code: 451, status: '4.3.0' } });
    expect(mx.commands.some((command) => command.startsWith('HELO'))).toBe(false);
  });

  it('fails to connect where nobody listens, saying so', async () => {
    const mx = await startFakeMx();
    await mx.close();
    expect(await clientFor(mx)()).toEqual({
      kind: 'failed',
      stage: 'connect',
      reply: undefined,
      text: 'connection refused',
    });
  });

  it('fails at the greeting when the remote hangs up without a word', async () => {
    await using mx = await startFakeMx({ respond: () => ({ fault: 'drop' }) });
    expect(await clientFor(mx)()).toMatchObject({ stage: 'greeting', reply: undefined });
  });

  it('fails when the greeting is no SMTP', async () => {
    await using mx = await startFakeMx({
      respond: () => ({ raw: 'SSH-2.0-OpenSSH_9.2\r\n' }),
    });
    expect(await clientFor(mx)()).toMatchObject({
      stage: 'greeting',
      reply: undefined,
      text: expect.stringContaining('SSH-2.0') as string,
    });
  });

  it('gives up on a greeting that does not come, after five minutes', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx({ respond: () => ({ fault: 'silent' }) });
    const connecting = clientFor(mx, { clock })();
    await eventually(() => mx.openConnections === 1);
    await eventually(() => clock.pendingTimers === 1);
    await clock.advance(299_000);
    expect(mx.openConnections).toBe(1);
    await clock.advance(1_000);
    expect(await connecting).toMatchObject({
      stage: 'greeting',
      text: 'waited in vain for a reply within 300 s',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not kept waiting longer by a remote that sends an octet a second', async () => {
    const clock = new VirtualClock();
    await using server = await dripServer(clock, '220-slow greeting without an end ');
    const connecting = clientFor(server, { clock })();
    let result: unknown;
    void connecting.then((value) => (result = value));
    await eventually(() => server.connections === 1);
    for (let second = 0; second < 310 && result === undefined; second++) await clock.advance(1_000);
    expect(await connecting).toMatchObject({ stage: 'greeting' });
    expect(clock.monotonic()).toBeLessThanOrEqual(305_000);
  });

  it('bounds what one reply may take', async () => {
    await using mx = await startFakeMx({
      respond: (command) => (command.startsWith('EHLO') ? { raw: `250-${'x'.repeat(9_000)}` } : undefined),
    });
    expect(await clientFor(mx)()).toMatchObject({
      stage: 'ehlo',
      text: 'the remote sent a line over 8192 octets',
    });
    mx.change({
      respond: (command) => (command.startsWith('EHLO') ? { raw: '250-x\r\n'.repeat(101) } : undefined),
    });
    expect(await clientFor(mx)()).toMatchObject({
      stage: 'ehlo',
      text: 'the remote sent a reply of over 100 lines',
    });
  });

  it('closes the socket when it is aborted', async () => {
    await using mx = await startFakeMx({ respond: () => ({ fault: 'silent' }) });
    const controller = new AbortController();
    const connecting = clientFor(mx)(false, controller.signal);
    await eventually(() => mx.openConnections === 1);
    controller.abort();
    expect(await connecting).toMatchObject({ stage: 'connect', text: 'aborted' });
    await eventually(() => mx.openConnections === 0);
    expect(await clientFor(mx)(false, controller.signal)).toMatchObject({ stage: 'connect' });
  });
});

describe('STARTTLS', () => {
  it('is used where offered, without verifying the certificate', async () => {
    await using mx = await startFakeMx();
    const session = await sessionFor(mx);
    expect(session.tls).toMatch(/^TLSv1\.3 TLS_/);
    expect(session.tlsFailure).toBeUndefined();
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    expect(mx.messages[0]).toMatchObject({ tls: 'TLSv1.3', helo: 'relay.test' });
    expect(mx.commands.slice(0, 3)).toEqual(['EHLO relay.test', 'STARTTLS', 'EHLO relay.test']);
    await session.quit();
  });

  it('takes part in TLS 1.0, which beats clear text', async () => {
    await using mx = await startFakeMx({
      secureContext: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
    });
    const session = await sessionFor(mx);
    expect(session.tls).toMatch(/^TLSv1 TLS_ECDHE_/);
    await session.quit();
  });

  it.each(['garbage', 'close'] as const)(
    'goes on in clear on a new connection after a failed handshake (%s)',
    async (starttls) => {
      await using mx = await startFakeMx({ starttls });
      const session = await sessionFor(mx);
      expect(session.tls).toBeUndefined();
      expect(session.tlsFailure).toMatch(/./);
      expect(mx.connectionCount).toBe(2);
      expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
      await session.quit();
    },
  );

  it('goes on in clear after a handshake that hangs', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx({ starttls: 'hang' });
    const connecting = clientFor(mx, { clock })();
    await eventually(() => mx.commands.includes('STARTTLS'));
    mx.change({ starttls: 'works' });
    await clock.advance(60_000);
    const result = await connecting;
    expect(result).toMatchObject({
      kind: 'connected',
      session: { tls: undefined, tlsFailure: 'waited in vain for the TLS handshake within 60 s' },
    });
    if (result.kind === 'connected') result.session.destroy();
  });

  it('goes on in clear on the same connection when STARTTLS is refused', async () => {
    await using mx = await startFakeMx({ starttls: 'refuse' });
    const session = await sessionFor(mx);
    expect(session.tls).toBeUndefined();
    expect(session.tlsFailure).toBe('STARTTLS was answered 454 4.7.0 no TLS today');
    expect(mx.connectionCount).toBe(1);
    await session.quit();
  });

  it('goes on in clear when the remote hangs up right after the handshake', async () => {
    await using mx = await startFakeMx({
      respond: (command, { tls }) => (command.startsWith('EHLO') && tls ? { fault: 'drop' } : undefined),
    });
    const session = await sessionFor(mx);
    expect(session.tls).toBeUndefined();
    expect(mx.connectionCount).toBe(2);
    await session.quit();
  });

  it('does not take commands that were slipped in behind the reply to STARTTLS', async () => {
    await using mx = await startFakeMx({
      respond: (command) =>
        command === 'STARTTLS' ? { raw: '220 go ahead\r\n250 injected\r\n' } : undefined,
    });
    const session = await sessionFor(mx);
    expect(session.tls).toBeUndefined();
    expect(session.tlsFailure).toMatch(/nobody asked for|more in clear/);
    await session.quit();
  });

  it('forgets what was offered in clear', async () => {
    await using mx = await startFakeMx({
      respond: (command, { tls }) =>
        command.startsWith('EHLO') && tls ? '250-mx.test\r\n250 SIZE 5' : undefined,
    });
    const session = await sessionFor(mx);
    expect([...session.extensions.keys()]).toEqual(['SIZE']);
    await session.quit();
  });

  it('where required, wants an offer, a handshake and a certificate that verifies', async () => {
    await using mx = await startFakeMx({ hostname: 'mx.test' });
    const trusting = { tls: { ca: [testOnlyCertificate] } };
    const verified = await clientFor(mx, trusting)(true);
    expect(verified).toMatchObject({ kind: 'connected' });
    if (verified.kind === 'connected') await verified.session.quit();

    expect(await clientFor(mx)(true)).toMatchObject({
      kind: 'failed',
      stage: 'starttls',
      text: expect.stringMatching(/self-signed/) as string,
    });
    mx.change({ starttls: 'garbage' });
    expect(await clientFor(mx, trusting)(true)).toMatchObject({ kind: 'failed', stage: 'starttls' });
    mx.change({ starttls: 'works', extensions: ['PIPELINING'] });
    expect(await clientFor(mx, trusting)(true)).toMatchObject({ kind: 'failed', stage: 'starttls' });
    await eventually(() => mx.openConnections === 0);
  });
});

/** Sends the text and then an `x` a second of the clock, for ever. */
async function dripServer(clock: VirtualClock, text: string) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const drip = () => {
      if (socket.destroyed) return;
      socket.write('x');
      clock.after(1_000, drip);
    };
    socket.write(text);
    clock.after(1_000, drip);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
