import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeApiKey } from '../../src/platform/api-key.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { StoreError } from '../../src/store/errors.ts';
import type { Credential } from '../../src/store/directory-records.ts';
import { play, Wire } from './support/dialogue.ts';
import {
  credential,
  domain,
  networkCredential,
  secretHashOf,
  startFixture,
  type Fixture,
} from './support/submission-fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PLAIN = base64('\0app\0secret-of-app');
const WRONG = base64('\0app\0wrong');

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture();
});
afterEach(() => relay.stop());

describe('AUTH', () => {
  it.each([
    ['PLAIN with an initial response', [`C: AUTH PLAIN ${PLAIN}`, 'S: 235 2.7.0']],
    ['PLAIN without one', ['C: AUTH PLAIN', 'S: 334 ', `C: ${PLAIN}`, 'S: 235 2.7.0']],
    [
      'PLAIN with the user as authorization identity too',
      [`C: AUTH PLAIN ${base64('app\0app\0secret-of-app')}`, 'S: 235 2.7.0'],
    ],
    [
      'LOGIN',
      [
        'C: AUTH LOGIN',
        'S: 334 VXNlcm5hbWU6',
        `C: ${base64('app')}`,
        'S: 334 UGFzc3dvcmQ6',
        `C: ${base64('secret-of-app')}`,
        'S: 235 2.7.0',
      ],
    ],
    [
      'LOGIN with the user name as initial response',
      [
        `C: AUTH LOGIN ${base64('app')}`,
        'S: 334 UGFzc3dvcmQ6',
        `C: ${base64('secret-of-app')}`,
        'S: 235 2.7.0',
      ],
    ],
    ['twice', [`C: AUTH PLAIN ${PLAIN}`, 'S: 235', `C: AUTH PLAIN ${PLAIN}`, 'S: 503 5.5.1']],
    ['that is given up', ['C: AUTH PLAIN', 'S: 334', 'C: *', 'S: 501 5.5.4', 'C: NOOP', 'S: 250']],
    ['with rubbish', ['C: AUTH PLAIN !!!', 'S: 501 5.5.2']],
    ['PLAIN for another identity', [`C: AUTH PLAIN ${base64('boss\0app\0secret-of-app')}`, 'S: 535 5.7.8']],
    ['PLAIN for an API key in front', [`C: AUTH PLAIN ${base64('api\0app\0secret-of-app')}`, 'S: 535 5.7.8']],
    [
      'PLAIN with the user in front alone',
      [`C: AUTH PLAIN ${base64('app\0\0secret-of-app')}`, 'S: 501 5.5.2'],
    ],
    ['PLAIN without a user', [`C: AUTH PLAIN ${base64('\0\0secret-of-app')}`, 'S: 501 5.5.2']],
    ['PLAIN with two parts', [`C: AUTH PLAIN ${base64('app\0secret-of-app')}`, 'S: 501 5.5.2']],
    ['PLAIN with four parts', [`C: AUTH PLAIN ${base64('\0app\0secret-of-app\0')}`, 'S: 501 5.5.2']],
    ['PLAIN cut off', [`C: AUTH PLAIN ${PLAIN.slice(0, -1)}`, 'S: 501 5.5.2', 'C: NOOP', 'S: 250']],
    ['PLAIN in base64 of the URL alphabet', ['C: AUTH PLAIN AGFwcAD_-w==', 'S: 501 5.5.2']],
    ['PLAIN with an empty initial response', ['C: AUTH PLAIN =', 'S: 501 5.5.2', 'C: NOOP', 'S: 250']],
    [
      'LOGIN with a name that is no base64',
      ['C: AUTH LOGIN', 'S: 334', 'C: app!', 'S: 501 5.5.2', 'C: NOOP', 'S: 250'],
    ],
    [
      'LOGIN with a password that is no base64',
      [
        'C: AUTH LOGIN',
        'S: 334',
        `C: ${base64('app')}`,
        'S: 334',
        'C: secret!',
        'S: 501 5.5.2',
        'C: NOOP',
        'S: 250',
      ],
    ],
    ['LOGIN with an empty password', [`C: AUTH LOGIN ${base64('app')}`, 'S: 334', 'C: ', 'S: 535 5.7.8']],
    [
      'LOGIN given up',
      [`C: AUTH LOGIN ${base64('app')}`, 'S: 334', 'C: *', 'S: 501 5.5.4', 'C: NOOP', 'S: 250'],
    ],
    ['with too many words', [`C: AUTH PLAIN ${PLAIN} more`, 'S: 501 5.5.4', 'C: NOOP', 'S: 250']],
    ['without a mechanism', ['C: AUTH', 'S: 504 5.5.4']],
    ['CRAM-MD5', ['C: AUTH CRAM-MD5', 'S: 504 5.5.4']],
    ['XOAUTH2', ['C: AUTH XOAUTH2 abc', 'S: 504 5.5.4']],
    ['with a wrong secret', [`C: AUTH PLAIN ${WRONG}`, 'S: 535 5.7.8', 'C: NOOP', 'S: 250']],
  ])('%s, over STARTTLS and implicit TLS', async (_name, dialogue) => {
    await play(relay.port, [
      'S: 220',
      'C: EHLO a',
      'S: 250',
      '> starttls',
      'C: EHLO a',
      'S: 250',
      ...dialogue,
    ]);
    await play(relay.tlsPort, ['S: 220', 'C: EHLO a', 'S: 250', ...dialogue], { implicitTls: true });
  });

  it('before TLS is refused and asks for no secret', async () => {
    await play(relay.port, [
      'S: 220',
      'C: EHLO a',
      'S: 250',
      `C: AUTH PLAIN ${PLAIN}`,
      'S: 538 5.7.11',
      'C: AUTH LOGIN',
      'S: 538 5.7.11',
      'C: MAIL FROM:<a@example.org>',
      'S: 530 5.7.0',
    ]);
  });

  it('before EHLO is out of order', async () => {
    await play(relay.tlsPort, ['S: 220', `C: AUTH PLAIN ${PLAIN}`, 'S: 503 5.5.1'], { implicitTls: true });
  });

  it('gives unknown, wrong, revoked and expired credentials one answer, not before its time', async () => {
    relay.directory.credentials.push(
      credential({ id: 'crd_2', username: 'revoked', revokedAtMs: 1 }),
      credential({ id: 'crd_3', username: 'expired', expiresAtMs: 1 }),
      credential({ id: 'crd_4', kind: 'api', username: 'api' }),
    );
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    for (const [username, password] of [
      ['nobody', 'x'],
      ['app', 'wrong'],
      ['revoked', 'secret-of-app'],
      ['expired', 'secret-of-app'],
      ['api', 'secret-of-app'],
    ] as const) {
      const startMs = performance.now();
      expect(await wire.login({ username, password })).toBe('535 5.7.8 Authentication credentials invalid');
      expect(performance.now() - startMs).toBeGreaterThan(290);
    }
    wire.destroy();
  });

  it('is 454 while the store cannot be asked', async () => {
    relay.directory.failure = new StoreError('failed', 'disk on fire');
    await play(relay.tlsPort, ['S: 220', 'C: EHLO a', 'S: 250', `C: AUTH PLAIN ${PLAIN}`, 'S: 454 4.7.0'], {
      implicitTls: true,
    });
  });

  it('from an address that the credential does not list is 550', async () => {
    relay.directory.credentials[0] = credential({ networks: ['192.0.2.0/24'] });
    const dialogue = ['S: 220', 'C: EHLO a', 'S: 250', `C: AUTH PLAIN ${PLAIN}`];
    await play(relay.tlsPort, [...dialogue, 'S: 550 5.7.1 Client address 127.0.0.1 is not allowed'], {
      implicitTls: true,
    });
    relay.directory.credentials[0] = credential({ networks: ['127.0.0.0/8'] });
    await play(relay.tlsPort, [...dialogue, 'S: 235'], { implicitTls: true });
  });

  it('with a credential that may not send is 550', async () => {
    relay.directory.credentials[0] = credential({ scopes: ['messages:read'] });
    await play(
      relay.tlsPort,
      [
        'S: 220',
        'C: EHLO a',
        'S: 250',
        `C: AUTH PLAIN ${PLAIN}`,
        'S: 550 5.7.1 This credential may not send',
      ],
      { implicitTls: true },
    );
  });

  it('is 454 after too many failures, with the session kept, for that client only', async () => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    const said: string[] = [];
    for (let count = 0; count < 20; count++) {
      const answer = await wire.login({ username: 'app', password: `wrong ${count}` });
      said.push(answer);
      if (answer.startsWith('421')) break;
    }
    const throttled = said.filter((answer) => answer.startsWith('454'));
    expect(throttled).toHaveLength(10);
    expect(throttled[0]).toMatch(/^454 4\.7\.0 Too many failed logins, try again in \d+ seconds/);
    expect(said.at(-1)).toMatch(/^421 4\.7\.0 relay\.test Too many failed logins/);
    await wire.closed();
    const again = await Wire.open(relay.tlsPort, { implicitTls: true });
    await again.reply();
    expect(await again.login()).toMatch(/^454 4\.7\.0/);
    expect(await again.command('NOOP')).toMatch(/^250/);
    again.destroy();
    const other = await Wire.open(relay.tlsPort, { implicitTls: true, localAddress: '127.0.0.2' });
    await other.reply();
    expect(await other.login({ username: 'other', password: 'x' })).toMatch(/^535/);
    other.destroy();
  });

  it('by every mechanism with the secret that was refused is one failure', async () => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    await wire.command('EHLO client.test');
    for (let count = 0; count < 6; count++) {
      expect(await wire.command(`AUTH PLAIN ${WRONG}`)).toMatch(/^535/);
      await wire.command(`AUTH LOGIN ${base64('app')}`);
      expect(await wire.command(base64('wrong'))).toMatch(/^535/);
    }
    expect(await wire.login()).toMatch(/^235/);
    wire.destroy();
  });

  it('names in the log who tried where there is such a credential, and hides any other name', async () => {
    for (const username of ['app', 'hunter2']) {
      const wrong = base64(`\0${username}\0wrong`);
      await play(relay.tlsPort, ['S: 220', 'C: EHLO a', 'S: 250', `C: AUTH PLAIN ${wrong}`, 'S: 535'], {
        implicitTls: true,
      });
    }
    const log = JSON.stringify(relay.log);
    expect(log).toContain('"user":"app"');
    expect(log).toMatch(/"user_hash":"[0-9a-f]{12}"/);
    expect(log).not.toContain('hunter2');
  });

  it('writes no secret to the log', async () => {
    await play(relay.tlsPort, ['S: 220', 'C: EHLO a', 'S: 250', `C: AUTH PLAIN ${WRONG}`, 'S: 535'], {
      implicitTls: true,
    });
    expect(JSON.stringify(relay.log)).not.toMatch(/wrong|secret-of-app/);
  });
});

