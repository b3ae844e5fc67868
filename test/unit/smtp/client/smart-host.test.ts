/** Sessions with a smart host: the modes of TLS, and AUTH. RFC 4954, RFC 8314 §3. */
import { describe, expect, it } from 'vitest';
import type { RelayLogin, RelayTls } from '../../../../src/policy/egress/route-rules.ts';
import { eventually } from '../../../support/eventually.ts';
import type { FakeMxAnswer } from '../../../support/fake-mx-options.ts';
import { DEFAULT_EXTENSIONS } from '../../../support/fake-mx-options.ts';
import { startFakeMx, testOnlyCertificate, type FakeMx } from '../../../support/fake-mx.ts';
import { connected, connectTo, outbound, repliesOf } from '../../../support/outbound.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const TRUSTING = { tls: { ca: [testOnlyCertificate] } };
const LOGIN = { username: 'relay@example.test', password: 'correct horse, battery-staple' };
const offering = (mechanisms: string) => [...DEFAULT_EXTENSIONS, `AUTH ${mechanisms}`];
const base64 = (text: string) => Buffer.from(text).toString('base64');

function loginBy(mechanism: RelayLogin['mechanism'], given: Partial<RelayLogin> = {}): RelayLogin {
  return { ...LOGIN, mechanism, ...given };
}

async function hands(mx: FakeMx, tls: RelayTls, login: RelayLogin | undefined) {
  const session = connected(await connectTo(mx, { smartHost: { tls, login } }, TRUSTING));
  const replies = repliesOf(await session.transact(outbound(['a@x.test'])));
  await session.quit();
  return { session, code: replies[0]?.reply.code };
}

