/** The log of the real relayd: JSON to the last line, field names in one style, failures of TLS in words. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { unstyledLines } from '../e2e/support/log-style.ts';
import { Relay } from '../e2e/support/relay-process.ts';
import { eventually } from '../support/eventually.ts';

async function say(port: number, octets: string): Promise<void> {
  const socket = connect(port, '127.0.0.1', () => socket.end(octets));
  socket.on('error', () => undefined).resume();
  await once(socket, 'close');
}

test('the first start and a client without TLS leave lines of JSON, and nothing of OpenSSL', async () => {
  const relay = new Relay({ dnsServer: '127.0.0.1:1', mxPort: 1 });
  try {
    await relay.start();
    await say(relay.tlsPort, 'EHLO a\r\n');
    await say(relay.port, 'EHLO a\r\nQUIT\r\n');
    const lines = await eventually(() => {
      const all = relay.log().trimEnd().split('\n');
      const seen = (event: string) => all.some((line) => line.includes(`"event":"${event}"`));
      return seen('connection failed') && seen('session ended') && seen('first start') ? all : undefined;
    });
    expect(await relay.stop()).toBe(0);
    const events = (lines ?? []).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.find(({ event }) => event === 'first start')).toMatchObject({
      data_dir: relay.dataDir,
      submission_ports: [`${relay.port} (STARTTLS)`, `${relay.tlsPort} (TLS)`],
      next: [
        'npx relayctl quickstart example.org',
        'npx relayctl doctor',
        'npx relayctl credential add --name my-app --domain example.org',
      ],
    });
    expect(events.find(({ event }) => event === 'connection failed')).toMatchObject({
      reason: 'the other side sent something that is not TLS',
      code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    });
  } finally {
    await relay.dispose();
  }
});

test.each([
  '{"event":"session ended","durationMs":1}',
  '{"event":"connection failed","reason":"404D:error:0A00010B:SSL routines::wrong version number"}',
])('a line that breaks the style is found: %s', (line) => {
  expect(unstyledLines(`{"event":"good","duration_ms":1}\n${line}\nno JSON\n`)).toEqual([line]);
});
