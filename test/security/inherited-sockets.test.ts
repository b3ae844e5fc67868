/** Descriptors that are not what systemd hands over: relayd says which, and what to do, and starts with none of them. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Relay } from '../e2e/support/relay-process.ts';

const LAUNCHER = 'LISTEN_PID=$$ LISTEN_FDS=${COUNT:-$LISTEN_FDS} exec "$@"';

const ended: (() => void)[] = [];
let relay: Relay | undefined;
let listening: number;
beforeEach(async () => {
  listening = await tcp();
});
afterEach(async () => {
  for (const end of ended.splice(0)) end();
  await relay?.dispose();
});

/** What systemd does in C: the descriptor is all that goes over. */
function descriptorOf(owner: object): number {
  const { _handle: handle } = owner as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}

async function tcp(at: { readonly path: string } | { readonly port: number; readonly host: string } = LOCAL) {
  const server: Server = createServer();
  ended.push(() => server.close());
  server.listen(at);
  await once(server, 'listening');
  return descriptorOf(server);
}

const LOCAL = { port: 0, host: '127.0.0.1' };

async function udp(): Promise<number> {
  const socket: Socket = createSocket('udp4');
  ended.push(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const states = Object.getOwnPropertySymbols(socket).map((symbol) => Reflect.get(socket, symbol) as unknown);
  const state = states.find((one) => typeof one === 'object' && one !== null && 'handle' in one);
  return (state as { readonly handle: { readonly fd: number } }).handle.fd;
}

/** `Accept=yes` hands over a connection. */
async function connection(): Promise<number> {
  const server = createServer();
  server.listen(LOCAL);
  await once(server, 'listening');
  const client = connect((server.address() as { readonly port: number }).port, '127.0.0.1');
  await once(client, 'connect');
  ended.push(
    () => server.close(),
    () => client.destroy(),
  );
  return descriptorOf(client);
}

function file(): number {
  const descriptor = openSync('/dev/null', 'r');
  ended.push(() => closeSync(descriptor));
  return descriptor;
}

/** What the log says why it did not start. */
async function refusal(fd: number | undefined, count = ''): Promise<string> {
  const given = fd === undefined ? [] : [{ fd, name: 'http' }];
  relay = new Relay({
    dnsServer: '127.0.0.1:1',
    mxPort: 1,
    sockets: [{ fd: listening, name: 'submission' }, ...given],
    env: { COUNT: count },
    launcher: ['sh', '-c', LAUNCHER, 'sh'],
  });
  await expect(relay.start()).rejects.toThrow('ended before it listened');
  const log = relay.log();
  expect(log).not.toContain('"listening"');
  // Its own words, and no stack.
  expect(log).not.toMatch(/\n {4}at /);
  return log;
}

test.each<[string, () => number | Promise<number>, string]>([
  ['a file', file, 'is not a socket'],
  ['a UDP socket', udp, 'does not listen for TCP'],
  ['a connection', connection, 'Accept=no'],
  ['a Unix socket', () => tcp({ path: `\0postern-${process.pid}` }), 'does not listen for TCP'],
])('%s is refused by number and name', async (_what, open, words) => {
  const log = await refusal(await open());
  expect(log).toContain('descriptor 4 (http)');
  expect(log).toContain(words);
});

test.each(['3', '400000000'])('%s sockets where fewer came are refused at once', async (count) => {
  const log = await refusal(undefined, count);
  expect(log).toContain('LISTEN_FDS');
  expect(log).toContain('descriptor');
});
