/** A second Postern as the smart host: the relay's SMTP client against the real submission server. RFC 6409, RFC 8314 §3. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthMechanism, RelayTls } from '../../src/policy/egress/route-rules.ts';
import { connected, connectTo, outbound, repliesOf } from '../support/outbound.ts';
import { certificateOf } from './support/own-certificate.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start();
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

function contentFor(recipient: string): string {
  return `From: ${FROM}\r\nTo: ${recipient}\r\nSubject: handed on\r\n\r\n.a dot, and the end\r\n`;
}

async function connects(tls: RelayTls, mechanism: AuthMechanism | undefined, login = stage.login) {
  const port = tls === 'implicit' ? stage.relay.tlsPort : stage.relay.port;
  const smartHost = { tls, login: { ...login, mechanism } };
  return await connectTo(
    { host: '127.0.0.1', port },
    { smartHost },
    { host: 'relay.test', tls: { ca: [certificateOf(stage)] } },
  );
}

describe('a second Postern', () => {
  it.each([
    { tls: 'may', mechanism: undefined },
    { tls: 'encrypt', mechanism: 'login' },
    { tls: 'verify', mechanism: 'plain' },
    { tls: 'implicit', mechanism: undefined },
  ] as const)('takes mail by $tls, and delivers it', async ({ tls, mechanism }) => {
    const recipient = `${tls}@${RECIPIENT_DOMAIN}`;
    const session = connected(await connects(tls, mechanism));
    expect(session.tls).toMatch(/^TLSv1\.3 /);
    const sent = await session.transact(
      outbound([recipient], { reversePath: FROM, content: contentFor(recipient) }),
    );
    expect(repliesOf(sent)[0]).toMatchObject({ stage: 'final', reply: { code: 250 } });
    await session.quit();
    const message = await stage.received(recipient);
    expect(message.content.toString()).toContain('\r\n\r\n.a dot, and the end\r\n');
    expect(stage.mx.deliveriesTo(recipient)).toBe(1);
  });

  it('takes several messages on one connection', async () => {
    const session = connected(await connects('verify', undefined));
    for (const name of ['one', 'two', 'three']) {
      const recipient = `${name}@${RECIPIENT_DOMAIN}`;
      const content = contentFor(recipient);
      const sent = await session.transact(outbound([recipient], { reversePath: FROM, content }));
      expect(repliesOf(sent)[0]?.reply.code).toBe(250);
    }
    expect(session.transactions).toBe(3);
    await session.quit();
  });

  it('refuses a wrong password with 535, by either mechanism, and its log has no password', async () => {
    const login = { ...stage.login, password: 'certainly-another-password' };
    for (const mechanism of ['plain', 'login'] as const) {
      const result = await connects('verify', mechanism, login);
      expect(result).toMatchObject({ kind: 'failed', stage: 'auth', reply: { code: 535, status: '5.7.8' } });
      expect(JSON.stringify(result)).not.toContain('certainly');
    }
    expect(stage.relay.log()).not.toContain('certainly');
  });

  it('offers no login in clear, and refuses MAIL without one', async () => {
    expect(await connects('none', undefined)).toMatchObject({
      stage: 'auth',
      text: 'the remote does not offer AUTH',
    });
    const smartHost = { tls: 'encrypt', login: undefined } as const;
    const session = connected(await connectTo({ host: '127.0.0.1', port: stage.relay.port }, { smartHost }));
    const sent = await session.transact(outbound([`a@${RECIPIENT_DOMAIN}`], { reversePath: FROM }));
    expect(repliesOf(sent)[0]).toMatchObject({ stage: 'mail', reply: { code: 530 } });
    await session.quit();
  });

  it('refuses a sender whose domain the login may not use, for that message alone', async () => {
    const session = connected(await connects('verify', undefined));
    const recipient = `other@${RECIPIENT_DOMAIN}`;
    const content = contentFor(recipient);
    const foreign = outbound([recipient], { reversePath: 'a@elsewhere.test', content });
    expect(repliesOf(await session.transact(foreign))[0]?.reply.code).toBeGreaterThanOrEqual(500);
    const own = outbound([recipient], { reversePath: FROM, content });
    expect(repliesOf(await session.transact(own))[0]?.reply.code).toBe(250);
    await session.quit();
  });
});
