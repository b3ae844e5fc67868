/** Who connects, where a balancer stands in front: the PROXY header, from trusted networks alone. */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Wire } from './support/dialogue.ts';
import { networkCredential, startFixture, type Fixture } from './support/submission-fixture.ts';

const PROXY = '127.0.0.9';
const LINE = 'PROXY TCP4 192.0.2.7 198.51.100.1 51234 587\r\n';
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const BINARY = Buffer.from(`${SIGNATURE}2111000cc0000207c6336401c822024b`, 'hex');
const LOCAL = Buffer.from(`${SIGNATURE}20000000`, 'hex');

/** A connection of the balancer, after what it sends first. */
async function through(port: number, header: string | Buffer, parts = 1): Promise<Wire> {
  const wire = await Wire.open(port, { localAddress: PROXY });
  const octets = Buffer.from(header);
  const size = Math.ceil(octets.length / parts);
  for (let from = 0; from < octets.length; from += size) {
    wire.socket.write(octets.subarray(from, from + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return wire;
}

describe('a submission port behind a balancer', () => {
  let relay: Fixture;
  beforeAll(async () => {
    relay = await startFixture({ config: { trustedProxies: [`${PROXY}/32`] } });
    relay.directory.credentials.push(networkCredential({ networks: ['192.0.2.7'] }));
  });
  afterAll(() => relay.stop());

  const mayRelay = async (wire: Wire) => {
    await wire.command('EHLO client.test');
    return await wire.command('MAIL FROM:<a@example.org>');
  };

  it.each([
    ['version 1', LINE],
    ['version 2', BINARY],
  ])('takes the client from the header, %s', async (_, header) => {
    const wire = await through(relay.port, header);
    expect(await wire.reply()).toMatch(/^220 /);
    expect(await mayRelay(wire)).toMatch(/^250 /);
    wire.destroy();
  });

  it('takes the header octet by octet', async () => {
    const wire = await through(relay.port, BINARY, BINARY.length);
    expect(await wire.reply()).toMatch(/^220 /);
    expect(await mayRelay(wire)).toMatch(/^250 /);
    wire.destroy();
  });

  it.each([
    ['version 1', LINE],
    ['version 2', BINARY],
  ])('takes the header before implicit TLS, %s', async (_, header) => {
    const wire = await through(relay.tlsPort, header);
    await wire.secure();
    expect(await wire.reply()).toMatch(/^220 /);
    expect(await mayRelay(wire)).toMatch(/^250 /);
    wire.destroy();
  });

  it('takes the ClientHello that comes in one segment with the header', async () => {
    // A real ClientHello, taken from a client that connects to a port of ours.
    const hello = await clientHello();
    const raw = net.connect({ port: relay.tlsPort, host: '127.0.0.1', localAddress: PROXY });
    raw.write(Buffer.concat([BINARY, hello]));
    const [first] = await new Promise<Buffer>((resolve, reject) => {
      raw.once('data', resolve);
      raw.once('close', () => reject(new Error('closed')));
    });
    // A handshake record: the server's answer.
    expect(first).toBe(0x16);
    raw.destroy();
  });

  it("leaves the balancer's own checks its own address", async () => {
    const wire = await through(relay.port, LOCAL);
    expect(await wire.reply()).toMatch(/^220 /);
    expect(await mayRelay(wire)).toMatch(/^530 /);
    wire.destroy();
  });

  it.each([
    ['no header', 'EHLO client.test\r\n'],
    ['a malformed one', 'PROXY TCP4 localhost 198.51.100.1 51234 587\r\n'],
    ['an endless one', Buffer.from(`${SIGNATURE}2111ffff`, 'hex')],
  ])('closes a connection of the balancer with %s, and says why in the log', async (_, sent) => {
    relay.log.length = 0;
    const wire = await through(relay.port, sent);
    await wire.closed();
    const failed = relay.log.filter(({ event }) => event === 'connection failed');
    expect(String(failed[0]?.['reason'])).toContain('PROXY header');
  });

  it('says nothing of a balancer that looks whether the port is open', async () => {
    relay.log.length = 0;
    const wire = await through(relay.port, '');
    wire.destroy();
    const other = await through(relay.port, LINE);
    await other.reply();
    expect(relay.log.filter(({ event }) => event === 'connection failed')).toEqual([]);
    other.destroy();
  });

  it('counts connections for the client and not for the balancer', async () => {
    const few = await startFixture({
      config: { trustedProxies: [PROXY], maxConnectionsPerAddress: 1 },
    });
    const first = await through(few.port, LINE);
    expect(await first.reply()).toMatch(/^220 /);
    const same = await through(few.port, LINE);
    expect(await same.reply()).toMatch(/^421 4\.7\.0/);
    const other = await through(few.port, LINE.replace('192.0.2.7', '192.0.2.8'));
    expect(await other.reply()).toMatch(/^220 /);
    for (const wire of [first, same, other]) wire.destroy();
    await few.stop();
  });

  it.each([
    ['before the greeting', true],
    ['after it', false],
  ])('refuses the header of everybody else, %s', async (_, early) => {
    const wire = await Wire.open(relay.port, early ? { sendAtOnce: LINE } : {});
    if (early) expect(await wire.reply()).toMatch(/^421 4\.7\.0/);
    else {
      expect(await wire.reply()).toMatch(/^220 /);
      expect(await wire.command(LINE.trimEnd())).toMatch(/^500 /);
      expect(await mayRelay(wire)).toMatch(/^530 /);
    }
    wire.destroy();
  });
});

describe('a balancer that says nothing', () => {
  it.each(['port', 'tlsPort'] as const)('is cut off after five seconds, %s', async (which) => {
    const clock = new VirtualClock();
    const relay = await startFixture({ config: { trustedProxies: [PROXY] }, clock });
    const wire = await through(relay[which], 'PROXY ');
    let closed = false;
    void wire.closed().then(() => (closed = true));
    await eventually(async () => {
      await clock.advance(1_000);
      return closed;
    });
    await relay.stop();
  });
});

/** What a TLS client sends first. */
async function clientHello(): Promise<Buffer> {
  const { default: tls } = await import('node:tls');
  const heard = Promise.withResolvers<Buffer>();
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', heard.resolve);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => undefined);
  const hello = await heard.promise;
  client.destroy();
  server.close();
  return hello;
}
