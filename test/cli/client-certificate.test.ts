/** Credentials that log in by a client certificate, on the command line: added, shown, replaced, and warned of before they end. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatFingerprint } from '../../src/policy/client-certificate.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { makeClientCertificate, type ClientCertificateOptions } from '../support/client-certificate.ts';
import { CliStage } from './support/cli-stage.ts';

/** Where the stage's clock stands. */
const NOW_MS = Date.parse('2026-11-24T06:12:31Z');
const DAY_MS = 86_400_000;

interface Shown {
  readonly id: string;
  readonly username: string;
  readonly certificate: {
    readonly fingerprint: string;
    readonly subject: string;
    readonly not_after: string;
  };
}

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.env.RELAY_SUBMISSION__LISTEN_CERTIFICATES = '127.0.0.1:8465';
});
afterEach(async () => await stage.dispose());

const made = (options: ClientCertificateOptions = {}) =>
  makeClientCertificate({
    ...{ name: 'web1', notBeforeMs: NOW_MS - DAY_MS, notAfterMs: NOW_MS + 90 * DAY_MS },
    ...options,
  });
const put = (file: string, options?: ClientCertificateOptions) => {
  const certificate = made(options);
  stage.files[file] = certificate.cert;
  return formatFingerprint(certificate.fingerprint);
};
const run = async (...args: string[]) => await stage.run(['credential', ...args]);
const json = async (...args: string[]) => (await stage.json('credential', ...args)) as Shown;
const addWeb1 = async () => await json('add', '--name', 'web1', '--certificate', 'web1.crt');

describe('add', () => {
  test('takes a file: no password is made, and what the certificate says is shown', async () => {
    const fingerprint = put('web1.crt');
    const added = await addWeb1();
    const certificate = { fingerprint, subject: 'CN=web1', not_after: '2027-02-22T06:12:31.000Z' };
    expect(added).toMatchObject({ kind: 'smtp', password: null, certificate });
    expect(added.username).toMatch(/^web1-/);
    expect(await json('show', 'web1')).toMatchObject({ id: added.id, certificate });
    const { out } = await run('show', 'web1');
    expect(out).toContain(fingerprint);
    expect(out).toMatch(/valid +until 2027-02-22/);
  });

  test('takes a chain, of which the first certificate is the client’s', async () => {
    const authority = made({ name: 'authority' });
    const leaf = made({ issuer: authority });
    stage.files['web1.crt'] = leaf.cert + authority.cert;
    expect((await addWeb1()).certificate.fingerprint).toBe(formatFingerprint(leaf.fingerprint));
  });

  test.each([
    ['with colons', (text: string) => text],
    ['in small letters, without colons', (text: string) => text.toLowerCase().replaceAll(':', '')],
    ['as OpenSSL prints it', (text: string) => `sha256 Fingerprint=${text}`],
  ])('takes a fingerprint %s; the rest is seen when a client shows it', async (_name, spelt) => {
    const fingerprint = formatFingerprint(made().fingerprint);
    const added = await json('add', '--name', 'web1', '--certificate', spelt(fingerprint));
    expect(added.certificate).toEqual({ fingerprint, subject: null, not_after: null });
    expect((await run('show', 'web1')).out).toContain('until a client shows it, nobody knows');
  });

  test('says where the client has to connect, and warns where nothing listens for it', async () => {
    put('web1.crt');
    const { out, err } = await run('add', '--name', 'web1', '--certificate', 'web1.crt');
    expect(out).toMatch(/port +8465 with TLS \(SSL\)\n/);
    expect(out).toContain('by its client certificate: AUTH EXTERNAL');
    expect(out).not.toContain('password:');
    expect(err).not.toContain('submission.listen_certificates');
    expect((await run('add', '--name', 'other')).out).not.toContain('8465');
    delete stage.env.RELAY_SUBMISSION__LISTEN_CERTIFICATES;
    put('web2.crt');
    const later = await run('add', '--name', 'web2', '--certificate', 'web2.crt');
    expect(later.err).toContain('set submission.listen_certificates');
  });

  test.each([
    ['none.crt', 1, 'there is no file none.crt'],
    ['text.crt', 1, 'text.crt is no certificate in PEM or DER'],
    ['web1.key', 1, 'web1.key is a private key'],
    ['AB:CD:EF:01:23:45:67:89', 2, 'a SHA-256 fingerprint has 64 hexadecimal digits'],
    ['long.crt', 1, 'long.crt has more than 262144 octets'],
    ['expired.crt', 2, 'the certificate expired at 2026-11-23'],
    ['weak.crt', 2, 'the certificate has a weak key (rsa of 1024 bits)'],
  ])('refuses %s', async (file, code, words) => {
    stage.files['text.crt'] = 'hello';
    stage.files['web1.key'] = made().key;
    stage.files['long.crt'] = 'x'.repeat(300_000);
    put('expired.crt', { notBeforeMs: NOW_MS - 9 * DAY_MS, notAfterMs: NOW_MS - DAY_MS });
    put('weak.crt', { key: 'rsa-1024' });
    const ran = await run('add', '--name', 'web1', '--certificate', file);
    expect(ran).toMatchObject({ code });
    expect(ran.err).toContain(words);
    expect(await stage.jsonLines('credential', 'list')).toEqual([]);
  });

  test('takes one that is not valid yet, and says so', async () => {
    put('web1.crt', { notBeforeMs: NOW_MS + DAY_MS });
    const { code, err } = await run('add', '--name', 'web1', '--certificate', 'web1.crt');
    expect(code).toBe(0);
    expect(err).toContain('the certificate is not valid before 2026-11-25');
  });

  test.each(['api', 'network'])('is for logins by SMTP, not for kind %s', async (kind) => {
    put('web1.crt');
    const ran = await run('add', '--kind', kind, '--allow-ip', '10.0.0.1', '--certificate', 'web1.crt');
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.err).toContain('--certificate is for logins by SMTP');
  });

  test('refuses a certificate that another credential has, of whatever account', async () => {
    await stage.text('account', 'add', 'shop');
    put('web1.crt');
    const { id } = await addWeb1();
    const ran = await run('add', '--account', 'shop', '--name', 'thief', '--certificate', 'web1.crt');
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.err).toContain('credential web1 of account default has this certificate');
    expect(ran.err).toContain(`relayctl credential show ${id}`);
    await run('revoke', id, '--yes');
    expect(
      await run('add', '--account', 'shop', '--name', 'heir', '--certificate', 'web1.crt'),
    ).toMatchObject({
      code: 0,
    });
  });
});