describe('TLS', () => {
  it('is not used in the mode none, though offered', async () => {
    await using mx = await startFakeMx();
    expect(await hands(mx, 'none', undefined)).toMatchObject({ code: 250, session: { tls: undefined } });
    expect(mx.commands).not.toContain('STARTTLS');
  });

  it('may fail in the mode may, and the mail goes in clear', async () => {
    await using mx = await startFakeMx({ starttls: 'garbage' });
    expect(await hands(mx, 'may', undefined)).toMatchObject({
      code: 250,
      session: { tls: undefined, tlsFailure: expect.stringMatching(/./) as string },
    });
    expect(mx.connectionCount).toBe(2);
  });

  it('needs no certificate that verifies in the mode encrypt', async () => {
    await using mx = await startFakeMx({ hostname: 'elsewhere.invalid' });
    const result = await connectTo(mx, { smartHost: { tls: 'encrypt', login: undefined } });
    expect(connected(result).tls).toMatch(/^TLSv1\.3 /);
    connected(result).destroy();
  });

  it.each(['encrypt', 'verify'] as const)('is there or nothing is sent, in the mode %s', async (tls) => {
    await using mx = await startFakeMx({ extensions: ['PIPELINING'] });
    const smartHost = { tls, login: loginBy(undefined) };
    expect(await connectTo(mx, { smartHost }, TRUSTING)).toMatchObject({
      kind: 'failed',
      stage: 'starttls',
      text: 'TLS is required, and the remote does not offer it',
    });
    for (const starttls of ['garbage', 'refuse', 'close'] as const) {
      mx.change({ starttls, extensions: DEFAULT_EXTENSIONS });
      expect(await connectTo(mx, { smartHost }, TRUSTING)).toMatchObject({ stage: 'starttls' });
    }
    expect(mx.connectionCount).toBe(4);
    expect(mx.commands.filter((command) => /^(AUTH|MAIL)/.test(command))).toEqual([]);
  });

  it('of a version that is no longer safe is refused where TLS is required', async () => {
    await using mx = await startFakeMx({
      secureContext: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
    });
    expect(await connectTo(mx, { smartHost: { tls: 'encrypt', login: undefined } })).toMatchObject({
      stage: 'starttls',
    });
  });

  it.each(['verify', 'implicit'] as const)(
    'in the mode %s takes only a certificate of the host, by name or address',
    async (tls) => {
      await using mx = await startFakeMx({ implicitTls: tls === 'implicit' });
      const smartHost = { tls, login: undefined };
      expect(await connectTo(mx, { smartHost })).toMatchObject({
        stage: 'starttls',
        text: expect.stringMatching(/self-signed/) as string,
      });
      expect(await connectTo(mx, { smartHost }, { ...TRUSTING, host: 'other.invalid' })).toMatchObject({
        stage: 'starttls',
        text: 'TLS: its certificate is for another name',
      });
      for (const host of ['mx.test', '127.0.0.1']) {
        const session = connected(await connectTo(mx, { smartHost }, { ...TRUSTING, host }));
        expect(session.tls).toMatch(/^TLSv1\.3 /);
        await session.quit();
      }
    },
  );

  it('from the first octet carries the whole session', async () => {
    await using mx = await startFakeMx({ implicitTls: true });
    expect(await hands(mx, 'implicit', undefined)).toMatchObject({ code: 250 });
    expect(mx.commands[0]).toBe('EHLO relay.test');
    expect(mx.commands).not.toContain('STARTTLS');
    expect(mx.messages[0]).toMatchObject({ tls: 'TLSv1.3' });
  });

  it('is not taken from a server that speaks in clear on that port, nor waited for without end', async () => {
    await using plain = await startFakeMx();
    expect(
      await connectTo(plain, { smartHost: { tls: 'implicit', login: undefined } }, TRUSTING),
    ).toMatchObject({ stage: 'starttls', text: expect.stringMatching(/not TLS|in clear/) as string });
    expect(plain.connectionCount).toBe(1);

    const clock = new VirtualClock();
    await using silent = await startFakeMx({ respond: () => ({ fault: 'silent' }) });
    const connecting = connectTo(
      silent,
      { smartHost: { tls: 'implicit', login: undefined } },
      { ...TRUSTING, clock },
    );
    await eventually(() => silent.openConnections === 1 && clock.pendingTimers === 1);
    await clock.advance(60_000);
    expect(await connecting).toMatchObject({
      stage: 'starttls',
      text: 'waited in vain for the TLS handshake within 60 s',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('has to verify where the message requires TLS, whatever the mode', async () => {
    await using mx = await startFakeMx();
    for (const tls of ['none', 'may', 'encrypt'] as const)
      expect(await connectTo(mx, { requireTls: true, smartHost: { tls, login: undefined } })).toMatchObject({
        stage: 'starttls',
        text: expect.stringMatching(/self-signed/) as string,
      });
  });
});

describe('AUTH', () => {
  it.each([
    { mechanism: undefined, offered: 'LOGIN PLAIN', used: 'PLAIN' },
    { mechanism: undefined, offered: 'CRAM-MD5 LOGIN', used: 'LOGIN' },
    { mechanism: 'plain', offered: 'PLAIN', used: 'PLAIN' },
    { mechanism: 'login', offered: 'PLAIN LOGIN', used: 'LOGIN' },
    { mechanism: 'xoauth2', offered: 'PLAIN XOAUTH2', used: 'XOAUTH2' },
  ] as const)('goes by $used where $offered is offered and $mechanism asked for', async (wanted) => {
    await using mx = await startFakeMx({ extensions: offering(wanted.offered), login: LOGIN });
    expect(await hands(mx, 'verify', loginBy(wanted.mechanism))).toMatchObject({ code: 250 });
    expect(mx.messages[0]).toMatchObject({ user: LOGIN.username, tls: 'TLSv1.3' });
    expect(mx.commands.find((command) => command.startsWith('AUTH'))).toMatch(
      new RegExp(`^AUTH ${wanted.used}\\b`),
    );
  });

  it('takes the mechanisms that TLS brings, not those in clear', async () => {
    await using mx = await startFakeMx({
      extensions: offering('PLAIN'),
      login: LOGIN,
      respond: (command, { tls }) =>
        command.startsWith('EHLO') && !tls ? '250-mx.test\r\n250-STARTTLS\r\n250 AUTH LOGIN' : undefined,
    });
    expect(await hands(mx, 'encrypt', loginBy(undefined))).toMatchObject({ code: 250 });
    expect(mx.commands.some((command) => command.startsWith('AUTH PLAIN '))).toBe(true);
  });

  it('is known by its old spelling AUTH=', async () => {
    await using mx = await startFakeMx({ extensions: [...DEFAULT_EXTENSIONS, 'AUTH=PLAIN'], login: LOGIN });
    expect(await hands(mx, 'verify', loginBy(undefined))).toMatchObject({ code: 250 });
  });

  it('carries octets beyond ASCII as UTF-8', async () => {
    const login = { username: 'bär', password: 'pässwörd–✓' };
    await using mx = await startFakeMx({ extensions: offering('PLAIN LOGIN'), login });
    for (const mechanism of ['plain', 'login'] as const)
      expect(await hands(mx, 'verify', { ...login, mechanism })).toMatchObject({ code: 250 });
  });

  it('is not begun where no login is configured', async () => {
    await using mx = await startFakeMx({ extensions: offering('PLAIN') });
    expect(await hands(mx, 'verify', undefined)).toMatchObject({ code: 250 });
    expect(mx.commands.some((command) => command.startsWith('AUTH'))).toBe(false);
  });

  it.each(['plain', 'login', 'xoauth2'] as const)(
    'fails with the reply to a wrong password (%s)',
    async (mechanism) => {
      await using mx = await startFakeMx({ extensions: offering('PLAIN LOGIN XOAUTH2'), login: LOGIN });
      const login = loginBy(mechanism, { password: 'something else' });
      expect(await connectTo(mx, { smartHost: { tls: 'verify', login } }, TRUSTING)).toMatchObject({
        kind: 'failed',
        stage: 'auth',
        reply: { code: 535, status: '5.7.8', text: 'authentication failed' },
      });
      await eventually(() => mx.openConnections === 0);
      if (mechanism === 'xoauth2') expect(mx.commands).toContain('');
      expect(mx.commands.some((command) => command.startsWith('MAIL'))).toBe(false);
    },
  );

  it.each([
    { offers: 'PIPELINING', text: 'the remote does not offer AUTH' },
    { offers: 'AUTH', text: 'the remote does not offer AUTH' },
    {
      offers: 'AUTH CRAM-MD5 GSSAPI',
      text: 'the remote does not offer AUTH PLAIN nor LOGIN, only CRAM-MD5 GSSAPI',
    },
  ])('fails where the remote offers $offers', async ({ offers, text }) => {
    await using mx = await startFakeMx({ extensions: ['STARTTLS', offers] });
    const smartHost = { tls: 'verify', login: loginBy(undefined) } as const;
    expect(await connectTo(mx, { smartHost }, TRUSTING)).toEqual({
      kind: 'failed',
      stage: 'auth',
      reply: undefined,
      text,
    });
  });

  it('sends a long token after the challenge, so that no command is over 512 octets', async () => {
    const login = { username: 'relay@example.test', password: 'ya29.'.padEnd(2_400, 'aB3_') };
    await using mx = await startFakeMx({ extensions: offering('XOAUTH2'), login });
    expect(await hands(mx, 'verify', { ...login, mechanism: 'xoauth2' })).toMatchObject({ code: 250 });
    expect(mx.commands).toContain('AUTH XOAUTH2');
  });

  it('sends the login in clear to this machine only', async () => {
    await using mx = await startFakeMx({ extensions: ['AUTH PLAIN'], login: LOGIN });
    for (const tls of ['none', 'may'] as const)
      expect(await hands(mx, tls, loginBy(undefined))).toMatchObject({ code: 250 });
  });

  it('fails where a control character would be part of a response', async () => {
    await using mx = await startFakeMx({ extensions: offering('PLAIN XOAUTH2') });
    for (const login of [loginBy('plain', { username: 'a\0b' }), loginBy('xoauth2', { password: 'a\x01b' })])
      expect(await connectTo(mx, { smartHost: { tls: 'verify', login } }, TRUSTING)).toMatchObject({
        stage: 'auth',
        text: 'the user name or the password holds a control character',
      });
    expect(mx.commands.some((command) => command.startsWith('AUTH'))).toBe(false);
  });
});

describe('a server that misbehaves in AUTH', () => {
  const answering = async (answer: FakeMxAnswer, mechanism: RelayLogin['mechanism'] = 'plain') => {
    let asked = false;
    await using mx = await startFakeMx({
      extensions: offering('PLAIN LOGIN XOAUTH2'),
      respond: (command) => {
        asked ||= command.startsWith('AUTH');
        return asked && command !== 'QUIT' ? answer : undefined;
      },
    });
    const smartHost = { tls: 'verify', login: loginBy(mechanism) } as const;
    const result = await connectTo(mx, { smartHost }, TRUSTING);
    return { result, commands: [...mx.commands] };
  };

  it.each(['plain', 'login', 'xoauth2'] as const)('is not answered for ever (%s)', async (mechanism) => {
    const { result, commands } = await answering('334 bW9yZQ==', mechanism);
    expect(result).toMatchObject({ stage: 'auth', text: 'the remote answered 334 bW9yZQ==' });
    expect(commands.length).toBeLessThan(9);
  });

  it.each([
    [{ fault: 'drop' }, 'the remote closed the connection'],
    ['354 go ahead', 'the remote answered 354 go ahead'],
    [{ raw: 'what\r\n' }, 'the remote sent no SMTP reply: "what"'],
    [{ raw: `334 ${'x'.repeat(9_000)}` }, 'the remote sent a line over 8192 octets'],
    [{ raw: '235 2.7.0 welcome\r\n250 and more\r\n' }, 'the remote sent a reply that nobody asked for'],
  ] as const)('fails: %j', async (answer, text) => {
    const { result } = await answering(answer);
    expect(result).toMatchObject({ kind: 'failed', stage: 'auth', reply: undefined, text });
  });

  it('that sends 421 fails with that reply', async () => {
    const { result } = await answering('421 4.3.2 leaving');
    expect(result).toMatchObject({ stage: 'auth', reply: { code: 421 } });
  });

  it('that says nothing is given up after five minutes', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx({
      extensions: offering('PLAIN'),
      respond: (command) => (command.startsWith('AUTH') ? { fault: 'silent' } : undefined),
    });
    const smartHost = { tls: 'verify', login: loginBy(undefined) } as const;
    const connecting = connectTo(mx, { smartHost }, { ...TRUSTING, clock });
    await eventually(() => mx.commands.some((command) => command.startsWith('AUTH')));
    await clock.advance(299_000);
    expect(mx.openConnections).toBe(1);
    await clock.advance(2_000);
    expect(await connecting).toMatchObject({
      stage: 'auth',
      text: 'waited in vain for a reply within 300 s',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('may be left at any time', async () => {
    await using mx = await startFakeMx({
      extensions: offering('PLAIN'),
      respond: (command) => (command.startsWith('AUTH') ? { fault: 'silent' } : undefined),
    });
    const controller = new AbortController();
    const smartHost = { tls: 'verify', login: loginBy(undefined) } as const;
    const connecting = connectTo(mx, { smartHost, signal: controller.signal }, TRUSTING);
    await eventually(() => mx.commands.some((command) => command.startsWith('AUTH')));
    controller.abort();
    expect(await connecting).toMatchObject({ stage: 'connect', text: 'aborted' });
    await eventually(() => mx.openConnections === 0);
  });
});

describe('the login', () => {
  const { username, password } = LOGIN;
  const plain = base64(`\0${username}\0${password}`);
  const secrets = [password, plain, base64(password)];
  const hidden = (value: unknown) => {
    const shown = JSON.stringify(value).toLowerCase();
    for (const secret of secrets) {
      expect(shown).not.toContain(secret.toLowerCase());
      expect(shown).not.toContain(secret.slice(0, 20).toLowerCase());
    }
  };

  it.each([
    `535 5.7.8 bad command: AUTH PLAIN ${plain}`,
    `535 5.7.8 BAD COMMAND: AUTH PLAIN ${plain.toUpperCase()}`,
    `535 5.7.8 bad command: AUTH PLAIN ${plain.slice(0, 30)}...`,
    `535-5.7.8 no user "${username}" with "${password}"\r\n535 5.7.8 ${base64(password)}`,
    { raw: `${plain} is no command\r\n` },
    { raw: `AUTH PLAIN ${plain}\r\n`, thenClose: true },
  ])('is not in a failure, though the server repeats it: %j', async (answer) => {
    await using mx = await startFakeMx({
      extensions: offering('PLAIN'),
      respond: (command) => (command.startsWith('AUTH') ? answer : undefined),
    });
    const smartHost = { tls: 'verify', login: loginBy(undefined) } as const;
    const result = await connectTo(mx, { smartHost }, TRUSTING);
    expect(result).toMatchObject({ kind: 'failed', stage: 'auth' });
    expect(JSON.stringify(result)).toContain('***');
    hidden(result);
  });

  it('is not in later replies either, nor in how the session ends', async () => {
    await using mx = await startFakeMx({
      extensions: offering('PLAIN'),
      login: LOGIN,
      respond: (command) => (command.startsWith('RCPT') ? `550 5.7.1 you are ${password}` : undefined),
    });
    const smartHost = { tls: 'verify', login: loginBy(undefined) } as const;
    const session = connected(await connectTo(mx, { smartHost }, TRUSTING));
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply).toEqual({
      code: 550,
      status: '5.7.1',
      text: 'you are ***',
    });
    mx.change({ respond: () => ({ raw: `421 ${plain}\r\n`, thenClose: true }) });
    const lost = await session.transact(outbound(['b@x.test']));
    expect(lost).toMatchObject({ kind: 'lost', reply: { text: '***' } });
    hidden(lost);
  });
});