describe('MAIL before AUTH', () => {
  const MAIL = 'C: MAIL FROM:<a@example.org>';

  it.each([
    ['in clear', { port: 'port' as const, text: 'S: 530 5.7.0 Authentication required: issue STARTTLS' }],
    ['under TLS', { port: 'tlsPort' as const, text: 'S: 530 5.7.0 Authentication required: AUTH with' }],
  ])('is 530 %s', async (_name, { port, text }) => {
    await play(
      relay[port],
      [
        'S: 220',
        'C: EHLO a',
        'S: 250',
        MAIL,
        text,
        'C: RCPT TO:<b@example.net>',
        'S: 503',
        'C: DATA',
        'S: 503',
      ],
      { implicitTls: port === 'tlsPort' },
    );
  });

  it('is 530 whatever its syntax', async () => {
    await play(relay.port, ['S: 220', 'C: HELO a', 'S: 250', 'C: MAIL FROM:nonsense', 'S: 530 5.7.0']);
  });

  it('from a listed network is taken', async () => {
    relay.directory.credentials.push(networkCredential());
    await play(relay.port, [
      'S: 220',
      'C: HELO printer',
      'S: 250',
      MAIL,
      'S: 250 2.1.0',
      'C: RCPT TO:<b@example.net>',
      'S: 250 2.1.5',
    ]);
  });

  it('from a listed network has to use TLS only when the credential asks for it', async () => {
    relay.directory.credentials.push(networkCredential({ requireTls: true }));
    await play(relay.port, [
      'S: 220',
      'C: EHLO a',
      'S: 250',
      MAIL,
      'S: 530 5.7.0 Must issue a STARTTLS command first',
      '> starttls',
      'C: EHLO a',
      'S: 250',
      MAIL,
      'S: 250 2.1.0',
    ]);
  });

  it('from another network is 530', async () => {
    relay.directory.credentials.push(networkCredential({ networks: ['127.0.0.1/32'] }));
    await play(relay.port, ['S: 220', 'C: EHLO a', 'S: 250', MAIL, 'S: 530'], { localAddress: '127.0.0.9' });
  });

  it('finds the network credential whose domain it is', async () => {
    relay.directory.domains.push(domain('second.example'));
    relay.directory.credentials.push(
      networkCredential({ id: 'crd_a', domains: ['example.org'], networks: ['127.0.0.1'] }),
      networkCredential({ id: 'crd_b', domains: ['second.example'] }),
    );
    await play(relay.port, [
      'S: 220',
      'C: EHLO a',
      'S: 250',
      'C: MAIL FROM:<x@second.example>',
      'S: 250',
      'C: RSET',
      'S: 250',
      MAIL,
      'S: 250',
      'C: RSET',
      'S: 250',
      'C: MAIL FROM:<x@third.example>',
      'S: 550 5.7.1 <x@third.example>',
    ]);
  });

  it('does not keep a client of a listed network from logging in', async () => {
    relay.directory.credentials.push(networkCredential());
    await play(
      relay.tlsPort,
      ['S: 220', '> login', MAIL, 'S: 250', `C: AUTH PLAIN ${PLAIN}`, 'S: 503 5.5.1'],
      {
        implicitTls: true,
      },
    );
    await play(
      relay.tlsPort,
      ['S: 220', 'C: EHLO a', 'S: 250', MAIL, 'S: 250', `C: AUTH PLAIN ${PLAIN}`, 'S: 503'],
      {
        implicitTls: true,
      },
    );
  });

  it('is 451 while the store cannot be asked', async () => {
    relay.directory.failure = new StoreError('failed', 'disk on fire');
    await play(relay.port, ['S: 220', 'C: EHLO a', 'S: 250', MAIL, 'S: 451 4.3.0']);
  });
});

