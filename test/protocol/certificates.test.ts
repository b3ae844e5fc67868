/** AUTH EXTERNAL on the listener that asks for client certificates. RFC 4422 appendix A, RFC 4954. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { FAILURE_REPLY_AFTER_MS } from '../../src/intake/authentication.ts';
import { formatFingerprint } from '../../src/policy/client-certificate.ts';
import type { Credential } from '../../src/store/directory-records.ts';
import { makeClientCertificate, type MadeCertificate } from '../support/client-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { play, TEST_LOGIN, Wire, type WireOptions } from './support/dialogue.ts';
import { credential, MESSAGE, startFixture, type Fixture } from './support/submission-fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const DAY_MS = 86_400_000;
const HELLO = ['S: 220', 'C: EHLO a', 'S: 250'];
const GRANTED = 'S: 235 2.7.0';

const web1 = makeClientCertificate({ name: 'web1' });
const stranger = makeClientCertificate({ name: 'stranger' });

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture();
  relay.directory.credentials.push(certified(web1));
});
afterEach(() => relay.stop());

function certified({ fingerprint }: MadeCertificate, change: Partial<Credential> = {}): Credential {
  return credential({
    ...{ id: 'crd_web1', name: 'web1', username: 'web1-abc', secretHash: fingerprint },
    ...{ certificate: { subject: undefined, notAfterMs: undefined } },
    ...change,
  });
}

function showing(shown: MadeCertificate | undefined, more: WireOptions['tls'] = {}): WireOptions {
  return { implicitTls: true, tls: { ...(shown && { cert: shown.cert, key: shown.key }), ...more } };
}

const playing = (steps: readonly string[], shown: MadeCertificate | undefined = web1) =>
  play(relay.certificatesPort, [...HELLO, ...steps], showing(shown));

async function greeted(options: WireOptions): Promise<{ readonly wire: Wire; readonly features: string }> {
  const wire = await Wire.open(relay.certificatesPort, options);
  await wire.reply();
  return { wire, features: await wire.command('EHLO client.test') };
}

async function answerTo(command: string, options: WireOptions): Promise<string> {
  const { wire } = await greeted(options);
  const answer = await wire.command(command);
  wire.destroy();
  return answer;
}

describe('AUTH EXTERNAL', () => {
  it('logs in who has the key of a known certificate, and its mail is of that credential', async () => {
    const { wire, features } = await greeted(showing(web1));
    expect(features).toMatch(/^250[- ]AUTH EXTERNAL PLAIN LOGIN$/m);
    expect(await wire.command('AUTH EXTERNAL =')).toBe('235 2.7.0 Authentication successful');
    expect(await wire.command('EHLO client.test')).not.toContain('AUTH');
    expect(await wire.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(
      /^250 2\.0\.0 Ok: queued/,
    );
    wire.destroy();
    expect(relay.spool.last.facts).toMatchObject({ credentialId: 'crd_web1' });
    await eventually(() => relay.log.some(({ event }) => event === 'session ended'));
    expect(relay.log.find(({ event }) => event === 'session ended')).toMatchObject({
      credential: 'crd_web1',
    });
  });

  it.each([
    ['without an initial response', ['C: AUTH EXTERNAL', 'S: 334 ', 'C: ', GRANTED]],
    ['with the user name', [`C: AUTH EXTERNAL ${base64('web1-abc')}`, GRANTED]],
    ['with the user name, asked for', ['C: AUTH EXTERNAL', 'S: 334 ', `C: ${base64('web1-abc')}`, GRANTED]],
    ['in small letters', ['C: auth external =', GRANTED]],
    ['twice', ['C: AUTH EXTERNAL =', GRANTED, 'C: AUTH EXTERNAL =', 'S: 503 5.5.1']],
    ['that is given up', ['C: AUTH EXTERNAL', 'S: 334 ', 'C: *', 'S: 501 5.5.4', 'C: NOOP', 'S: 250']],
    ['with rubbish', ['C: AUTH EXTERNAL !!!', 'S: 501 5.5.2', 'C: NOOP', 'S: 250']],
    ['with rubbish, asked for', ['C: AUTH EXTERNAL', 'S: 334', 'C: a', 'S: 501 5.5.2', 'C: NOOP', 'S: 250']],
    ['with a NUL', [`C: AUTH EXTERNAL ${base64('web1-abc\0')}`, 'S: 501 5.5.2']],
    ['with too many words', ['C: AUTH EXTERNAL = =', 'S: 501 5.5.4']],
    ['for somebody else', [`C: AUTH EXTERNAL ${base64('app')}`, 'S: 535 5.7.8 Auth', 'C: NOOP', 'S: 250']],
    ['in a transaction', ['C: AUTH EXTERNAL =', GRANTED, 'C: MAIL FROM:<a@example.org>', 'S: 250']],
    ['another mechanism', ['C: AUTH CRAM-MD5', 'S: 504 5.5.4 Mechanisms offered: PLAIN, LOGIN and EXTERNAL']],
  ])('%s', async (_name, steps) => {
    await playing(steps);
  });

  it('takes a response no longer than any line', async () => {
    const { wire } = await greeted(showing(web1));
    expect(await wire.command('AUTH EXTERNAL')).toMatch(/^334/);
    wire.send(`${'A'.repeat(100_000)}\r\n`);
    expect(await wire.reply()).toMatch(/^(500|501|421) /);
    wire.destroy();
  });

  it.each(['P-256', 'P-384', 'P-521', 'ed25519', 'rsa'] as const)(
    'with a key of %s, in TLS 1.2 and 1.3',
    async (key) => {
      const made = makeClientCertificate({ key });
      relay.directory.credentials.push(certified(made, { id: 'crd_made', username: 'made' }));
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const options = showing(made, { minVersion: version, maxVersion: version });
        expect(await answerTo('AUTH EXTERNAL =', options)).toMatch(/^235/);
      }
    },
  );

  it('looks at the first certificate of a chain', async () => {
    const authority = makeClientCertificate({ name: 'authority' });
    const leaf = makeClientCertificate({ name: 'leaf', issuer: authority });
    relay.directory.credentials.push(certified(leaf, { id: 'crd_leaf', username: 'leaf' }));
    const chain = { ...leaf, cert: leaf.cert + authority.cert };
    expect(await answerTo('AUTH EXTERNAL =', showing(chain))).toMatch(/^235/);
    // That an authority is known says nothing of what it signs.
    relay.directory.credentials.pop();
    relay.directory.credentials.push(certified(authority, { id: 'crd_ca', username: 'ca' }));
    expect(await answerTo('AUTH EXTERNAL =', showing(chain))).toMatch(/^535/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'goes on from a session of %s, and knows its certificate',
    async (version) => {
      const options = showing(web1, { minVersion: version, maxVersion: version });
      const first = await greeted(options);
      expect(await first.wire.command('AUTH EXTERNAL =')).toMatch(/^235/);
      await eventually(() => first.wire.session !== undefined);
      const { session } = first.wire;
      first.wire.destroy();
      // The client need not have its key any more.
      const resumed = showing(undefined, { minVersion: version, maxVersion: version, session });
      const second = await greeted(resumed);
      expect(second.wire.resumed).toBe(true);
      expect(await second.wire.command('AUTH EXTERNAL =')).toMatch(/^235/);
      second.wire.destroy();
      relay.directory.credentials.splice(1, 1, certified(web1, { revokedAtMs: 1 }));
      expect(await answerTo('AUTH EXTERNAL =', resumed)).toMatch(/^535/);
    },
  );

  it('does not let a session of another listener, without a certificate, go on here', async () => {
    const other = await Wire.open(relay.tlsPort, { implicitTls: true });
    await other.reply();
    await eventually(() => other.session !== undefined);
    const here = await greeted(showing(web1, { session: other.session }));
    other.destroy();
    expect(here.wire.resumed).toBe(false);
    expect(await here.wire.command('AUTH EXTERNAL =')).toMatch(/^235/);
    here.wire.destroy();
  });

  it('cannot become somebody else by a new handshake in the session', async () => {
    const { wire } = await greeted(showing(web1, { maxVersion: 'TLSv1.2' }));
    expect(await wire.renegotiated()).toBeInstanceOf(Error);
    wire.destroy();
  });
});

describe('without a certificate', () => {
  it('PLAIN and LOGIN are offered, and EXTERNAL says what is missing', async () => {
    const { wire, features } = await greeted(showing(undefined));
    expect(features).toMatch(/^250[- ]AUTH PLAIN LOGIN$/m);
    expect(await wire.command('AUTH EXTERNAL =')).toMatch(
      /^535 5\.7\.8 No client certificate was shown .* fix: .*relayctl credential add --certificate FILE$/,
    );
    expect(await wire.login()).toMatch(/^235/);
    wire.destroy();
  });

  it('is no failure that counts', async () => {
    const { wire } = await greeted(showing(undefined));
    for (let count = 0; count < 30; count++)
      expect(await wire.command('AUTH EXTERNAL =')).toMatch(/^535 5\.7\.8 No client/);
    expect(await wire.login()).toMatch(/^235/);
    wire.destroy();
  });

  it('passwords are taken beside a certificate, but not instead of one', async () => {
    await playing([`C: AUTH PLAIN ${base64(`\0app\0${TEST_LOGIN.password}`)}`, GRANTED]);
    const hash = Buffer.from(web1.fingerprint).toString('hex');
    for (const password of ['', hash, formatFingerprint(web1.fingerprint)])
      await playing([`C: AUTH PLAIN ${base64(`\0web1-abc\0${password}`)}`, 'S: 535 5.7.8']);
  });
});

describe('other listeners', () => {
  it('ask for no certificate and know no EXTERNAL', async () => {
    for (const [port, options] of [
      [relay.tlsPort, showing(web1)],
      [relay.port, { tls: showing(web1).tls }],
    ] as const) {
      const wire = await Wire.open(port, options as WireOptions);
      await wire.reply();
      if (port === relay.port) {
        await wire.command('EHLO a');
        await wire.command('STARTTLS');
        await wire.secure();
      }
      expect(await wire.command('EHLO a')).toMatch(/^250[- ]AUTH PLAIN LOGIN$/m);
      expect(await wire.command('AUTH EXTERNAL =')).toBe('504 5.5.4 Mechanisms offered: PLAIN and LOGIN');
      wire.destroy();
    }
  });
});

describe('a certificate that is refused', () => {
  const failed = () => relay.log.filter(({ event }) => event === 'login failed');

  it('of nobody: as any wrong secret, and the log has the command that adds it', async () => {
    const startMs = performance.now();
    expect(await answerTo('AUTH EXTERNAL =', showing(stranger))).toBe(
      '535 5.7.8 Authentication credentials invalid',
    );
    // A lower bound of a delay that is meant.
    expect(performance.now() - startMs).toBeGreaterThan(FAILURE_REPLY_AFTER_MS - 10);
    const fingerprint = formatFingerprint(stranger.fingerprint);
    expect(failed()).toMatchObject([
      {
        ...{
          certificate: fingerprint,
          certificate_subject: 'CN=stranger',
          because: 'no credential has this certificate',
        },
        fix: `relayctl credential add --name NAME --certificate ${fingerprint}`,
      },
    ]);
  });

  it.each([
    ['revoked', { revokedAtMs: 1 }, 'its credential was revoked'],
    ['expired', { expiresAtMs: 1 }, 'its credential has expired'],
  ] as const)('of a credential that is %s: likewise', async (_name, change, because) => {
    relay.directory.credentials.splice(1, 1, certified(web1, change));
    expect(await answerTo('AUTH EXTERNAL =', showing(web1))).toBe(
      '535 5.7.8 Authentication credentials invalid',
    );
    expect(failed()).toMatchObject([{ credential: 'crd_web1', because }]);
  });

  it.each([
    [
      'has expired',
      { notAfterMs: Date.now() - DAY_MS },
      /The client certificate expired at \d{4}-/,
      /expired at/,
    ],
    [
      'is of tomorrow',
      { notBeforeMs: Date.now() + DAY_MS },
      /certificate is not valid before \d{4}-/,
      /not valid/,
    ],
    ['has a weak key', { key: 'rsa-1024' }, /certificate has a weak key \(rsa of 1024 bits\)/, /weak key/],
  ] as const)('that %s: the client and the log are told', async (_name, options, text, because) => {
    const made = makeClientCertificate(options);
    relay.directory.credentials.push(certified(made, { id: 'crd_made', username: 'made' }));
    // OpenSSL on the client's side takes no weak key of its own accord.
    const answer = await answerTo('AUTH EXTERNAL =', showing(made, { ciphers: 'DEFAULT@SECLEVEL=0' }));
    expect(answer).toMatch(/^535 5\.7\.8 /);
    expect(answer).toMatch(text);
    expect(failed()).toMatchObject([
      {
        ...{ credential: 'crd_made', because: expect.stringMatching(because) as string },
        fix: 'relayctl credential rotate crd_made --certificate FILE',
      },
    ]);
  });

  it('from an address that is not allowed: 550, as of any credential', async () => {
    relay.directory.credentials.splice(1, 1, certified(web1, { networks: ['192.0.2.0/24'] }));
    expect(await answerTo('AUTH EXTERNAL =', showing(web1))).toMatch(
      /^550 5\.7\.1 Client address 127\.0\.0\.1/,
    );
  });

  it('again and again: 454, and other certificates and users of the address are let in', async () => {
    const answers: string[] = [];
    for (let count = 0; count < 12 && !answers.some((answer) => answer.startsWith('454')); count++)
      answers.push(await answerTo('AUTH EXTERNAL =', showing(stranger)));
    expect(answers.at(-1)).toMatch(/^454 4\.7\.0 Too many failed logins/);
    expect(await answerTo('AUTH EXTERNAL =', showing(web1))).toMatch(/^235/);
  });

  it('in one session counts once, however often it is shown', async () => {
    const { wire } = await greeted(showing(stranger));
    for (let count = 0; count < 8; count++) expect(await wire.command('AUTH EXTERNAL =')).toMatch(/^535/);
    wire.destroy();
    expect(await answerTo('AUTH EXTERNAL =', showing(stranger))).toMatch(/^535/);
  });

  it('is 454 while the store cannot be asked', async () => {
    relay.directory.failure = new Error('disk on fire');
    expect(await answerTo('AUTH EXTERNAL =', showing(web1))).toMatch(/^454 4\.7\.0/);
  });
});

describe('a session by certificate ends', () => {
  const endOf = async (change: () => void) => {
    const { wire } = await greeted(showing(web1));
    expect(await wire.command('AUTH EXTERNAL =')).toMatch(/^235/);
    change();
    await wire.closed();
    return wire.unread;
  };

  it('when its credential is revoked, or gets another certificate', async () => {
    const put = (change: Partial<Credential>) =>
      relay.directory.credentials.splice(1, 1, certified(web1, change));
    expect(await endOf(() => put({ version: 1, revokedAtMs: 1 }))).toMatch(/^421 4\.7\.0/);
    put({ version: 2 });
    expect(await endOf(() => put({ version: 3, secretHash: stranger.fingerprint }))).toMatch(/^421 4\.7\.0/);
  });

  it('when the certificate does, whatever the store knows of it', async () => {
    let aheadMs = 0;
    const late = await startFixture({
      clock: {
        now: () => systemClock.now() + aheadMs,
        monotonic: () => systemClock.monotonic(),
        after: (delayMs, callback) => systemClock.after(delayMs, callback),
      },
    });
    late.directory.credentials.push(certified(web1));
    const wire = await Wire.open(late.certificatesPort, showing(web1));
    await wire.reply();
    await wire.command('EHLO client.test');
    expect(await wire.command('AUTH EXTERNAL =')).toMatch(/^235/);
    aheadMs = 366 * DAY_MS;
    await wire.closed();
    expect(wire.unread).toMatch(/^421 4\.7\.0 .*no longer valid/);
    await late.stop();
  });
});

describe('what a client shows is bounded', () => {
  const long = makeClientCertificate({ padding: 50_000 });

  it('a certificate of 50 kB is one as any other', async () => {
    relay.directory.credentials.push(certified(long, { id: 'crd_long', username: 'long' }));
    expect(await answerTo('AUTH EXTERNAL =', showing(long))).toMatch(/^235/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of more than 100 kB the handshake fails in %s, and others go on',
    async (maxVersion) => {
      const chain = { ...long, cert: long.cert + long.cert + long.cert };
      await expect(greeted(showing(chain, { maxVersion }))).rejects.toThrow();
      await eventually(() => relay.log.some(({ event }) => event === 'connection failed'));
      expect(await answerTo('AUTH EXTERNAL =', showing(web1))).toMatch(/^235/);
    },
  );

  it('a name is one line of so many characters in the log', async () => {
    const loud = makeClientCertificate({ name: `x\r\n\u202e${'y'.repeat(1_000)}` });
    await answerTo('AUTH EXTERNAL =', showing(loud));
    const subject = String(relay.log.find(({ event }) => event === 'login failed')?.['certificate_subject']);
    expect(subject.length).toBeLessThanOrEqual(200);
    expect(subject).not.toContain('\n');
  });
});
