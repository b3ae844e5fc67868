import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  certificateProblems,
  type Certificate,
  type CertificateFacts,
  type CertificateFailure,
  type IssuedFacts,
} from '../../../src/policy/certificate.ts';
import { certificate } from '../../../src/policy/checks/certificate.ts';
import { mayReach } from '../../../src/policy/file-rights.ts';

const NOW = Date.UTC(2026, 10, 24);
const DAY = 86_400_000;
const GOOD: Certificate = {
  notBeforeMs: NOW - 30 * DAY,
  notAfterMs: NOW + 60 * DAY,
  names: ['mail.example.org', 'smtp.example.org'],
  coversHostname: true,
};

function problems(
  certificate: Partial<Certificate> | undefined,
  failure?: CertificateFailure,
  facts: Partial<CertificateFacts> = {},
) {
  return certificateProblems(
    {
      cert: '/etc/tls/fullchain.pem',
      key: '/etc/tls/privkey.pem',
      hostname: 'mail.example.org',
      user: 'postern',
      certificate: certificate && { ...GOOD, ...certificate },
      failure,
      ...facts,
    },
    NOW,
  );
}

describe('problems of a certificate', () => {
  test('are none where it is valid, for the host, and in time', () => {
    expect(problems({})).toEqual([]);
  });

  test.each([
    [{ notAfterMs: NOW }, 'expired', 'expired on 2026-11-24'],
    [{ notBeforeMs: NOW + 1 }, 'not-yet-valid', 'is not valid before 2026-11-24T00:00:00.001Z'],
    [
      { notBeforeMs: NOW - 77 * DAY, notAfterMs: NOW + 13 * DAY },
      'expires-soon',
      'expires on 2026-12-07 and was not renewed',
    ],
    [{ notBeforeMs: NOW - 6 * DAY, notAfterMs: NOW + DAY }, 'expires-soon', 'expires on 2026-11-25'],
    [
      { coversHostname: false, names: ['a.test'] },
      'wrong-name',
      'is not for mail.example.org: it has a.test',
    ],
    [{ coversHostname: false, names: [] }, 'wrong-name', 'it has no name in its subjectAltName'],
  ] as const)('%o: %s, which is served all the same', (certificate, problem, words) => {
    const [found, ...others] = problems(certificate);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ problem, refusesStart: false });
    expect(found?.detail).toContain('the certificate /etc/tls/fullchain.pem');
    expect(found?.detail).toContain(words);
  });

  test('a certificate of six days is not called late on its second day', () => {
    expect(problems({ notBeforeMs: NOW - 2 * DAY, notAfterMs: NOW + 4 * DAY })).toEqual([]);
  });

  test('a name that clients may connect to is proposed as hostname, a wildcard or address is not', () => {
    const remedy = (names: readonly string[]) => problems({ coversHostname: false, names })[0]?.remedy;
    expect(remedy(['*.example.net', '192.0.2.1', 'mx.example.net'])).toContain(
      'set hostname = "mx.example.net"',
    );
    expect(remedy(['*.example.net', '2001:DB8::1'])).toBe('get a certificate for mail.example.org');
  });

  test('what leaves no certificate refuses the start and comes first', () => {
    const found = problems({ notAfterMs: NOW - DAY }, { kind: 'mismatch', file: '/etc/tls/privkey.pem' });
    expect(found.map(({ problem, refusesStart }) => [problem, refusesStart])).toEqual([
      ['mismatch', true],
      ['expired', false],
    ]);
    expect(found[0]?.detail).toBe(
      'the key in /etc/tls/privkey.pem does not belong to the certificate in /etc/tls/fullchain.pem',
    );
  });

  test.each([
    [{ kind: 'unreadable', file: '/x.pem', code: 'ENOENT' }, 'there is no file /x.pem'],
    [{ kind: 'unreadable', file: '/x.pem', code: 'EACCES' }, '/x.pem cannot be read by the user postern'],
    [{ kind: 'unreadable', file: '/x.pem', code: 'EIO' }, '/x.pem cannot be read (EIO)'],
    [{ kind: 'malformed', file: '/x.pem' }, '/x.pem holds no certificate that can be used'],
    [
      { kind: 'malformed', file: '/etc/tls/privkey.pem', code: 'ERR_X' },
      'holds no private key that can be used (ERR_X)',
    ],
  ] as const)('%o is said in words', (failure, words) => {
    const [found] = problems(undefined, failure);
    expect(found?.detail).toContain(words);
    expect(found?.remedy).not.toBe('');
    expect(`${found?.detail ?? ''}${found?.remedy ?? ''}`).not.toContain('\n');
  });
});

