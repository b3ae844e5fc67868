/** Who a client is, as a proxy before the real relay says it: what a client writes before that counts for nothing. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECIPIENT_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { ApiTalk } from '../e2e/support/api-talk.ts';
import { eventually } from '../support/eventually.ts';

const WANTED = '203.0.113.250';

let stage: Stage;
/** Bound to an address from which nobody asks, so that the refusal says where the request came from. */
let key: string;
beforeAll(async () => {
  stage = await Stage.start({
    config: {
      http: { listen: ['127.0.0.1:0'], trusted_proxies: ['127.0.0.0/8', '2001:db8:ff::/48'] },
      inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
    },
  });
  ({ key } = await ApiTalk.withKey(stage.relay, '--allow-ip', WANTED));
});
afterAll(() => stage[Symbol.asyncDispose]());

/** What the server says to `octets` until it closes, or says no more than it did. */
async function talk(port: number, octets: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  let closed = false;
  socket.on('error', () => undefined).on('close', () => (closed = true));
  socket.on('data', (data: Buffer) => (said += data.toString('latin1')));
  socket.write(octets);
  try {
    await eventually(() => closed);
  } finally {
    socket.destroy();
  }
  return said;
}

/** Where the request came from, as the relay sees it; `allowed` for the address that the key is bound to. */
async function seenAs(fields: string): Promise<string> {
  const port = Number(new URL(stage.relay.httpUrl).port);
  const said = await talk(
    port,
    `GET /v1/streams HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${key}\r\n${fields}\r\n`,
  );
  if (said.includes('scope-missing')) return 'allowed';
  return /may not be used from (\S+);/.exec(said)?.[1] ?? said;
}

const forwarded = (value: string) => `X-Forwarded-For: ${value}\r\n`;

describe('X-Forwarded-For', () => {
  it.each([
    ['an address', forwarded('192.0.2.1'), '192.0.2.1'],
    ['the address that the key is bound to', forwarded(WANTED), 'allowed'],
    ['one that the client wrote before', forwarded(`${WANTED}, 192.0.2.1`), '192.0.2.1'],
    ['one that the client wrote in a field before', forwarded(WANTED) + forwarded('192.0.2.1'), '192.0.2.1'],
    ['another proxy in between', forwarded(`${WANTED}, 192.0.2.9, 127.0.0.7`), '192.0.2.9'],
    ['a proxy that is not trusted in between', forwarded(`${WANTED}, 10.0.0.1, 127.0.0.7`), '10.0.0.1'],
    ['a trusted proxy over IPv6', forwarded(`${WANTED}, 2001:db8:ff::1`), 'allowed'],
    ['nothing between commas', forwarded(', ,192.0.2.1, ,'), '192.0.2.1'],
    ['IPv6', forwarded('2001:DB8:1::5'), '2001:db8:1::5'],
    ['IPv6 in brackets, with a port', forwarded('[2001:db8:1::5]:443'), '2001:db8:1::5'],
    ['IPv4 with a port', forwarded('192.0.2.1:1234'), '192.0.2.1'],
    ['IPv4 in IPv6', forwarded(`::ffff:${WANTED}`), 'allowed'],
    ['a thousand proxies', forwarded(`192.0.2.1${', 127.0.0.1'.repeat(1_000)}`), '192.0.2.1'],
    ['three thousand items that are none', forwarded(Array(3_000).fill('1.1').join(',')), 'unknown'],
  ])('with %s', async (_what, fields, address) => {
    expect(await seenAs(fields)).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    'for=127.0.0.1',
    '"127.0.0.1"',
    '127.0.0.1;x',
  ])('with %s is not the proxy', async (value) => {
    expect(await seenAs(forwarded(value))).toBe('unknown');
  });

  it.each([
    'Forwarded: for=',
    'X-Real-IP: ',
    'True-Client-IP: ',
    'CF-Connecting-IP: ',
    'X_Forwarded_For: ',
    'Client-IP: ',
  ])('is the only field that counts: %s', async (field) => {
    expect(await seenAs(`${field}${WANTED}\r\n`)).toBe('127.0.0.1');
  });
});

describe('a PROXY protocol header, which nobody announced', () => {
  const NAMED = '198.51.100.77';
  const V1 = Buffer.from(`PROXY TCP4 ${NAMED} 192.0.2.2 1 2\r\n`);
  const V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc633644dc000020200010002', 'hex');

  it.each([
    ['587', () => stage.relay.port],
    ['465', () => stage.relay.tlsPort],
    ['25', () => stage.relay.inboundPort],
  ])('makes nobody of a client on port %s', async (_port, port) => {
    for (const header of [V1, V2])
      await talk(
        port(),
        Buffer.concat([header, Buffer.from('EHLO x\r\nXCLIENT ADDR=198.51.100.77\r\nQUIT\r\n')]),
      );
    await eventually(() => stage.relay.log().includes('"client":"127.0.0.1"'));
    expect(stage.relay.log()).not.toContain(NAMED);
  });

  it('is no HTTP', async () => {
    const port = Number(new URL(stage.relay.httpUrl).port);
    for (const header of [V1, V2])
      expect(await talk(port, Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\n\r\n')]))).toMatch(
        /^HTTP\/1\.1 400/,
      );
  });
});
