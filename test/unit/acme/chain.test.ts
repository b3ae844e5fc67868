import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeAlpnCertificate, makeCertificateRequest } from '../../../src/acme/certificates.ts';
import { checkChain } from '../../../src/acme/chain.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';

const NAME = 'mail.example.org';
const { cert, key } = await makeSelfSignedCertificate(NAME);
const other = await makeSelfSignedCertificate('ca.example');

function check(
  pem: string,
  changes: { readonly name?: string; readonly key?: string; readonly nowMs?: number } = {},
) {
  return checkChain({ pem, key, name: NAME, ...changes }, changes.nowMs ?? Date.now());
}

test('a certificate alone that is right is taken, and nothing that stood beside it', () => {
  expect(check(`subject=x\r\n${cert}# trailing\n`)).toEqual({ pem: cert });
});

test.each([
  ['', {}, 'holds no certificate'],
  ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', {}, 'cannot be read'],
  [cert.repeat(11), {}, 'holds 11 certificates'],
  [cert, { key: other.key }, 'is for another key'],
  [cert, { name: 'smtp.example.org' }, 'is not for smtp.example.org'],
  [cert, { nowMs: Date.now() + 4000 * 86_400_000 }, 'has expired'],
  [cert, { nowMs: Date.now() - 3 * 86_400_000 }, 'is not valid before'],
  [cert + other.cert, {}, 'is not signed by the next'],
  // A certificate that may issue none.
  [cert + cert, {}, 'is not signed by the next'],
])('%# is refused', (pem, changes, words) => {
  expect(check(pem, changes)).toMatchObject({ problem: expect.stringContaining(words) as string });
});

const openssl = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0;
  } catch {
    return false;
  }
})();

test.skipIf(!openssl)(
  'a chain that no listener can serve is refused: an intermediate with a weak key',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-chain-'));
    const at = (name: string) => path.join(folder, name);
    const run = (...words: readonly string[]) =>
      execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
    const { csr, key: own } = makeCertificateRequest(NAME);
    writeFileSync(at('csr'), Buffer.from(csr, 'base64url'));
    writeFileSync(at('leaf.ext'), `subjectAltName=DNS:${NAME}\n`);
    run(
      'req',
      '-x509',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=ca',
    );
    run(
      ...[
        'x509',
        '-req',
        '-inform',
        'DER',
        '-in',
        'csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
      ],
      ...['-out', 'leaf.pem', '-extfile', 'leaf.ext', '-subj', '/', '-days', '9'],
    );
    const chain = readFileSync(at('leaf.pem'), 'utf8') + readFileSync(at('ca.pem'), 'utf8');
    rmSync(folder, { recursive: true });
    expect(check(chain, { key: own })).toMatchObject({
      problem: expect.stringContaining('cannot be served') as string,
    });
  },
);

test.skipIf(!openssl)('OpenSSL reads the request: its signature, its name, no subject', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-csr-'));
  const { csr } = makeCertificateRequest(NAME);
  writeFileSync(path.join(folder, 'csr'), Buffer.from(csr, 'base64url'));
  const text = execFileSync(
    'openssl',
    ['req', '-inform', 'DER', '-in', path.join(folder, 'csr'), '-noout', '-text', '-verify'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  rmSync(folder, { recursive: true });
  expect(text).toContain(`DNS:${NAME}`);
  expect(text).toMatch(/Subject: *\n/);
  expect(text).toContain('ASN1 OID: prime256v1');
});

test('the certificate of TLS-ALPN-01 holds the hash of the key authorization, critical', async () => {
  const made = await makeAlpnCertificate(NAME, 'token.thumbprint', {
    clock: systemClock,
    random: systemRandom,
  });
  const certificate = new X509Certificate(made.cert);
  expect(certificate.subjectAltName).toBe(`DNS:${NAME}`);
  const digest = createHash('sha256').update('token.thumbprint').digest('hex');
  // OID, TRUE, and an octet string in an octet string.
  expect(certificate.raw.toString('hex')).toContain(`06082b0601050507011f0101ff04220420${digest}`);
});
