/** Templates: found by name or id, changed by new versions, each change with its line in the audit log. */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import { StoreError } from '../../errors.ts';
import {
  MAX_TEMPLATES,
  MAX_VERSIONS,
  type TemplateReader,
  type TemplateSummary,
  type TemplateVariable,
  type TemplateVersion,
  type TemplateWriter,
} from '../../templates.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { audit } from '../directory/audit.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

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

interface KeyRow {
  readonly id: number;
  readonly account_id: number;
  readonly name: string;
  readonly latest_version: number;
}

const SUMMARY = `SELECT t.public_id, t.name, t.latest_version, t.created_at, a.public_id AS account_public_id
  FROM template t JOIN account a ON a.id = t.account_id`;

const BY_ID = statement<{ account: string; id: string }, SummaryRow>(
  `${SUMMARY} WHERE a.public_id = :account AND t.public_id = :id`,
);
const BY_NAME = statement<{ account: string; name: string }, SummaryRow>(
  `${SUMMARY} WHERE a.public_id = :account AND t.name = :name`,
);
const OF_ACCOUNT = statement<{ account: string }, SummaryRow>(
  `${SUMMARY} WHERE a.public_id = :account ORDER BY t.name`,
);
const VERSION = statement<{ id: string; version: number }, VersionRow>(
  `SELECT v.version, v.subject, v.html, v.text, v.variables, v.created_at
   FROM template t JOIN template_version v ON v.template_id = t.id
   WHERE t.public_id = :id AND v.version = :version`,
);
const COUNT = statement<{ account: number }, { count: number }>(
  'SELECT count(*) AS count FROM template WHERE account_id = :account',
);
const KEY = statement<{ id: string }, KeyRow>(
  'SELECT id, account_id, name, latest_version FROM template WHERE public_id = :id',
);
const INSERT = statement<{ id: string; account: number; name: string; at: number }>(
  `INSERT INTO template (public_id, account_id, name, latest_version, created_at)
   VALUES (:id, :account, :name, 1, :at)`,
);
const INSERT_VERSION = statement<{
  template: number;
  version: number;
  subject: string | undefined;
  html: string | undefined;
  text: string | undefined;
  variables: string;
  at: number;
}>(
  `INSERT INTO template_version (template_id, version, subject, html, text, variables, created_at)
   VALUES (:template, :version, :subject, :html, :text, :variables, :at)`,
);
const RAISE = statement<{ template: number; version: number }>(
  'UPDATE template SET latest_version = :version WHERE id = :template',
);
const DELETE_VERSIONS = statement<{ template: number }>(
  'DELETE FROM template_version WHERE template_id = :template',
);
const DELETE = statement<{ template: number }>('DELETE FROM template WHERE id = :template');

export const templateReads: StepsOf<TemplateReader> = {
  *findTemplate(account, idOrName) {
    const row =
      (yield* one(BY_NAME, { account, name: idOrName })) ?? (yield* one(BY_ID, { account, id: idOrName }));
    return row && summaryOf(row);
  },
  *templateVersion(id, version) {
    const row = yield* one(VERSION, { id, version });
    return row && versionOf(row);
  },
  *listTemplates(account) {
    return (yield* all(OF_ACCOUNT, { account })).map(summaryOf);
  },
};

export const templateWrites: StepsOf<TemplateWriter> = {
  *addTemplate({ id, accountId, name, createdAtMs, first }, actor) {
    const account = yield* accountKeyOf(accountId);
    const counted = yield* one(COUNT, { account });
    if ((counted?.count ?? 0) >= MAX_TEMPLATES)
      throw new StoreError('conflict', `an account has at most ${MAX_TEMPLATES} templates`);
    yield* run(INSERT, { id, account, name, at: Math.round(createdAtMs) });
    const template = yield* found(id);
    yield* addVersion(template.id, 1, first);
    yield* audit(createdAtMs, actor, 'template add', name, accountId);
  },
  *addTemplateVersion(id, version, actor) {
    const template = yield* found(id);
    const number = template.latest_version + 1;
    if (number > MAX_VERSIONS)
      throw new StoreError('conflict', `a template has at most ${MAX_VERSIONS} versions: add another`);
    yield* addVersion(template.id, number, version);
    yield* run(RAISE, { version: number, template: template.id });
    yield* audit(
      version.createdAtMs,
      actor,
      'template add',
      `${template.name}@${number}`,
      template.account_id,
    );
    return number;
  },
  *removeTemplate(id, atMs, actor) {
    const { id: template, name, account_id: account } = yield* found(id);
    yield* run(DELETE_VERSIONS, { template });
    yield* run(DELETE, { template });
    yield* audit(atMs, actor, 'template remove', name, account);
  },
};

function* found(id: string): Steps<KeyRow> {
  const template = yield* one(KEY, { id });
  if (template === undefined) throw new StoreError('not-found', `there is no template ${id}`);
  return template;
}

function* addVersion(
  template: number,
  version: number,
  { subject, html, text, variables, createdAtMs }: Omit<TemplateVersion, 'version'>,
): Steps<void> {
  const at = Math.round(createdAtMs);
  const listed = JSON.stringify(variables);
  yield* run(INSERT_VERSION, { template, version, subject, html, text, variables: listed, at });
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

export const templateTables: readonly CopiedTable[] = [
  copiedTable('template', 'id', 'public_id account_id name latest_version created_at', { filledByUse: true }),
  copiedTable('template_version', 'template_id version', 'subject html text variables created_at'),
];
