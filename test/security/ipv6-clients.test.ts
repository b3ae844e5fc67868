/**
 * Strangers with a whole IPv6 network, at the real relayd: a /64 is one host and a /48 one network, over SMTP, HTTP and port
 * 25. In a network namespace of the test's own, so that the addresses are real.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Relay } from '../e2e/support/relay-process.ts';
import { STRANGERS_RATION } from '../../src/smtp/server/stranger-log.ts';
import { makeApiKey } from '../../src/platform/api-key.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { DistantClients, type Errand } from './support/distant-clients.ts';
import { NetworkNamespace } from './support/network-namespace.ts';

/** Of the `host`th /64 of the `network`th /48 the address number `i`. */
const address = (network: number, host: number, i: number) =>
  `2001:db8:${network.toString(16)}:${host.toString(16)}::${i.toString(16)}`;
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const NETWORKS = 8;
const HOSTS = 5;
const ADDRESSES = 24;
const PER_HOST = 6;
const IN_ALL = 20;

const namespace = NetworkNamespace.open(
  numbers(NETWORKS).flatMap((network) =>
    numbers(HOSTS).flatMap((host) => numbers(ADDRESSES).map((i) => `${address(network, host, i)}/128`)),
  ),
);

describe.skipIf(namespace === undefined)('IPv6 clients (needs ip netns)', () => {
  let relay: Relay;
  let clients: DistantClients;
  beforeAll(async () => {
    const launcher = namespace?.launcher ?? [];
    relay = new Relay({
      dnsServer: '127.0.0.1:53',
      mxPort: 25,
      launcher,
      config: {
        submission: {
          listen: ['[::]:0'],
          listen_tls: ['[::]:0'],
          max_connections: IN_ALL,
          max_connections_per_address: PER_HOST,
        },
        http: { listen: ['[::]:0'] },
        inbound: { listen: ['[::]:0'], postmaster: 'ops@sender.test' },
      },
    });
    await relay.start();
    clients = new DistantClients(launcher);
  });
  afterEach(() => clients.endAll());
  afterAll(async () => {
    clients[Symbol.dispose]();
    await relay.dispose();
    namespace?.[Symbol.dispose]();
  });

  const code = async (errand: Errand) => (await clients.run(errand)).slice(0, 3);
  const greeting = async (port: number, from: string) => await code({ port, from });

  async function login(from: string, username: string): Promise<string> {
    const secret = Buffer.from(`\0${username}\0guess`).toString('base64');
    const lines = ['EHLO client.test', `AUTH PLAIN ${secret}`];
    const said = await code({ port: relay.tlsPort, implicitTls: true, from, lines });
    await clients.endAll();
    return said;
  }

  async function request(from: string): Promise<string> {
    const port = Number(new URL(relay.httpUrl).port);
    const key = makeApiKey(systemRandom);
    const octets = `GET /v1/streams HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    return (await clients.run({ port, from, octets })).slice(9, 12);
  }

  it('guess at logins as one while they are of one /64, over SMTP and HTTP together', async () => {
    for (const i of numbers(6)) expect(await login(address(1, 1, i), `nobody-${i}`)).toBe('535');
    for (const i of numbers(11)) expect(await request(address(1, 1, 6 + i))).toMatch(/401|429/);
    expect(await login(address(1, 1, 18), 'nobody')).toBe('454');
    expect(await request(address(1, 1, 19))).toBe('429');
    // The next /64 may be somebody else's.
    expect(await login(address(1, 2, 1), 'nobody-again')).toBe('535');
    expect(await request(address(1, 2, 2))).toBe('401');
  });

  it('connect as one while they are of one /64', async () => {
    for (const i of numbers(PER_HOST)) expect(await greeting(relay.port, address(2, 1, i))).toBe('220');
    expect(await greeting(relay.port, address(2, 1, PER_HOST + 1))).toBe('421');
    expect(await greeting(relay.port, address(2, 2, 1))).toBe('220');
  });

  it('of one /48 that hold all places give way to another', async () => {
    const fill = numbers(IN_ALL).map((i) => address(3, 1 + (i % HOSTS), i));
    for (const from of fill) expect(await greeting(relay.port, from)).toBe('220');
    expect(await greeting(relay.port, address(3, 1, ADDRESSES))).toBe('421');
    expect(await greeting(relay.port, address(4, 1, 1))).toBe('220');
  });

  it('on port 25 are twenty of a /64 and fifty of a /48', async () => {
    const port = relay.inboundPort;
    for (const i of numbers(20)) expect(await greeting(port, address(5, 1, i))).toBe('220');
    expect(await greeting(port, address(5, 1, 21))).toBe('421');
    for (const i of numbers(20)) expect(await greeting(port, address(5, 2, i))).toBe('220');
    for (const i of numbers(10)) expect(await greeting(port, address(5, 3, i))).toBe('220');
    expect(await greeting(port, address(5, 4, 1))).toBe('421');
    expect(await greeting(port, address(6, 1, 1))).toBe('220');
  });

  it('of one /48 have one ration of the log', async () => {
    for (const i of numbers(20))
      await Promise.all(numbers(HOSTS).map((host) => request(address(7, host, i))));
    const lines = relay.log().split('\n');
    expect(lines.filter((line) => line.includes('"client":"2001:db8:7:')).length).toBe(
      STRANGERS_RATION.perNetwork,
    );
  });
});
