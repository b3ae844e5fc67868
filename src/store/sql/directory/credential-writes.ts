/** Credentials: added, changed, given another secret and revoked. */
import { formatFingerprint, type CertificateFacts } from '../../../policy/client-certificate.ts';
import { StoreError } from '../../errors.ts';
import type { Credential, CredentialTerms } from '../../directory-records.ts';
import type { DirectoryWriter } from '../../directory.ts';
import { statement } from '../statement.ts';
import { one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { changeDirectory } from './change.ts';
import { credentialSubject } from './credential-subject.ts';
import { secretReplaced } from './credential-use.ts';

const INSERT = statement<{
  id: string;
  account: number;
  kind: string;
  name: string;
  username: string | undefined;
  hash: Uint8Array | undefined;
  byCertificate: number;
  subject: string | undefined;
  until: number | undefined;
  key: string | undefined;
  networks: string;
  domains: string;
  from: string;
  scopes: string;
  stream: string;
  rate: number | undefined;
  quota: number | undefined;
  tls: number;
  dsn: number;
  dsnTo: string | undefined;
  limits: string;
  expires: number | undefined;
  revoked: number | undefined;
  at: number;
}>(
  `INSERT INTO credential (public_id, account_id, kind, name, username, secret_hash, secret_key, by_certificate,
     certificate_subject, certificate_until, networks, domains, from_addresses,
     scopes, stream, rate_per_minute, daily_quota, limits, require_tls, send_dsn, dsn_to, expires_at, revoked_at, created_at)
   VALUES (:id, :account, :kind, :name, :username, :hash, :key, :byCertificate, :subject, :until, :networks, :domains, :from,
     :scopes, :stream, :rate, :quota, :limits, :tls, :dsn, :dsnTo, :expires, :revoked, :at)`,
);
const REVOKE = statement<{ id: string; at: number }>(
  'UPDATE credential SET revoked_at = coalesce(revoked_at, :at) WHERE public_id = :id',
);
const CHANGE = statement<{
  id: string;
  version: number;
  domains: string;
  from: string;
  networks: string;
  scopes: string;
  name: string;
  stream: string;
  rate: number | undefined;
  quota: number | undefined;
  limits: string;
  tls: number;
  dsn: number;
  dsnTo: string | undefined;
  expires: number | undefined;
}>(
  `UPDATE credential SET domains = :domains, from_addresses = :from, networks = :networks, scopes = :scopes,
     name = :name, stream = :stream, rate_per_minute = :rate, daily_quota = :quota, limits = :limits,
     require_tls = :tls, send_dsn = :dsn, dsn_to = :dsnTo, expires_at = :expires
   WHERE public_id = :id AND version = :version AND revoked_at IS NULL`,
);
const STANDING = statement<{ id: string }, { version: number }>(
  'SELECT version FROM credential WHERE public_id = :id AND revoked_at IS NULL',
);
type NewSecret = {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly key: string | undefined;
  readonly subject: string | undefined;
  readonly certificateUntil: number | undefined;
};
const REPLACE_SECRET = statement<NewSecret>(
  `UPDATE credential SET secret_hash = :hash, secret_key = :key,
     old_secret_hash = NULL, old_secret_key = NULL, old_secret_until = NULL,
     certificate_subject = :subject, certificate_until = :certificateUntil
   WHERE public_id = :id AND revoked_at IS NULL`,
);
const ADD_SECRET = statement<NewSecret & { until: number; at: number }>(
  `UPDATE credential SET secret_hash = :hash, secret_key = :key,
     old_secret_hash = secret_hash, old_secret_key = secret_key, old_secret_until = :until,
     certificate_subject = :subject, certificate_until = :certificateUntil
   WHERE public_id = :id AND revoked_at IS NULL AND (old_secret_until IS NULL OR old_secret_until <= :at)`,
);
const END_OLD_SECRET = statement<{ id: string; at: number }>(
  `UPDATE credential SET old_secret_hash = NULL, old_secret_key = NULL, old_secret_until = NULL
   WHERE public_id = :id AND revoked_at IS NULL AND old_secret_until > :at`,
);

/** With one index each: a condition with OR would read the table. */
const CERTIFICATE_HELD = statement<{ hash: Uint8Array; self: string; at: number }, { id: string }>(
  `SELECT public_id AS id FROM credential
   WHERE secret_hash = :hash AND by_certificate = 1 AND revoked_at IS NULL AND public_id <> :self
   UNION ALL
   SELECT public_id FROM credential
   WHERE old_secret_hash = :hash AND by_certificate = 1 AND revoked_at IS NULL AND public_id <> :self
     AND old_secret_until > :at
   LIMIT 1`,
);

type Writes = Pick<
  DirectoryWriter,
  'addCredential' | 'revokeCredential' | 'changeCredential' | 'replaceCredentialSecret' | 'endOldSecret'
>;

export const credentialWrites: StepsOf<Writes> = {
  addCredential(credential, actor) {
    const { id, kind, name, createdAtMs } = credential;
    const { certificate, secretHash } = credential;
    const what = `${id} ${kind} ${name}${certificateWords(certificate && secretHash)}`;
    const subject = credentialSubject(what, credential);
    return changeDirectory(
      { atMs: createdAtMs, actor, action: 'credential add', subject, account: credential.accountId },
      insert(credential),
    );
  },
  revokeCredential: (id, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'credential revoke', subject: id, account: { of: 'credential', id } },
      expectOne(run(REVOKE, { id, at: Math.round(atMs) }), id, ''),
    ),
  changeCredential({ id, version }, allowed, atMs, actor) {
    const [domains = '', from = '', networks = '', scopes = ''] = [
      allowed.domains,
      allowed.fromAddresses,
      allowed.networks,
      allowed.scopes,
    ].map((list) => JSON.stringify(list));
    const terms = termColumns(allowed);
    const subject = credentialSubject(`${id} name ${allowed.name}`, allowed);
    return changeDirectory(
      { atMs, actor, action: 'credential change', subject, account: { of: 'credential', id } },
      (function* () {
        const { name } = allowed;
        const changed = run(CHANGE, { id, version, name, domains, from, networks, scopes, ...terms });
        yield* expectChange(changed, id, 'was changed meanwhile: look at it and try again');
      })(),
    );
  },
  replaceCredentialSecret: (id, hash, atMs, actor, keepOldUntilMs, certificate, key) =>
    changeDirectory(
      {
        atMs,
        actor,
        action: 'credential rotate',
        subject:
          id +
          certificateWords(certificate && hash) +
          (keepOldUntilMs === undefined ? '' : ` old secret until ${timeOf(keepOldUntilMs)}`),
        account: { of: 'credential', id },
      },
      (function* () {
        const keeps = keepOldUntilMs !== undefined;
        if (certificate !== undefined) yield* expectUnheld(hash, id, atMs);
        const { subject, until: certificateUntil } = certificateColumns(certificate);
        const secret = { id, hash, key, subject, certificateUntil };
        const replaced = keeps
          ? run(ADD_SECRET, { ...secret, until: Math.round(keepOldUntilMs), at: Math.round(atMs) })
          : run(REPLACE_SECRET, secret);
        yield* expectChange(replaced, id, 'has an old secret that is still valid');
        yield* secretReplaced(id, keeps);
      })(),
    ),
  endOldSecret: (id, atMs, actor) =>
    changeDirectory(
      {
        atMs,
        actor,
        action: 'credential rotate',
        subject: `${id} old secret ended`,
        account: { of: 'credential', id },
      },
      expectChange(run(END_OLD_SECRET, { id, at: Math.round(atMs) }), id, 'has no old secret'),
    ),
};

