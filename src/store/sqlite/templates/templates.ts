/** Templates in SQLite: read on any connection, changed as operations of the group commit, each with its line in the audit log. */
import type { Database, Statement } from 'better-sqlite3';
import { StoreError } from '../../errors.ts';
import {
  MAX_TEMPLATES,
  MAX_VERSIONS,
  type NewTemplate,
  type TemplateReader,
  type TemplateSummary,
  type TemplateVariable,
  type TemplateVersion,
  type TemplateWriter,
} from '../../templates.ts';
import { Audit } from '../directory/audit.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

interface SummaryRow {
  readonly public_id: string;
  readonly account_public_id: string;
  readonly name: string;
  readonly latest_version: number;
  readonly created_at: number;
}

interface VersionRow {
  readonly version: number;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
  readonly variables: string;
  readonly created_at: number;
}

interface TemplateKey {
  readonly id: number;
  readonly name: string;
  readonly latest_version: number;
}

const SUMMARY = `SELECT t.public_id, t.name, t.latest_version, t.created_at, a.public_id AS account_public_id
  FROM template t JOIN account a ON a.id = t.account_id`;

/** On `db`, which may be read-only. */
export function createTemplateReader(db: Database): Direct<TemplateReader> {
  const byId = prepare<[string, string], SummaryRow>(
    db,
    `${SUMMARY} WHERE a.public_id = ? AND t.public_id = ?`,
  );
  const byName = prepare<[string, string], SummaryRow>(db, `${SUMMARY} WHERE a.public_id = ? AND t.name = ?`);
  const all = prepare<[string], SummaryRow>(db, `${SUMMARY} WHERE a.public_id = ? ORDER BY t.name`);
  const version = prepare<[string, number], VersionRow>(
    db,
    `SELECT v.version, v.subject, v.html, v.text, v.variables, v.created_at
    FROM template t JOIN template_version v ON v.template_id = t.id WHERE t.public_id = ? AND v.version = ?`,
  );
  return {
    findTemplate(accountId, idOrName) {
      const row = byName.get(accountId, idOrName) ?? byId.get(accountId, idOrName);
      return row === undefined ? undefined : summaryOf(row);
    },
    templateVersion(id, number) {
      const row = version.get(id, number);
      return row === undefined ? undefined : versionOf(row);
    },
    listTemplates: (accountId) => all.all(accountId).map(summaryOf),
  };
}

export class SqliteTemplateWriter implements TemplateWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #audit: Audit;
  readonly #count: Statement<[number], number>;
  readonly #insert: Statement<[string, number, string, number]>;
  readonly #key: Statement<[string], TemplateKey>;
  readonly #insertVersion: Statement;
  readonly #raise: Statement<[number, number]>;
  readonly #deleteVersions: Statement<[number]>;
  readonly #delete: Statement<[number]>;

  constructor(context: Context, commits: GroupCommit) {
    const { db } = context;
    this.#context = context;
    this.#commits = commits;
    this.#audit = new Audit(db);
    this.#count = pluck(db, 'SELECT count(*) FROM template WHERE account_id = ?');
    this.#insert = prepare(
      db,
      'INSERT INTO template (public_id, account_id, name, latest_version, created_at) VALUES (?, ?, ?, 1, ?)',
    );
    this.#key = prepare(db, 'SELECT id, name, latest_version FROM template WHERE public_id = ?');
    this.#insertVersion = prepare(
      db,
      `INSERT INTO template_version (template_id, version, subject, html, text, variables, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#raise = prepare(db, 'UPDATE template SET latest_version = ? WHERE id = ?');
    this.#deleteVersions = prepare(db, 'DELETE FROM template_version WHERE template_id = ?');
    this.#delete = prepare(db, 'DELETE FROM template WHERE id = ?');
  }

  addTemplate({ id, accountId, name, createdAtMs, first }: NewTemplate, actor: string): Promise<void> {
    return this.#change(() => {
      const accountKey = this.#context.accounts.account(accountId);
      if ((this.#count.get(accountKey) ?? 0) >= MAX_TEMPLATES)
        throw new StoreError('conflict', `an account has at most ${MAX_TEMPLATES} templates`);
      const { lastInsertRowid } = this.#insert.run(id, accountKey, name, Math.round(createdAtMs));
      this.#addVersion(Number(lastInsertRowid), 1, first);
      this.#record(actor, 'template add', name);
    });
  }

  addTemplateVersion(id: string, version: Omit<TemplateVersion, 'version'>, actor: string): Promise<number> {
    return this.#change(() => {
      const template = this.#found(id);
      const number = template.latest_version + 1;
      if (number > MAX_VERSIONS)
        throw new StoreError('conflict', `a template has at most ${MAX_VERSIONS} versions: add another`);
      this.#addVersion(template.id, number, version);
      this.#raise.run(number, template.id);
      this.#record(actor, 'template add', `${template.name}@${number}`);
      return number;
    });
  }

  removeTemplate(id: string, actor: string): Promise<void> {
    return this.#change(() => {
      const template = this.#found(id);
      this.#deleteVersions.run(template.id);
      this.#delete.run(template.id);
      this.#record(actor, 'template remove', template.name);
    });
  }

  #found(id: string): TemplateKey {
    const template = this.#key.get(id);
    if (template === undefined) throw new StoreError('not-found', `there is no template ${id}`);
    return template;
  }

  #addVersion(key: number, number: number, version: Omit<TemplateVersion, 'version'>): void {
    const { subject, html, text, variables, createdAtMs } = version;
    this.#insertVersion.run(
      key,
      number,
      subject ?? null,
      html ?? null,
      text ?? null,
      JSON.stringify(variables),
      Math.round(createdAtMs),
    );
  }

  #record(actor: string, action: string, subject: string): void {
    this.#audit.record(this.#context.clock.now(), actor, action, subject);
  }

  #change<T>(run: () => T): Promise<T> {
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}

function summaryOf(row: SummaryRow): TemplateSummary {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    name: row.name,
    latestVersion: row.latest_version,
    createdAtMs: row.created_at,
  };
}

function versionOf(row: VersionRow): TemplateVersion {
  return {
    version: row.version,
    subject: row.subject ?? undefined,
    html: row.html ?? undefined,
    text: row.text ?? undefined,
    variables: JSON.parse(row.variables) as TemplateVariable[],
    createdAtMs: row.created_at,
  };
}