describe('a revoked credential', () => {
  it('ends with the next MAIL of a session that is open', async () => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    await wire.login();
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^250/);
    await wire.command('RSET');
    relay.directory.credentials[0] = credential({ revokedAtMs: 1 });
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^421 4\.7\.0/);
    await wire.closed();
  });
});

describe('an API key', () => {
  const KEY = makeApiKey(systemRandom);
  const apiKey = (change: Partial<Credential> = {}) =>
    credential({
      id: 'crd_api',
      kind: 'api',
      name: 'shop',
      username: undefined,
      secretHash: secretHashOf(KEY),
      ...change,
    });
  const login = async (username: string, password: string) => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    const said = await wire.login({ username, password });
    return { wire, said };
  };

  it('logs in with the user name api, and ends with the next MAIL after it was revoked', async () => {
    relay.directory.credentials.push(apiKey());
    const { wire, said } = await login('api', KEY);
    expect(said).toMatch(/^235 2\.7\.0/);
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^250/);
    await wire.command('RSET');
    relay.directory.credentials[1] = apiKey({ revokedAtMs: 1 });
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^421 4\.7\.0/);
    await wire.closed();
  });

  it.each([
    ['a key that nobody has', {}, makeApiKey(systemRandom)],
    ['a revoked key', { revokedAtMs: 1 }, KEY],
    ['an expired key', { expiresAtMs: 1 }, KEY],
    ['a wrong checksum', {}, KEY.slice(0, -1) + (KEY.endsWith('0') ? '1' : '0')],
    ['no key at all', {}, 'secret-of-app'],
  ])('%s gets the answer of every wrong password, at its time', async (_name, change, password) => {
    relay.directory.credentials.push(apiKey(change));
    const startMs = performance.now();
    const { wire, said } = await login('api', password);
    expect(said).toBe('535 5.7.8 Authentication credentials invalid');
    expect(performance.now() - startMs).toBeGreaterThan(290);
    wire.destroy();
  });

  it('needs the scope send, or admin', async () => {
    relay.directory.credentials.push(apiKey({ scopes: ['messages:read'] }));
    const reading = await login('api', KEY);
    expect(reading.said).toMatch(/^550 5\.7\.1 This credential may not send/);
    relay.directory.credentials[1] = apiKey({ scopes: ['admin'] });
    const admin = await login('api', KEY);
    expect(admin.said).toMatch(/^235/);
    for (const { wire } of [reading, admin]) wire.destroy();
  });

  it('is no password of another user, and a password is no key', async () => {
    relay.directory.credentials.push(apiKey());
    const { wire, said } = await login('app', KEY);
    expect(said).toMatch(/^535/);
    wire.destroy();
  });

  it('is not locked out by strangers who guess at the user name api from elsewhere', async () => {
    relay.directory.credentials.push(apiKey());
    const stranger = await Wire.open(relay.tlsPort, { implicitTls: true, localAddress: '127.0.0.2' });
    await stranger.reply();
    let said = '';
    for (let count = 0; count < 20 && !said.startsWith('454'); count++)
      said = await stranger.login({ username: 'api', password: makeApiKey(systemRandom) });
    expect(said).toMatch(/^454 4\.7\.0/);
    stranger.destroy();
    const { wire, said: own } = await login('api', KEY);
    expect(own).toMatch(/^235/);
    wire.destroy();
  });
});