const STANDING_ONLY = ' that is not revoked';

/** StoreError when `steps` changed no row: `not-found` or, for one that is not revoked, `conflict`. */
function* expectChange(steps: Steps<number>, id: string, why: string): Steps<void> {
  if ((yield* steps) > 0) return;
  if ((yield* one(STANDING, { id })) === undefined) throw missing(id, STANDING_ONLY);
  throw new StoreError('conflict', `credential ${id} ${why}`);
}

/** StoreError `conflict` when another credential in force has the certificate: whoever shows it could be either. */
function* expectUnheld(hash: Uint8Array, self: string, atMs: number): Steps<void> {
  const held = yield* one(CERTIFICATE_HELD, { hash, self, at: Math.round(atMs) });
  if (held !== undefined) throw new StoreError('conflict', `credential ${held.id} has this certificate`);
}

function* insert(credential: Credential): Steps<void> {
  const { id, certificate, secretHash, createdAtMs } = credential;
  if (certificate !== undefined && secretHash !== undefined) yield* expectUnheld(secretHash, id, createdAtMs);
  yield* run(INSERT, {
    id,
    account: yield* accountKeyOf(credential.accountId),
    kind: credential.kind,
    name: credential.name,
    username: credential.username,
    hash: credential.secretHash,
    byCertificate: certificate === undefined ? 0 : 1,
    ...certificateColumns(certificate),
    key: credential.secretKey,
    networks: JSON.stringify(credential.networks),
    domains: JSON.stringify(credential.domains),
    from: JSON.stringify(credential.fromAddresses),
    scopes: JSON.stringify(credential.scopes),
    ...termColumns(credential),
    revoked: rounded(credential.revokedAtMs),
    at: Math.round(createdAtMs),
  });
}

function certificateColumns(certificate: CertificateFacts | undefined) {
  return { subject: certificate?.subject, until: rounded(certificate?.notAfterMs) };
}

function certificateWords(fingerprint: Uint8Array | undefined): string {
  return fingerprint === undefined ? '' : ` certificate ${formatFingerprint(fingerprint)}`;
}

function termColumns(terms: Omit<CredentialTerms, 'name'>) {
  return {
    stream: terms.stream,
    rate: terms.ratePerMinute,
    quota: terms.dailyQuota,
    limits: JSON.stringify(terms.limits ?? {}),
    tls: terms.requireTls ? 1 : 0,
    dsn: terms.sendDsn ? 1 : 0,
    dsnTo: terms.dsnTo,
    expires: rounded(terms.expiresAtMs),
  };
}

/** StoreError `not-found` when `steps` changed no row. */
function* expectOne(steps: Steps<number>, id: string, which: string): Steps<void> {
  if ((yield* steps) === 0) throw missing(id, which);
}

function missing(id: string, which: string): StoreError {
  return new StoreError('not-found', `there is no credential ${id}${which}`);
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

function rounded(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : Math.round(atMs);
}