describe('rotate', () => {
  beforeEach(async () => {
    put('web1.crt');
    await addWeb1();
  });

  test('gives it another certificate, with the old one beside it for a while', async () => {
    const fingerprint = put('new.crt', { name: 'web1-new' });
    const rotated = await json('rotate', 'web1', '--certificate', 'new.crt', '--keep-old', '24h');
    expect(rotated).toMatchObject({
      ...{ password: null, old_secret_until: '2026-11-25T06:12:31.000Z' },
      certificate: { fingerprint, subject: 'CN=web1-new' },
    });
    const reader = openSqliteReader(stage.dataDir);
    const held = await reader.credentialByUsername(rotated.username);
    reader.close();
    expect(held?.oldSecretHash).toBeDefined();
    const { out } = await run('show', 'web1');
    expect(out).toMatch(/old cert +valid until 2026-11-25/);
    expect(out).toContain(fingerprint);
    const third = put('third.crt');
    expect((await run('rotate', 'web1', '--certificate', 'third.crt', '--keep-old', '1h')).err).toContain(
      '--end-old',
    );
    expect((await run('rotate', 'web1', '--certificate', 'third.crt')).out).toContain(third);
    expect((await run('show', 'web1')).out).not.toContain('old cert');
  });

  test('makes no password for it, and gives none that has one a certificate', async () => {
    const bare = await run('rotate', 'web1');
    expect(bare).toMatchObject({ code: 1 });
    expect(bare.err).toMatch(
      /no password to replace[^]*relayctl credential rotate crd_\w+ --certificate FILE/,
    );
    await run('add', '--name', 'app');
    put('app.crt', { name: 'app' });
    const other = await run('rotate', 'app', '--certificate', 'app.crt');
    expect(other).toMatchObject({ code: 1 });
    expect(other.err).toContain('logs in with a secret, not by a certificate');
    expect(await run('rotate', 'web1', '--end-old', '--certificate', 'app.crt')).toMatchObject({ code: 2 });
  });

  test('refuses the one that it has, and the one of another', async () => {
    expect((await run('rotate', 'web1', '--certificate', 'web1.crt')).err).toContain(
      'has this certificate already',
    );
    put('web2.crt');
    await run('add', '--name', 'web2', '--certificate', 'web2.crt');
    expect((await run('rotate', 'web1', '--certificate', 'web2.crt')).err).toContain(
      'credential web2 of account',
    );
  });
});

describe('before a certificate ends', () => {
  test('list and config check say so, as of one that a client has shown', async () => {
    put('soon.crt', { notAfterMs: NOW_MS + 9 * DAY_MS });
    put('late.crt');
    await run('add', '--name', 'soon', '--certificate', 'soon.crt');
    await run('add', '--name', 'late', '--certificate', 'late.crt');
    const bare = made({ key: 'ed25519' });
    const { id } = await json('add', '--name', 'bare', '--certificate', formatFingerprint(bare.fingerprint));
    const certificate = { subject: 'CN=bare', notAfterMs: NOW_MS - DAY_MS };
    await stage.store.usage.recordUses([
      {
        ...{ credentialId: id, atMs: NOW_MS - 2 * DAY_MS, address: '192.0.2.7', name: 'web1.example' },
        ...{ tls: 'TLSv1.3', withOldSecret: false, certificate },
      },
    ]);
    const { out } = await run('list');
    expect(out).toMatch(/soon .*certificate ends in 9 d/);
    expect(out).toMatch(/bare .*certificate expired/);
    expect(out).toMatch(/late .* active /);
    expect(await json('show', 'bare')).toMatchObject({
      certificate: { subject: 'CN=bare', not_after: '2026-11-23T06:12:31.000Z' },
    });
    const { warnings } = (await stage.json('config', 'check')) as { readonly warnings: readonly string[] };
    const told = warnings.filter((warning) => warning.includes('client certificate'));
    expect(told).toHaveLength(2);
    expect(told.join('\n')).toMatch(
      /of credential bare of default expired at .*: relayctl credential rotate crd_\w+ --certificate FILE/,
    );
    expect(told.join('\n')).toMatch(/of credential soon of default ends at /);
  });
});
