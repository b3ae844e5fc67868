/**
 * Changes of accounts, domains, keys, credentials, streams and suppressions. Each is one operation of the group
 * commit: the change, its line in the audit log, and the directory's version, which readers' caches watch.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { CredentialLists } from '../../../policy/credential-change.ts';
import type { DirectoryWriter, DomainCheck } from '../../directory.ts';
import type { SealedWriter } from '../../sealed-secrets.ts';
import type { SuppressionWriter } from '../../suppressions.ts';
import { StoreError } from '../../errors.ts';
import type { Account, Credential, DkimKey, Domain, Stream } from '../../directory-records.ts';
import type { NewSuppression } from '../../suppression-records.ts';
import { Audit } from './audit.ts';
import type { Context } from '../engine/context.ts';
import { Domains } from './domains.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { pluck, prepare } from '../engine/prepare.ts';

/** Every account has these from its start. */
const FIRST_STREAMS = ['transactional', 'broadcast'] as const;
const STREAM_COLUMNS = ['account_id', 'name', 'kind', 'created_at'];

/** Adds `account` with its streams if there is none at all. Inside a transaction. */
export function insertFirstAccount(db: Database, account: Account): void {
  const accounts = pluck<[], number>(db, 'SELECT count(*) FROM account').get() ?? 0;
  if (accounts === 0) insertAccount(db, account);
}

function insertAccount(db: Database, { id, name, createdAtMs }: Account): void {
  const at = Math.round(createdAtMs);
  const { lastInsertRowid: key } = insertInto(db, 'account', ['public_id', 'name', 'created_at']).run(
    id,
    name,
    at,
  );
  const stream = insertInto(db, 'stream', STREAM_COLUMNS);
  for (const kind of FIRST_STREAMS) stream.run(key, kind, kind, at);
}

