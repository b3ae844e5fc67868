/** Strangers who want to fill the disk, or hide in the log: what they may make the real relayd write. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STRANGERS_RATION } from '../../src/smtp/server/stranger-log.ts';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, Stage } from '../e2e/support/stage.ts';

describe('a stranger who makes the relay log', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({
      config: {
        http: { listen: ['127.0.0.1:0'] },
        inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
      },
    });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Sends `octets`, and waits until the server has closed. */
  async function send(port: number, octets: string, localAddress: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined).on('close', () => resolve());
      socket.resume();
      socket.write(octets);
    });
  }

  const request = (path: string, fields = 'Connection: close\r\n') =>
    `GET ${path} HTTP/1.1\r\nHost: relay.test\r\n${fields}\r\n`;
  const linesOf = (client: string) =>
    stage.relay
      .log()
      .split('\n')
      .filter((line) => line.includes(`"client":"${client}"`)).length;

  it.each([
    ['requests without a key', () => httpPort(), request('/v1/streams'), 200],
    ['requests that share connections', () => httpPort(), request('/no', '').repeat(14) + request('/no'), 20],
    [
      'wrong keys',
      () => httpPort(),
      request('/v1/streams', 'Connection: close\r\nAuthorization: Bearer x\r\n'),
      200,
    ],
    ['sessions on 587', () => stage.relay.port, 'QUIT\r\n', 200],
    ['sessions on 25', () => stage.relay.inboundPort, 'QUIT\r\n', 200],
    ['handshakes on 465 that are none', () => stage.relay.tlsPort, 'EHLO x\r\n', 200],
  ])('with %s has a ration', async (_what, port, octets, times) => {
    const client = `127.7.${nextNetwork++}.1`;
    for (let left = times; left > 0; left -= 20)
      await Promise.all(Array.from({ length: Math.min(20, left) }, () => send(port(), octets, client)));
    expect(linesOf(client)).toBe(STRANGERS_RATION.perNetwork);
  });

  it('takes nothing from the lines of those behind the same address who logged in', async () => {
    for (let i = 0; i < 100; i++) await send(stage.relay.port, 'QUIT\r\n', '127.0.0.1');
    expect(linesOf('127.0.0.1')).toBe(STRANGERS_RATION.perNetwork);
    const session = await stage.session();
    await session.quit();
    await eventually(() =>
      /"session ended","client":"127\.0\.0\.1".*"credential":"crd_/.test(stage.relay.log()),
    );
  });

  let nextNetwork = 0;
  const httpPort = () => Number(new URL(stage.relay.httpUrl).port);
});
