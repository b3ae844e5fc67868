/** Connections that leave from a source: its address, name and certificate, and through its hop. RFC 1928. */
import { describe, expect, it } from 'vitest';
import type { ConnectSource } from '../../../../src/smtp/client/session.ts';
import { eventually } from '../../../support/eventually.ts';
import { startFakeMx, testOnlyCertificate, testOnlyKey, type FakeMx } from '../../../support/fake-mx.ts';
import { startProxy, startSocks, type Hop, type SocksOptions } from '../../../support/hops.ts';
import { connected, connectTo, outbound, repliesOf } from '../../../support/outbound.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const SOURCE: ConnectSource = { localAddress: '127.0.0.7', hostname: 'out7.relay.test' };
const CERTIFICATE = { cert: testOnlyCertificate, key: testOnlyKey };

async function hands(mx: FakeMx, source: ConnectSource) {
  const session = connected(await connectTo(mx, { source }));
  const replies = repliesOf(await session.transact(outbound(['a@x.test'])));
  await session.quit();
  return { session, code: replies[0]?.reply.code };
}

function through(kind: 'socks5' | 'proxy-protocol', hop: Pick<Hop, 'at'>): ConnectSource {
  return { ...SOURCE, hop: { kind, at: hop.at } };
}

describe('a source', () => {
  it('is where the connection comes from, under its own name, in clear and in TLS', async () => {
    await using mx = await startFakeMx();
    expect(await hands(mx, SOURCE)).toMatchObject({ code: 250 });
    mx.change({ starttls: 'garbage' });
    expect(await hands(mx, SOURCE)).toMatchObject({ code: 250, session: { tls: undefined } });
    for (const message of mx.messages)
      expect(message).toMatchObject({ clientAddress: '127.0.0.7', helo: 'out7.relay.test' });
    expect(mx.messages.map(({ tls }) => tls)).toEqual(['TLSv1.3', undefined]);
  });

  it('leaves over IPv6 too', async () => {
    await using mx = await startFakeMx({ host: '::1' });
    expect(await hands(mx, { ...SOURCE, localAddress: '::1' })).toMatchObject({ code: 250 });
    expect(mx.messages[0]).toMatchObject({ clientAddress: '::1' });
  });

  it('that is not of this machine is a failure of this relay', async () => {
    await using mx = await startFakeMx();
    const source = { ...SOURCE, localAddress: '192.0.2.1' };
    expect(await connectTo(mx, { source })).toEqual({
      kind: 'failed',
      stage: 'connect',
      reply: undefined,
      text: '192.0.2.1: no local address to connect from',
      localClass: 'local-source',
    });
    expect(mx.connectionCount).toBe(0);
  });

  it('of another family than the remote is a failure of this relay, and nothing is tried', async () => {
    await using mx = await startFakeMx();
    expect(await connectTo(mx, { source: { ...SOURCE, localAddress: '::1' } })).toMatchObject({
      stage: 'connect',
      text: '::1 is not of the family of 127.0.0.1',
      localClass: 'local-source',
    });
    expect(mx.connectionCount).toBe(0);
  });

  it('that a remote refuses to connect is no failure of this relay', async () => {
    const mx = await startFakeMx();
    await mx.close();
    const result = await connectTo(mx, { source: SOURCE });
    expect(result).toEqual({
      kind: 'failed',
      stage: 'connect',
      reply: undefined,
      text: 'connection refused',
    });
  });

  it('shows its certificate to a remote that asks, and another source does not', async () => {
    await using mx = await startFakeMx({ asksForCertificate: true });
    await hands(mx, { ...SOURCE, clientCertificate: CERTIFICATE });
    await hands(mx, SOURCE);
    expect(mx.messages.map(({ clientCertificate }) => clientCertificate)).toEqual(['mx.test', undefined]);
    const verified = { ...SOURCE, clientCertificate: CERTIFICATE };
    const smartHost = { tls: 'verify', login: undefined } as const;
    const session = connected(
      await connectTo(mx, { source: verified, smartHost }, { tls: { ca: [testOnlyCertificate] } }),
    );
    await session.transact(outbound(['a@x.test']));
    await session.quit();
    expect(mx.messages[2]).toMatchObject({ clientCertificate: 'mx.test' });
  });

  it('with a certificate that is none fails here, before anything is sent', async () => {
    await using mx = await startFakeMx();
    const clientCertificate = { cert: 'no PEM', key: testOnlyKey };
    expect(await connectTo(mx, { source: { ...SOURCE, clientCertificate } })).toMatchObject({
      stage: 'connect',
      text: expect.stringMatching(/^the client certificate cannot be used: /) as string,
      localClass: 'local-source',
    });
    expect(mx.connectionCount).toBe(0);
  });
});

