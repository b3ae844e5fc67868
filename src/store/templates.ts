/**
 * Templates of messages, by account and name. A change is a new version; earlier versions are kept, so that mail which names
 * a version does not change. Removing a template removes all its versions.
 */
import type { TemplateParts, TemplateVariable } from '../template/template.ts';

export type { TemplateParts, TemplateVariable } from '../template/template.ts';

export interface TemplateSummary {
  /** `tpl_` id. */
  readonly id: string;
  readonly accountId: string;
  /** Unique in the account. */
  readonly name: string;
  /** Versions count from 1. */
  readonly latestVersion: number;
  readonly createdAtMs: number;
}

/** Never changed once it exists. */
export interface TemplateVersion extends TemplateParts {
  readonly version: number;
  readonly variables: readonly TemplateVariable[];
  readonly createdAtMs: number;
}

export interface NewTemplate extends Omit<TemplateSummary, 'latestVersion'> {
  readonly first: Omit<TemplateVersion, 'version'>;
}

export interface TemplateReader {
  /** By id or name, within the account. */
  findTemplate(accountId: string, idOrName: string): Promise<TemplateSummary | undefined>;
  /** By the template's id. */
  templateVersion(id: string, version: number): Promise<TemplateVersion | undefined>;
  /** In order of name. */
  listTemplates(accountId: string): Promise<readonly TemplateSummary[]>;
}

export interface TemplateWriter {
  /** StoreError `conflict` when the account has a template of that name, or {@link MAX_TEMPLATES}. */
  addTemplate(template: NewTemplate, actor: string): Promise<void>;
  /** Resolves to the new version's number. StoreError `not-found`; `conflict` at {@link MAX_VERSIONS}. */
  addTemplateVersion(id: string, version: Omit<TemplateVersion, 'version'>, actor: string): Promise<number>;
  /** With all its versions. StoreError `not-found`. */
  removeTemplate(id: string, atMs: number, actor: string): Promise<void>;
}

/** Of an account, and of a template: so that no client fills the disk with them. */
export const MAX_TEMPLATES = 1_000;
export const MAX_VERSIONS = 1_000;