export class SqliteDirectoryWriter implements DirectoryWriter, SuppressionWriter, SealedWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #audit: Audit;
  readonly #bump: Statement;
  readonly #domains: Domains;
  readonly #insertCredential: Statement;
  readonly #revoke: Statement<[number, string]>;
  readonly #changeLists: Statement<[string, string, string, string, string, number]>;
  readonly #version: Statement<[string], number>;
  readonly #replaceSecret: Statement<[Uint8Array, string]>;
  readonly #insertStream: Statement;
  readonly #insertKeyCheck: Statement<[Uint8Array]>;

  constructor(context: Context, commits: GroupCommit) {
    const { db } = context;
    this.#context = context;
    this.#commits = commits;
    this.#audit = new Audit(db);
    this.#bump = prepare(db, 'UPDATE counter SET directory_version = directory_version + 1');
    this.#domains = new Domains(context);
    this.#insertCredential = insertInto(db, 'credential', [
      'public_id',
      'account_id',
      'kind',
      'name',
      'username',
      'secret_hash',
      'networks',
      'domains',
      'from_addresses',
      'scopes',
      'stream',
      'rate_per_minute',
      'daily_quota',
      'require_tls',
      'send_dsn',
      'dsn_to',
      'expires_at',
      'revoked_at',
      'created_at',
    ]);
    this.#revoke = prepare(
      db,
      'UPDATE credential SET revoked_at = coalesce(revoked_at, ?) WHERE public_id = ?',
    );
    this.#changeLists = prepare(
      db,
      `UPDATE credential SET domains = ?, from_addresses = ?, networks = ?, scopes = ?
       WHERE public_id = ? AND version = ? AND revoked_at IS NULL`,
    );
    this.#version = pluck<[string], number>(
      db,
      'SELECT version FROM credential WHERE public_id = ? AND revoked_at IS NULL',
    );
    this.#replaceSecret = prepare(
      db,
      'UPDATE credential SET secret_hash = ? WHERE public_id = ? AND revoked_at IS NULL',
    );
    this.#insertStream = insertInto(db, 'stream', STREAM_COLUMNS);
    this.#insertKeyCheck = prepare(db, 'INSERT OR IGNORE INTO master_key_check (id, sealed) VALUES (1, ?)');
  }

  addAccount(account: Account, actor: string): Promise<void> {
    return this.#change(actor, 'account add', account.name, () => insertAccount(this.#context.db, account));
  }

  addDomain(domain: Domain, keys: readonly DkimKey[], actor: string): Promise<void> {
    // The audit log says what it signs with, as it does of a credential's kind.
    const subject = [domain.name, ...keys.map(({ algorithm }) => algorithm)].join(' ');
    return this.#change(actor, 'domain add', subject, () => this.#domains.add(domain, keys));
  }

  recordDomainCheck(check: DomainCheck, actor: string): Promise<Domain> {
    return this.#change(actor, 'domain verify', subjectOf, () => {
      const { domain, former } = this.#domains.recordCheck(check);
      if (former !== undefined) this.#audit.record(check.atMs, actor, 'domain lose', subjectOf(former));
      return domain;
    });
  }

  async removeDomain(id: string, actor: string): Promise<void> {
    await this.#change(actor, 'domain remove', subjectOf, () => this.#domains.remove(id));
  }

  addCredential(credential: Credential, actor: string): Promise<void> {
    const subject = `${credential.id} ${credential.kind} ${credential.name}`;
    return this.#change(actor, 'credential add', subject, () => {
      this.#insertCredential.run(
        credential.id,
        this.#context.accounts.account(credential.accountId),
        credential.kind,
        credential.name,
        credential.username ?? null,
        credential.secretHash ?? null,
        JSON.stringify(credential.networks),
        JSON.stringify(credential.domains),
        JSON.stringify(credential.fromAddresses),
        JSON.stringify(credential.scopes),
        credential.stream,
        credential.ratePerMinute ?? null,
        credential.dailyQuota ?? null,
        credential.requireTls ? 1 : 0,
        credential.sendDsn ? 1 : 0,
        credential.dsnTo ?? null,
        credential.expiresAtMs ?? null,
        credential.revokedAtMs ?? null,
        Math.round(credential.createdAtMs),
      );
    });
  }

  revokeCredential(id: string, atMs: number, actor: string): Promise<void> {
    return this.#change(actor, 'credential revoke', id, () => {
      if (this.#revoke.run(Math.round(atMs), id).changes === 0) {
        throw new StoreError('not-found', `there is no credential ${id}`);
      }
    });
  }

  changeCredential(
    { id, version }: Pick<Credential, 'id' | 'version'>,
    { domains, fromAddresses, networks, scopes }: CredentialLists,
    actor: string,
  ): Promise<void> {
    const lists = [domains, fromAddresses, networks, scopes].map((list) => JSON.stringify(list));
    const [domain = '', from = '', network = '', scope = ''] = lists;
    const subject = `${id} domains ${domain} from ${from} networks ${network} scopes ${scope}`;
    return this.#change(actor, 'credential change', subject, () => {
      if (this.#changeLists.run(domain, from, network, scope, id, version).changes > 0) return;
      if (this.#version.get(id) === undefined)
        throw new StoreError('not-found', `there is no credential ${id} that is not revoked`);
      throw new StoreError('conflict', `credential ${id} was changed meanwhile: look at it and try again`);
    });
  }

  replaceCredentialSecret(id: string, secretHash: Uint8Array, actor: string): Promise<void> {
    return this.#change(actor, 'credential rotate', id, () => {
      if (this.#replaceSecret.run(secretHash, id).changes === 0) {
        throw new StoreError('not-found', `there is no credential ${id} that is not revoked`);
      }
    });
  }

  addStream(stream: Stream, actor: string): Promise<void> {
    return this.#change(actor, 'stream add', stream.name, () => {
      const accountKey = this.#context.accounts.account(stream.accountId);
      this.#insertStream.run(accountKey, stream.name, stream.kind, Math.round(stream.createdAtMs));
    });
  }

  addSuppression(suppression: NewSuppression, actor: string): Promise<void> {
    return this.#change(actor, 'suppression add', suppression.address, () => {
      const { accounts, suppressions } = this.#context;
      suppressions.put(accounts.account(suppression.accountId), suppression);
    });
  }

  removeSuppression(accountId: string, scope: string, address: string, actor: string): Promise<number> {
    return this.#change(actor, 'suppression remove', address, () => {
      const { accounts, suppressions } = this.#context;
      return suppressions.remove(accounts.account(accountId), address, scope);
    });
  }

  importSuppressions(all: readonly NewSuppression[], actor: string): Promise<number> {
    return this.#change(actor, 'suppression import', `${all.length} addresses`, () => {
      const { accounts, suppressions } = this.#context;
      return suppressions.putAllUnlessLonger(all, ({ accountId }) => accounts.account(accountId));
    });
  }

  keepMasterKeyCheck(sealed: Uint8Array): Promise<void> {
    const run = () => void this.#insertKeyCheck.run(sealed);
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }

  #change<T>(
    actor: string,
    action: string,
    subject: string | ((result: T) => string),
    run: () => T,
  ): Promise<T> {
    return this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      run: () => {
        const result = run();
        const what = typeof subject === 'string' ? subject : subject(result);
        this.#audit.record(this.#context.clock.now(), actor, action, what);
        this.#bump.run();
        return result;
      },
    });
  }
}

/** Several accounts may have a domain of that name. */
function subjectOf({ name, id }: Domain): string {
  return `${name} ${id}`;
}

function insertInto(db: Database, table: string, columns: readonly string[]): Statement {
  const marks = columns.map(() => '?').join(', ');
  return prepare(db, `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
}