describe('a SOCKS5 server', () => {
  it.each<SocksOptions>([{}, { slowly: true }, { bound: 'ipv6' }, { bound: 'name', slowly: true }])(
    'connects onwards: %j',
    async (options) => {
      await using mx = await startFakeMx();
      await using socks = await startSocks({ ...options, from: '127.0.0.9' });
      expect(await hands(mx, through('socks5', socks))).toMatchObject({
        code: 250,
        session: { tls: expect.stringMatching(/^TLSv1\.3/) as string, remote: { address: '127.0.0.1' } },
      });
      expect(socks.asked).toEqual([`127.0.0.1:${mx.port}`]);
      expect(mx.messages[0]).toMatchObject({ clientAddress: '127.0.0.9', helo: 'out7.relay.test' });
    },
  );

  it('reaches remotes over IPv6', async () => {
    await using mx = await startFakeMx({ host: '::1' });
    await using socks = await startSocks();
    expect(await hands(mx, through('socks5', socks))).toMatchObject({ code: 250 });
    expect(socks.asked).toEqual([`[::1]:${mx.port}`]);
  });

  it('is asked again where the mail goes on in clear', async () => {
    await using mx = await startFakeMx({ starttls: 'garbage' });
    await using socks = await startSocks();
    expect(await hands(mx, through('socks5', socks))).toMatchObject({
      code: 250,
      session: { tls: undefined },
    });
    expect(socks.connectionCount).toBe(2);
  });

  it.each([
    { options: { reply: Buffer.from([5, 5]) }, text: 'connection refused' },
    { options: { reply: Buffer.from([5, 1, 0, 1, 0, 0, 0, 0, 0, 0]) }, text: 'general failure' },
    { options: { reply: Buffer.from([5, 3]) }, text: 'the network is unreachable' },
    { options: { reply: Buffer.from([5, 4]) }, text: 'no route to the host' },
    { options: { reply: Buffer.from([5, 6]) }, text: 'the connection timed out' },
    { options: { reply: Buffer.from([]) }, text: 'the remote closed the connection' },
  ])('says what is wrong at the remote, which is then at fault: $text', async ({ options, text }) => {
    await using mx = await startFakeMx();
    await using socks = await startSocks(options);
    expect(await connectTo(mx, { source: through('socks5', socks) })).toEqual({
      kind: 'failed',
      stage: 'connect',
      reply: undefined,
      text: `through the hop 127.0.0.1:${socks.at.port}: ${text}`,
    });
  });

  it.each([
    { options: { method: Buffer.from([5, 255]) }, text: 'it wants a login' },
    { options: { method: Buffer.from([5, 2]) }, text: 'it wants a login' },
    { options: { method: Buffer.from([4, 0]) }, text: 'it is no SOCKS5 server' },
    { options: { method: Buffer.from('HTTP/1.1 400\r\n') }, text: 'it is no SOCKS5 server' },
    { options: { method: Buffer.from([]) }, text: 'the remote closed the connection' },
    { options: { reply: Buffer.from([4, 0]) }, text: 'it is no SOCKS5 server' },
    { options: { reply: Buffer.from([5, 2]) }, text: 'not allowed by its rules' },
    { options: { reply: Buffer.from([5, 7]) }, text: 'it does not support CONNECT' },
    { options: { reply: Buffer.from([5, 8]) }, text: 'it does not support this type of address' },
    { options: { reply: Buffer.from([5, 99]) }, text: 'it answered 99' },
  ])('is at fault itself, and so this relay: $text', async ({ options, text }) => {
    await using mx = await startFakeMx();
    await using socks = await startSocks(options);
    expect(await connectTo(mx, { source: through('socks5', socks) })).toMatchObject({
      stage: 'connect',
      text: `the hop 127.0.0.1:${socks.at.port}: ${text}`,
      localClass: 'local-source',
    });
    expect(mx.connectionCount).toBe(0);
  });

  it('has as long as the remote itself would have, all steps together', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx();
    await using socks = await startSocks({ reply: 'silent' });
    const connecting = connectTo(mx, { source: through('socks5', socks), connectMs: 5_000 }, { clock });
    await eventually(() => socks.asked.length === 1);
    await clock.advance(5_000);
    expect(await connecting).toMatchObject({
      stage: 'connect',
      text: `through the hop 127.0.0.1:${socks.at.port}: waited in vain for its answer within 5 s`,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('that is not there is a failure of this relay', async () => {
    await using mx = await startFakeMx();
    const gone = await startSocks();
    await gone[Symbol.asyncDispose]();
    for (const kind of ['socks5', 'proxy-protocol'] as const)
      expect(await connectTo(mx, { source: through(kind, gone) })).toMatchObject({
        stage: 'connect',
        text: `the hop 127.0.0.1:${gone.at.port}: connection refused`,
        localClass: 'local-source',
      });
  });

  it('may be left while it is asked', async () => {
    await using mx = await startFakeMx();
    await using socks = await startSocks({ reply: 'silent' });
    const controller = new AbortController();
    const connecting = connectTo(mx, { source: through('socks5', socks), signal: controller.signal });
    await eventually(() => socks.asked.length === 1);
    controller.abort();
    expect(await connecting).toEqual({ kind: 'failed', stage: 'connect', reply: undefined, text: 'aborted' });
  });

  it('whose answer has octets of the remote behind it loses none of them', async () => {
    await using mx = await startFakeMx();
    await using refusing = await startSocks({
      reply: Buffer.concat([Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from('554 5.7.1 no\r\n')]),
    });
    expect(await connectTo(mx, { source: through('socks5', refusing) })).toMatchObject({
      stage: 'greeting',
      reply: { code: 554, text: 'no' },
    });
  });

  it('on another machine does not get the login in clear', async () => {
    await using mx = await startFakeMx({ extensions: ['AUTH PLAIN'] });
    await using socks = await startSocks();
    const login = { username: 'a', password: 'secret', mechanism: undefined };
    const request = (host: string) => ({
      smartHost: { tls: 'may', login } as const,
      source: { ...SOURCE, hop: { kind: 'socks5', at: { host, port: socks.at.port } } } as const,
    });
    // By name: where that leads to is not known here.
    expect(await connectTo(mx, request('localhost'))).toMatchObject({
      stage: 'auth',
      text: 'the login is sent in TLS only, and the remote did not start it',
    });
    expect(await connectTo(mx, request('127.0.0.1'))).toMatchObject({ stage: 'auth', reply: { code: 502 } });
  });

  it('on this machine does not get it for a remote elsewhere', async () => {
    await using mx = await startFakeMx({ extensions: ['AUTH PLAIN'] });
    await using socks = await startSocks({ to: mx });
    const login = { username: 'a', password: 'secret', mechanism: undefined };
    const elsewhere = { host: '192.0.2.25', port: 587 };
    const smartHost = { tls: 'none', login } as const;
    const result = await connectTo(elsewhere, { smartHost, source: through('socks5', socks) });
    expect(result).toMatchObject({ stage: 'auth', text: expect.stringMatching(/in TLS only/) as string });
    expect(socks.asked).toEqual(['192.0.2.25:587']);
    await eventually(() => mx.commands.includes('QUIT'));
    expect(mx.commands).toEqual(['EHLO out7.relay.test', 'QUIT']);
  });
});

describe('a proxy that reads the PROXY header', () => {
  it.each([
    { host: '127.0.0.1', localAddress: '127.0.0.7' },
    { host: '::1', localAddress: '::1' },
  ])('connects from the source’s address to $host', async ({ host, localAddress }) => {
    await using mx = await startFakeMx({ host });
    await using proxy = await startProxy();
    const source = { ...through('proxy-protocol', proxy), localAddress };
    expect(await hands(mx, source)).toMatchObject({ code: 250 });
    const remote = host.includes(':') ? `[${host}]:${mx.port}` : `${host}:${mx.port}`;
    expect(proxy.asked).toEqual([`${localAddress} > ${remote}`]);
    expect(mx.messages[0]).toMatchObject({ clientAddress: localAddress, helo: 'out7.relay.test' });
  });

  it('carries TLS from the first octet', async () => {
    await using mx = await startFakeMx({ implicitTls: true });
    await using proxy = await startProxy();
    const smartHost = { tls: 'implicit', login: undefined } as const;
    const result = await connectTo(
      mx,
      { source: through('proxy-protocol', proxy), smartHost },
      { tls: { ca: [testOnlyCertificate] } },
    );
    expect(connected(result).tls).toMatch(/^TLSv1\.3/);
    await connected(result).quit();
  });

  it('that cannot reach the remote closes, which is held against the remote', async () => {
    const mx = await startFakeMx();
    await mx.close();
    await using proxy = await startProxy();
    const result = await connectTo(mx, { source: through('proxy-protocol', proxy) });
    expect(result).toMatchObject({ kind: 'failed', stage: 'greeting', reply: undefined });
    expect(result).not.toHaveProperty('localClass');
  });
});
