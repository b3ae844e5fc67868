/** Credentials: looked up by what a client presents, and listed. Each comes with its account's limits. */
import type { DirectoryReader } from '../../directory.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, type StepsOf } from '../steps.ts';
import { credentialOf, type CredentialRow } from './directory-rows.ts';

const CREDENTIAL = `SELECT c.*, a.public_id AS account_public_id, a.name AS account_name,
    a.limits AS account_limits, a.storage AS account_storage
  FROM credential c JOIN account a ON a.id = c.account_id`;
const BY_USERNAME = statement<{ username: string }, CredentialRow>(
  `${CREDENTIAL} WHERE c.username = :username`,
);
const BY_SECRET = statement<{ hash: Uint8Array }, CredentialRow>(
  `${CREDENTIAL} WHERE c.secret_hash = :hash AND c.kind = 'api'`,
);
const BY_OLD_SECRET = statement<{ hash: Uint8Array }, CredentialRow>(
  `${CREDENTIAL} WHERE c.old_secret_hash = :hash AND c.kind = 'api'`,
);
const BY_CERTIFICATE = statement<{ hash: Uint8Array }, CredentialRow>(
  `${CREDENTIAL} WHERE c.secret_hash = :hash AND c.by_certificate = 1
   ORDER BY c.revoked_at IS NOT NULL, c.id DESC LIMIT 1`,
);
const BY_OLD_CERTIFICATE = statement<{ hash: Uint8Array }, CredentialRow>(
  `${CREDENTIAL} WHERE c.old_secret_hash = :hash AND c.by_certificate = 1
   ORDER BY c.revoked_at IS NOT NULL, c.id DESC LIMIT 1`,
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
const GONE = statement<NoValues, { version: number }>(
  'SELECT credentials_gone AS version FROM counter WHERE id = 1',
);
const NETWORKS = statement<NoValues, CredentialRow>(
  `${CREDENTIAL} WHERE c.kind = 'network' AND c.revoked_at IS NULL ORDER BY c.id`,
);
type Reads = Pick<
  DirectoryReader,
  | 'credentialByUsername'
  | 'credentialBySecretHash'
  | 'credentialByCertificate'
  | 'findCredential'
  | 'listCredentials'
  | 'credentialsExpiring'
  | 'credentialsChangedSince'
  | 'networkCredentials'
>;

export const credentialReads: StepsOf<Reads> = {
  *credentialByUsername(username) {
    const row = yield* one(BY_USERNAME, { username });
    return row && credentialOf(row);
  },
  *credentialBySecretHash(hash) {
    const row = (yield* one(BY_SECRET, { hash })) ?? (yield* one(BY_OLD_SECRET, { hash }));
    return row && credentialOf(row);
  },
  *credentialByCertificate(hash) {
    const current = yield* one(BY_CERTIFICATE, { hash });
    const old = current?.revoked_at === null ? undefined : yield* one(BY_OLD_CERTIFICATE, { hash });
    const row = current === undefined || old?.revoked_at === null ? (old ?? current) : current;
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
    if (((yield* one(GONE, {}))?.version ?? 0) > version) return undefined;
    return (yield* all(CHANGED, { version })).map(({ id }) => id);
  },
  *networkCredentials() {
    return (yield* all(NETWORKS, {})).map(credentialOf);
  },
};
