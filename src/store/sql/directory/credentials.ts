/** Credentials: looked up by what a client presents, listed, added and changed. */
import { StoreError } from '../../errors.ts';
import type { Credential, CredentialTerms } from '../../directory-records.ts';
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import type { UsageReader } from '../../usage.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { changeDirectory } from './change.ts';
import { credentialOf, type CredentialRow } from './directory-rows.ts';

const CREDENTIAL = `SELECT c.*, a.public_id AS account_public_id, a.name AS account_name
  FROM credential c JOIN account a ON a.id = c.account_id`;
const BY_USERNAME = statement<{ username: string }, CredentialRow>(
  `${CREDENTIAL} WHERE c.username = :username`,
);
const BY_SECRET = statement<{ hash: Uint8Array }, CredentialRow>(
  `${CREDENTIAL} WHERE c.secret_hash = :hash AND c.kind = 'api'`,
);
const BY_ID = statement<{ account: string; id: string }, CredentialRow>(
  `${CREDENTIAL} WHERE a.public_id = :account AND c.public_id = :id`,
);
const BY_NAME = statement<{ account: string; name: string }, CredentialRow>(
  `${CREDENTIAL} WHERE a.public_id = :account AND c.name = :name ORDER BY c.revoked_at IS NOT NULL, c.id DESC LIMIT 1`,
);
const OF_ACCOUNT = statement<{ account: string; after: string; limit: number }, CredentialRow>(
  `${CREDENTIAL} WHERE c.account_id = (SELECT id FROM account WHERE public_id = :account)
   AND c.id > CASE WHEN :after = '' THEN 0 ELSE (SELECT id FROM credential WHERE public_id = :after) END
   ORDER BY c.id LIMIT :limit`,
);
const EXPIRING = statement<{ account: string; from: number; to: number; limit: number }, CredentialRow>(
  `${CREDENTIAL} WHERE a.public_id = :account AND c.revoked_at IS NULL AND c.expires_at BETWEEN :from AND :to
   ORDER BY c.expires_at, c.id LIMIT :limit`,
);
const CHANGED = statement<{ version: number }, { id: string }>(
  'SELECT public_id AS id FROM credential WHERE version > :version',
);
const NETWORKS = statement<NoValues, CredentialRow>(
  `${CREDENTIAL} WHERE c.kind = 'network' AND c.revoked_at IS NULL ORDER BY c.id`,
);
const USAGE = statement<{ id: string; day: number }, { recipients: number }>(
  `SELECT u.recipients FROM credential_usage u JOIN credential c ON c.id = u.credential_id
   WHERE c.public_id = :id AND u.day = :day`,
);

const INSERT = statement<{
  id: string;
  account: number;
  kind: string;
  name: string;
  username: string | undefined;
  hash: Uint8Array | undefined;
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
  expires: number | undefined;
  revoked: number | undefined;
  at: number;
}>(
  `INSERT INTO credential (public_id, account_id, kind, name, username, secret_hash, networks, domains, from_addresses,
     scopes, stream, rate_per_minute, daily_quota, require_tls, send_dsn, dsn_to, expires_at, revoked_at, created_at)
   VALUES (:id, :account, :kind, :name, :username, :hash, :networks, :domains, :from,
     :scopes, :stream, :rate, :quota, :tls, :dsn, :dsnTo, :expires, :revoked, :at)`,
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
  stream: string;
  rate: number | undefined;
  quota: number | undefined;
  tls: number;
  dsn: number;
  dsnTo: string | undefined;
  expires: number | undefined;
}>(
  `UPDATE credential SET domains = :domains, from_addresses = :from, networks = :networks, scopes = :scopes,
     stream = :stream, rate_per_minute = :rate, daily_quota = :quota, require_tls = :tls, send_dsn = :dsn, dsn_to = :dsnTo,
     expires_at = :expires
   WHERE public_id = :id AND version = :version AND revoked_at IS NULL`,
);
const STANDING = statement<{ id: string }, { version: number }>(
  'SELECT version FROM credential WHERE public_id = :id AND revoked_at IS NULL',
);
const REPLACE_SECRET = statement<{ id: string; hash: Uint8Array }>(
  'UPDATE credential SET secret_hash = :hash WHERE public_id = :id AND revoked_at IS NULL',
);

