/**
 * Looking up accounts, domains, keys, credentials, streams and suppressions on a read-only connection. Nothing is kept:
 * that is store/directory-snapshot.ts.
 */
import type { Database } from 'better-sqlite3';
import type { DirectoryReader } from '../../directory.ts';
import type { SuppressionReader } from '../../suppressions.ts';
import type { UsageReader } from '../../usage.ts';
import type { AccountRow, CredentialRow, DkimKeyRow, DomainRow, StreamRow } from './directory-rows.ts';
import { accountOf, credentialOf, dkimKeyOf, DOMAIN, domainOf, HOLDS, streamOf } from './directory-rows.ts';
import { Suppressions } from './suppressions.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

const CREDENTIAL = `SELECT c.*, a.public_id AS account_public_id, a.name AS account_name
  FROM credential c JOIN account a ON a.id = c.account_id`;
const STREAM =
  'SELECT s.*, a.public_id AS account_public_id FROM stream s JOIN account a ON a.id = s.account_id';

/** On `db`, which may be read-only. */
export function createDirectoryReader(db: Database): Reader {
  return {
    ...accountsOf(db),
    ...domainsOf(db),
    ...credentialsOf(db),
    ...streamsOf(db),
    ...suppressionsOf(db),
  };
}

type Reader = Direct<DirectoryReader & SuppressionReader & UsageReader>;

function accountsOf(db: Database): Pick<Reader, 'accountByName' | 'listAccounts' | 'latestVersion'> {
  const version = pluck<[], number>(db, 'SELECT directory_version FROM counter');
  const accountByName = prepare<[string], AccountRow>(db, 'SELECT * FROM account WHERE name = ?');
  const accounts = prepare<[], AccountRow>(db, 'SELECT * FROM account ORDER BY name');
  return {
    accountByName: (name) => found(accountByName.get(name), accountOf),
    listAccounts: () => accounts.all().map(accountOf),
    latestVersion: () => version.get() ?? 0,
  };
}

function domainsOf(
  db: Database,
): Pick<Reader, 'findDomain' | 'domainHolder' | 'oldestVerifiedDomain' | 'listDomains' | 'dkimKeys'> {
  const ownDomain = prepare<[string, string], DomainRow>(
    db,
    `${DOMAIN} WHERE a.public_id = ? AND d.name = ?`,
  );
  const holder = prepare<[string], DomainRow>(db, `${DOMAIN} WHERE d.name = ? AND ${HOLDS}`);
  const oldest = prepare<[string], DomainRow>(
    db,
    `${DOMAIN} WHERE a.public_id = ? AND d.verified_at IS NOT NULL ORDER BY d.created_at, d.id LIMIT 1`,
  );
  const domains = prepare<[string], DomainRow>(db, `${DOMAIN} WHERE a.public_id = ? ORDER BY d.name`);
  const keys = prepare<[string], DkimKeyRow>(
    db,
    `SELECT k.*, d.name AS domain FROM dkim_key k JOIN domain d ON d.id = k.domain_id
     WHERE d.public_id = ? ORDER BY k.algorithm = 'rsa-sha256' DESC, k.created_at, k.selector`,
  );
  return {
    findDomain: (accountId, name) => found(ownDomain.get(accountId, name), domainOf),
    domainHolder: (name) => found(holder.get(name), domainOf),
    oldestVerifiedDomain: (accountId) => found(oldest.get(accountId), domainOf),
    listDomains: (accountId) => domains.all(accountId).map(domainOf),
    dkimKeys: (domainId) => keys.all(domainId).map(dkimKeyOf),
  };
}

function credentialsOf(
  db: Database,
): Pick<
  Reader,
  | 'credentialByUsername'
  | 'credentialBySecretHash'
  | 'findCredential'
  | 'listCredentials'
  | 'credentialsChangedSince'
  | 'networkCredentials'
  | 'recipientsOfDay'
> {
  const credentialByUsername = prepare<[string], CredentialRow>(db, `${CREDENTIAL} WHERE c.username = ?`);
  const credentialBySecret = prepare<[Uint8Array], CredentialRow>(
    db,
    `${CREDENTIAL} WHERE c.secret_hash = ? AND c.kind = 'api'`,
  );
  const credentialById = prepare<[string, string], CredentialRow>(
    db,
    `${CREDENTIAL} WHERE a.public_id = ? AND c.public_id = ?`,
  );
  const credentialByName = prepare<[string, string], CredentialRow>(
    db,
    `${CREDENTIAL} WHERE a.public_id = ? AND c.name = ? ORDER BY c.revoked_at IS NOT NULL, c.id DESC LIMIT 1`,
  );
  const credentials = prepare<[string], CredentialRow>(
    db,
    `${CREDENTIAL} WHERE a.public_id = ? ORDER BY c.id`,
  );
  const changedCredentials = pluck<[number], string>(
    db,
    'SELECT public_id FROM credential WHERE version > ?',
  );
  const networks = prepare<[], CredentialRow>(
    db,
    `${CREDENTIAL} WHERE c.kind = 'network' AND c.revoked_at IS NULL ORDER BY c.id`,
  );
  const usage = pluck<[string, number], number>(
    db,
    `SELECT u.recipients FROM credential_usage u JOIN credential c ON c.id = u.credential_id
       WHERE c.public_id = ? AND u.day = ?`,
  );
  return {
    credentialByUsername: (username) => found(credentialByUsername.get(username), credentialOf),
    credentialBySecretHash: (hash) => found(credentialBySecret.get(hash), credentialOf),
    findCredential: (accountId, idOrName) =>
      found(
        credentialById.get(accountId, idOrName) ?? credentialByName.get(accountId, idOrName),
        credentialOf,
      ),
    listCredentials: (accountId) => credentials.all(accountId).map(credentialOf),
    credentialsChangedSince: (version) => changedCredentials.all(version),
    networkCredentials: (nowMs) =>
      networks
        .all()
        .map(credentialOf)
        .filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs),
    recipientsOfDay: (credentialId, day) => usage.get(credentialId, day) ?? 0,
  };
}

function streamsOf(db: Database): Pick<Reader, 'streamByName' | 'listStreams'> {
  const streamByName = prepare<[string, string], StreamRow>(
    db,
    `${STREAM} WHERE a.public_id = ? AND s.name = ?`,
  );
  const streams = prepare<[string], StreamRow>(db, `${STREAM} WHERE a.public_id = ? ORDER BY s.name`);
  return {
    streamByName: (accountId, name) => found(streamByName.get(accountId, name), streamOf),
    listStreams: (accountId) => streams.all(accountId).map(streamOf),
  };
}

function suppressionsOf(db: Database): Pick<Reader, 'suppressionFor' | 'listSuppressions'> {
  const suppressions = new Suppressions(db);
  return {
    suppressionFor: (accountId, stream, address, nowMs) =>
      suppressions.find(accountId, stream, address, nowMs),
    listSuppressions: (accountId, after, limit) => suppressions.list(accountId, after ?? '', limit),
  };
}

function found<R, T>(row: R | undefined, make: (row: R) => T): T | undefined {
  return row === undefined ? undefined : make(row);
}