describe('certificates that come by ACME', () => {
  const LIFE = { notBeforeMs: NOW - 30 * DAY, notAfterMs: NOW + 60 * DAY };
  const FAILURE = { detail: 'the authority could not connect', remedy: 'open port 80' };
  const one = (changes: Partial<IssuedFacts>): IssuedFacts => ({
    name: 'mail.example.org',
    certificate: LIFE,
    failure: undefined,
    nextOrderMs: 0,
    ...changes,
  });
  const found = (issued: readonly IssuedFacts[], served: Partial<Certificate> = {}) =>
    problems(served, undefined, { cert: undefined, key: undefined, issued });

  test('are well where each name has one, and where a renewal failed that has time', () => {
    expect(found([one({}), one({ name: 'smtp.example.org', failure: FAILURE })])).toEqual([]);
  });

  test('are not called missing before an order has failed', () => {
    expect(found([one({ certificate: undefined })])).toEqual([]);
    expect(found([one({ certificate: undefined, failure: FAILURE })])).toEqual([
      {
        problem: 'not-issued',
        refusesStart: false,
        detail: 'there is no certificate for mail.example.org: the authority could not connect',
        remedy: 'open port 80',
      },
    ]);
  });

  test.each([
    [
      { certificate: { notBeforeMs: NOW - 77 * DAY, notAfterMs: NOW + 13 * DAY }, failure: FAILURE },
      'expires-soon',
      'open port 80',
    ],
    [{ certificate: { ...LIFE, notAfterMs: NOW } }, 'expired', 'relayctl certificate renew smtp.example.org'],
  ] as const)('%o: %s, with what failed', (changes, problem, remedy) => {
    const [said, ...others] = found([one({}), one({ name: 'smtp.example.org', ...changes })]);
    expect(others).toEqual([]);
    expect(said).toMatchObject({ problem, refusesStart: false });
    expect(said?.detail).toContain('the certificate for smtp.example.org');
    expect(said?.remedy).toContain(remedy);
  });

  test('the self-signed one that is served meanwhile is no matter of its own', () => {
    expect(found([one({ certificate: undefined })], { notAfterMs: NOW - DAY })).toEqual([]);
  });

  test('that do not cover the hostname are said', () => {
    const [said] = found([one({ name: 'smtp.example.org' })], {
      coversHostname: false,
      names: ['smtp.example.org'],
    });
    expect(said).toMatchObject({ problem: 'wrong-name' });
    expect(said?.remedy).toContain('add mail.example.org to acme.names');
  });

  test('the check names each with its days, and a renewal that failed', () => {
    const facts = {
      cert: undefined,
      key: undefined,
      hostname: 'mail.example.org',
      user: 'postern',
      failure: undefined,
    };
    const issued = [one({ failure: FAILURE }), one({ name: 'smtp.example.org', certificate: undefined })];
    expect(certificate.look({ ...facts, certificate: GOOD, issued }, NOW)).toEqual({
      ok: true,
      detail:
        'the certificate for mail.example.org is valid for another 60 days (its renewal failed, and is tried again: ' +
        'the authority could not connect); the certificate for smtp.example.org is being ordered',
    });
  });
});

test("the remedy for a key of Let's Encrypt is a command that leaves relayd a copy of its own at each renewal", () => {
  const root = mkdtempSync(path.join(tmpdir(), 'postern-hook-'));
  try {
    const live = `${root}/letsencrypt/live/mail.example.org`;
    const failure = { kind: 'unreadable', file: `${live}/privkey.pem`, code: 'EACCES' } as const;
    const user = String(process.geteuid?.() ?? 0);
    const remedy = problems(undefined, failure, { user })[0]?.remedy ?? '';
    for (const folder of ['live/mail.example.org', 'live/other.example', 'renewal-hooks/deploy'])
      mkdirSync(`${root}/letsencrypt/${folder}`, { recursive: true });
    for (const name of ['fullchain.pem', 'privkey.pem']) writeFileSync(`${live}/${name}`, `${name} one`);
    // As it is typed, but for where the copy goes.
    const command = remedy
      .slice(remedy.indexOf('printf'), remedy.indexOf('; then set'))
      .replaceAll('/etc/postern', `${root}/postern`);
    execFileSync('sh', ['-ec', command]);
    const copy = `${root}/postern/tls/privkey.pem`;
    expect(readFileSync(copy, 'utf8')).toBe('privkey.pem one');
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(remedy).toContain('set tls.cert = "/etc/postern/tls/fullchain.pem"');

    writeFileSync(`${live}/privkey.pem`, 'two');
    const hook = `${root}/letsencrypt/renewal-hooks/deploy/postern`;
    const renew = (lineage: string) =>
      execFileSync(hook, { env: { ...process.env, RENEWED_LINEAGE: lineage } });
    renew(`${root}/letsencrypt/live/other.example`);
    expect(readFileSync(copy, 'utf8')).toBe('privkey.pem one');
    renew(live);
    expect(readFileSync(copy, 'utf8')).toBe('two');
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('the file of another is reached by the bits that are for the user, in every folder above', () => {
  const of = (uid: number, gid: number, mode: number) => ({ uid, gid, mode });
  const open = of(0, 0, 0o755);
  expect(mayReach(of(0, 0, 0o644), [open, open], 998, 998)).toBe(true);
  expect(mayReach(of(0, 0, 0o600), [open], 998, 998)).toBe(false);
  expect(mayReach(of(998, 0, 0o600), [open], 998, 998)).toBe(true);
  expect(mayReach(of(0, 998, 0o640), [open], 998, 998)).toBe(true);
  // live/ of Let's Encrypt.
  expect(mayReach(of(0, 0, 0o644), [of(0, 0, 0o700), open], 998, 998)).toBe(false);
  expect(mayReach(of(0, 0, 0o600), [of(0, 0, 0o700)], 0, 0)).toBe(true);
  // The owner's own bits count, not those of others.
  expect(mayReach(of(998, 0, 0o044), [open], 998, 998)).toBe(false);
});
