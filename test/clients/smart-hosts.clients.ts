/**
 * Other people's mail servers as smart hosts of the relay's SMTP client: the modes of TLS, the logins, and their refusals. RFC
 * 4954, RFC 8314 §3.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthMechanism, RelayTls } from '../../src/policy/egress/route-rules.ts';
import { verdicts } from '../e2e/support/received-mail.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeMx, testOnlyCertificate, type FakeMx } from '../support/fake-mx.ts';
import { connected, connectTo, outbound, repliesOf } from '../support/outbound.ts';
import { freePorts, SMART_HOST_LOGIN, SMART_HOSTS } from './support/smart-hosts.ts';
import { missing, Unpacked } from './support/unpacked.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const TRUSTING = { tls: { ca: [testOnlyCertificate] } };

describe.each(SMART_HOSTS)(
  '$client as a smart host',
  ({ client, users, configure, daemon, token, trustsLoopback }) => {
    const why = missing(client);
    let mx: FakeMx;
    let server: Unpacked;
    let ports: { readonly starttls: number; readonly implicit: number };

    beforeAll(async () => {
      if (why !== undefined) return;
      mx = await startFakeMx();
      const [starttls = 0, implicit = 0] = await freePorts(2);
      ports = { starttls, implicit };
      server = new Unpacked(client, users);
      configure(server, { ...ports, mx: mx.port });
      server.start(daemon);
      await eventually(async () => (await logsIn('implicit', 'plain')).kind === 'connected', {
        what: `${client} to take logins`,
        timeoutMs: 30_000,
      }).catch((error: unknown) => {
        throw new Error(server.logs(), { cause: error });
      });
    });
    afterAll(async () => {
      if (why !== undefined) return;
      server[Symbol.dispose]();
      await mx.close();
    });

    async function logsIn(tls: RelayTls, mechanism: AuthMechanism | undefined, login = SMART_HOST_LOGIN) {
      const port = tls === 'implicit' ? ports.implicit : ports.starttls;
      const smartHost = { tls, login: { ...login, mechanism } };
      const result = await connectTo({ host: '127.0.0.1', port }, { smartHost }, TRUSTING);
      if (result.kind === 'connected') kept.push(result.session);
      return result;
    }
    /** A message by such a session, until it is at the MX. */
    async function hands(tls: RelayTls, mechanism: AuthMechanism | undefined, login = SMART_HOST_LOGIN) {
      const recipient = `${tls}-${mechanism ?? 'any'}@x.test`;
      const session = connected(await logsIn(tls, mechanism, login));
      expect(session.tls).toMatch(/^TLSv1\.3 /);
      const content = `From: ${FROM}\r\nTo: ${recipient}\r\nSubject: ${recipient}\r\n\r\n.dot\r\n`;
      const sent = await session.transact(outbound([recipient], { reversePath: FROM, content }));
      expect(repliesOf(sent)[0]?.reply.code, server.logs()).toBe(250);
      await eventually(() => mx.deliveriesTo(recipient) === 1, { what: recipient, timeoutMs: 30_000 });
      const message = mx.messages.find(({ recipients }) => recipients[0]?.address === recipient);
      expect(message?.reversePath).toBe(FROM);
      expect(message?.content.toString()).toContain('\r\n\r\n.dot\r\n');
    }
    const kept: { quit(): Promise<void> }[] = [];
    const test = (what: string, run: () => Promise<void>) =>
      it.skipIf(why !== undefined)(why === undefined ? what : `${what} (${why})`, async () => {
        await run();
        await Promise.all(kept.splice(0).map(async (session) => await session.quit()));
      });

    for (const tls of ['may', 'encrypt', 'verify', 'implicit'] as const)
      for (const mechanism of ['plain', 'login', undefined] as const)
        test(`hands on what comes by ${tls} and ${mechanism ?? 'whatever it offers'}`, async () => {
          await hands(tls, mechanism);
        });

    for (const mechanism of ['plain', 'login'] as const)
      test(`refuses a wrong password by ${mechanism}, with 535`, async () => {
        const wrong = { ...SMART_HOST_LOGIN, password: 'another password' };
        const result = await logsIn('encrypt', mechanism, wrong);
        expect(result).toMatchObject({ kind: 'failed', stage: 'auth', reply: { code: 535 } });
        expect(JSON.stringify(result)).not.toContain('another password');
      });

    if (trustsLoopback === undefined)
      test('offers no login in clear', async () => {
        expect(await logsIn('none', 'plain')).toMatchObject({
          stage: 'auth',
          text: 'the remote does not offer AUTH',
        });
      });

    if (token === undefined)
      test('offers no token login', async () => {
        expect(await logsIn('verify', 'xoauth2')).toMatchObject({
          stage: 'auth',
          text: expect.stringMatching(/^the remote does not offer AUTH XOAUTH2, only /) as string,
        });
      });
    else
      test('takes a token, and refuses another', async () => {
        const login = { ...SMART_HOST_LOGIN, password: token() };
        for (const tls of ['verify', 'implicit'] as const) await hands(tls, 'xoauth2', login);
        const forged = { ...login, password: `${login.password.slice(0, -8)}AAAAAAAA` };
        expect(await logsIn('verify', 'xoauth2', forged)).toMatchObject({
          kind: 'failed',
          stage: 'auth',
          reply: { code: 535, status: '5.7.8' },
        });
      });

    test('takes the mail of the relay by a route, and the relay says that it did', async () => {
      const { username, password } = SMART_HOST_LOGIN;
      const to = `routed-${client}@${RECIPIENT_DOMAIN}`;
      await using stage = await Stage.start({
        config: {
          route: [
            {
              name: 'smart',
              action: 'relay',
              host: '127.0.0.1',
              port: ports.starttls,
              tls: 'encrypt',
              username,
              password,
            },
          ],
        },
      });
      const session = await stage.session();
      const content = `From: <${FROM}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n\r\n.body text\r\n`;
      const id = await session.submitForId({ from: FROM, to, content });
      await session.quit();
      await stage.settled(id);
      const events = await stage.relay.ctlList<Readonly<Record<string, unknown>>>('events', '--message', id);
      expect(events.at(-1)).toMatchObject({ event: 'delivered', hop: 'relay', route: 'smart' });
      await eventually(() => mx.deliveriesTo(to) === 1, { what: to, timeoutMs: 30_000 });
      const message = mx.messages.find(({ recipients }) => recipients[0]?.address === to);
      const signatures = await verdicts(message?.content ?? Buffer.alloc(0), stage.dns.zone);
      expect(signatures).toMatchObject([{ result: 'pass' }, { result: 'pass' }]);
      expect(stage.relay.log()).not.toContain(password);
    });

    test('refuses who did not log in', async () => {
      const smartHost = { tls: 'verify', login: undefined } as const;
      const session = connected(
        await connectTo({ host: '127.0.0.1', port: ports.starttls }, { smartHost }, TRUSTING),
      );
      kept.push(session);
      const [reply] = repliesOf(await session.transact(outbound(['a@x.test'], { reversePath: FROM })));
      expect([530, 550, 554]).toContain(reply?.reply.code);
    });
  },
);