describe('a network credential', () => {
  it('counts as soon as it is added, and no longer when it is revoked', async () => {
    const mail = async () => {
      const wire = await Wire.open(relay.port);
      await wire.reply();
      await wire.command('EHLO a');
      const said = await wire.command('MAIL FROM:<a@example.org>');
      wire.destroy();
      return said;
    };
    expect(await mail()).toMatch(/^530/);
    relay.directory.credentials.push(networkCredential());
    expect(await mail()).toMatch(/^250/);
    relay.directory.credentials[1] = networkCredential({ revokedAtMs: 1 });
    expect(await mail()).toMatch(/^530/);
  });
});

describe('STARTTLS', () => {
  it('drops what was pipelined behind it in clear', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    await wire.command('EHLO a');
    wire.send('STARTTLS\r\nRSET\r\nEHLO injected\r\nMAIL FROM:<a@example.org>\r\n');
    expect(await wire.reply()).toMatch(/^220 2\.0\.0/);
    // The injected text may reach our own handshake only as rubbish after it; the server must have dropped it.
    await wire.secure();
    expect(await wire.command('NOOP')).toMatch(/^250 2\.0\.0 OK/);
    expect(wire.unread).toBe('');
    wire.destroy();
  });

  it('forgets EHLO and a transaction begun in clear', async () => {
    relay.directory.credentials.push(networkCredential());
    await play(relay.port, [
      'S: 220',
      'C: EHLO a',
      'S: 250',
      'C: MAIL FROM:<a@example.org>',
      'S: 250',
      'C: RCPT TO:<b@example.net>',
      'S: 250',
      '> starttls',
      'C: DATA',
      'S: 503 5.5.1',
      'C: EHLO a',
      'S: 250',
      'C: DATA',
      'S: 503 5.5.1 MAIL is needed',
    ]);
  });

  it.each([
    ['with an argument', ['C: STARTTLS now', 'S: 501 5.5.4']],
    ['under TLS', ['> starttls', 'C: STARTTLS', 'S: 503 5.5.1']],
  ])('%s is refused', async (_name, dialogue) => {
    await play(relay.port, ['S: 220', 'C: EHLO a', 'S: 250', ...dialogue]);
  });

  it('survives a client that speaks no TLS', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    await wire.command('EHLO a');
    await wire.command('STARTTLS');
    wire.send('this is no TLS\r\n');
    await wire.closed();
    await play(relay.port, ['S: 220', 'C: NOOP', 'S: 250']);
  });

  it('resumes sessions', async () => {
    const first = await Wire.open(relay.tlsPort, { implicitTls: true });
    await first.reply();
    await first.command('NOOP');
    const ticket = first.session;
    expect(ticket).toBeDefined();
    first.destroy();
    const second = await Wire.open(relay.port);
    await second.reply();
    await second.command('STARTTLS');
    await second.secure(ticket);
    expect(second.resumed).toBe(true);
    second.destroy();
  });
});
