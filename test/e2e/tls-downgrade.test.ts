/** Opportunistic TLS that does not come about: the mail goes in clear, and the trace says that and why. */
import { afterEach, expect, test } from 'vitest';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
});

async function deliver(change: Parameters<Stage['mx']['change']>[0]) {
  stage = await Stage.start();
  stage.mx.change(change);
  const session = await stage.session();
  const from = `shop@${SENDER_DOMAIN}`;
  const id = await session.submitForId({
    from,
    to: `ada@${RECIPIENT_DOMAIN}`,
    content: `From: <${from}>\r\nSubject: Order\r\n\r\nbody\r\n`,
  });
  await session.quit();
  const message = await stage.settled(id);
  const trace = await stage.relay.ctlRaw(['message', 'trace', id]);
  return { attempts: message.deliveries[0]?.history ?? [], trace: trace.stdout };
}

test('a handshake that fails is in the trace with its reason', async () => {
  const { attempts, trace } = await deliver({ starttls: 'garbage' });
  expect(attempts).toMatchObject([{ tls: null, tls_failure: expect.stringMatching(/TLS/) as string }]);
  expect(trace).toMatch(/in clear[^]*not over TLS, which the host offers: \S/);
  expect(trace).not.toMatch(/error:[0-9A-F]{8}/);
});

test('so is STARTTLS that the host refuses', async () => {
  const { attempts } = await deliver({ starttls: 'refuse' });
  expect(attempts).toMatchObject([
    { tls: null, tls_failure: expect.stringMatching(/^STARTTLS was answered 454/) as string },
  ]);
});

test('where TLS comes about, or is not offered, there is none', async () => {
  const { attempts, trace } = await deliver({});
  expect(attempts).toMatchObject([{ tls: expect.any(String) as string, tls_failure: null }]);
  expect(trace).not.toContain('not over TLS');
});