type Reads = Pick<
  DirectoryReader,
  | 'credentialByUsername'
  | 'credentialBySecretHash'
  | 'findCredential'
  | 'listCredentials'
  | 'credentialsExpiring'
  | 'credentialsChangedSince'
  | 'networkCredentials'
>;

export const credentialReads: StepsOf<Reads & UsageReader> = {
  *credentialByUsername(username) {
    const row = yield* one(BY_USERNAME, { username });
    return row && credentialOf(row);
  },
  *credentialBySecretHash(hash) {
    const row = yield* one(BY_SECRET, { hash });
    return row && credentialOf(row);
  },
  *findCredential(account, idOrName) {
    const row =
      (yield* one(BY_ID, { account, id: idOrName })) ?? (yield* one(BY_NAME, { account, name: idOrName }));
    return row && credentialOf(row);
  },
  *listCredentials(account, after = '', limit) {
    return (yield* all(OF_ACCOUNT, { account, after, limit })).map(credentialOf);
  },
  *credentialsExpiring(account, fromMs, toMs, limit) {
    const [from, to] = [Math.floor(fromMs), Math.floor(toMs)];
    return (yield* all(EXPIRING, { account, from, to, limit })).map(credentialOf);
  },
  *credentialsChangedSince(version) {
    return (yield* all(CHANGED, { version })).map(({ id }) => id);
  },
  *networkCredentials() {
    return (yield* all(NETWORKS, {})).map(credentialOf);
  },
  *recipientsOfDay(id, day) {
    return (yield* one(USAGE, { id, day }))?.recipients ?? 0;
  },
};

type Writes = Pick<
  DirectoryWriter,
  'addCredential' | 'revokeCredential' | 'changeCredential' | 'replaceCredentialSecret'
>;

export const credentialWrites: StepsOf<Writes> = {
  addCredential(credential, actor) {
    const { id, kind, name, createdAtMs } = credential;
    const subject = `${id} ${kind} ${name}`;
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
    const others = Object.entries(terms).map(([name, value]) => `${name} ${value ?? 'none'}`);
    const subject = [
      `${id} domains ${domains} from`,
      ...allowed.fromAddresses.map((text) => ({ text })),
      `networks ${networks} scopes ${scopes} ${others.join(' ')}`,
    ];
    return changeDirectory(
      { atMs, actor, action: 'credential change', subject, account: { of: 'credential', id } },
      (function* () {
        if ((yield* run(CHANGE, { id, version, domains, from, networks, scopes, ...terms })) > 0) return;
        if ((yield* one(STANDING, { id })) === undefined) throw missing(id, STANDING_ONLY);
        throw new StoreError('conflict', `credential ${id} was changed meanwhile: look at it and try again`);
      })(),
    );
  },
  replaceCredentialSecret: (id, hash, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'credential rotate', subject: id, account: { of: 'credential', id } },
      expectOne(run(REPLACE_SECRET, { id, hash }), id, STANDING_ONLY),
    ),
};

const STANDING_ONLY = ' that is not revoked';

function* insert(credential: Credential): Steps<void> {
  yield* run(INSERT, {
    id: credential.id,
    account: yield* accountKeyOf(credential.accountId),
    kind: credential.kind,
    name: credential.name,
    username: credential.username,
    hash: credential.secretHash,
    networks: JSON.stringify(credential.networks),
    domains: JSON.stringify(credential.domains),
    from: JSON.stringify(credential.fromAddresses),
    scopes: JSON.stringify(credential.scopes),
    ...termColumns(credential),
    revoked: rounded(credential.revokedAtMs),
    at: Math.round(credential.createdAtMs),
  });
}

function termColumns(terms: CredentialTerms) {
  return {
    stream: terms.stream,
    rate: terms.ratePerMinute,
    quota: terms.dailyQuota,
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

function rounded(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : Math.round(atMs);
}
