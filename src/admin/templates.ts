/** Templates as the command line and HTTP both add, change and try them: nothing is stored that could not be filled. */
import type { Clock } from '../platform/clock.ts';
import { makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import type {
  TemplateParts,
  TemplateReader,
  TemplateSummary,
  TemplateVariable,
  TemplateVersion,
  TemplateWriter,
} from '../store/templates.ts';
import type { TemplateEngine } from '../template/template-engine.ts';
import type { Rendered, TemplateProblem } from '../template/template.ts';

/** As `X-Relay-Template` takes it, without a version. */
export const TEMPLATE_NAME = /^(?!tpl_)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface TemplateDraft extends TemplateParts {
  /** `undefined`: all that it uses, each of them required. */
  readonly variables: readonly TemplateVariable[] | undefined;
}

export interface TemplateNeeds {
  readonly templates: TemplateWriter;
  readonly templateEngine: Pick<TemplateEngine, 'check'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly actor: string;
}

/**
 * The new template when it is durable, or what is wrong with it. StoreError `conflict`: the name is taken;
 * TemplateEngineError: it could not be looked at.
 */
export async function addTemplate(
  template: { readonly accountId: string; readonly name: string; readonly draft: TemplateDraft },
  { templates, templateEngine, clock, random, actor }: TemplateNeeds,
): Promise<TemplateSummary | TemplateProblem> {
  const { accountId, name, draft } = template;
  const createdAtMs = clock.now();
  const first = await versionOf(draft, { templateEngine, accountId, createdAtMs });
  if ('problem' in first) return first;
  const id = makeId('tpl_', createdAtMs, random);
  await templates.addTemplate({ id, accountId, name, createdAtMs, first }, actor);
  return { id, accountId, name, latestVersion: 1, createdAtMs };
}

/**
 * The template with its new version when that is durable, or what is wrong with it. StoreError `not-found`, `conflict`;
 * TemplateEngineError: it could not be looked at.
 */
export async function changeTemplate(
  template: TemplateSummary,
  draft: TemplateDraft,
  { templates, templateEngine, clock, actor }: TemplateNeeds,
): Promise<TemplateSummary | TemplateProblem> {
  const { accountId } = template;
  const version = await versionOf(draft, { templateEngine, accountId, createdAtMs: clock.now() });
  if ('problem' in version) return version;
  return { ...template, latestVersion: await templates.addTemplateVersion(template.id, version, actor) };
}

/** A template of the account; `version` `undefined`: the latest. */
export async function findTemplate(
  reader: Pick<TemplateReader, 'findTemplate' | 'templateVersion'>,
  accountId: string,
  idOrName: string,
  version: number | undefined,
): Promise<{ readonly template: TemplateSummary; readonly version: TemplateVersion } | undefined> {
  const template = await reader.findTemplate(accountId, idOrName);
  if (template === undefined) return undefined;
  const found = await reader.templateVersion(template.id, version ?? template.latestVersion);
  return found === undefined ? undefined : { template, version: found };
}

/** What a message would get, or what stands against it. TemplateEngineError: it could not be tried. */
export async function tryTemplate(
  { template, version }: { readonly template: TemplateSummary; readonly version: TemplateVersion },
  variables: Readonly<Record<string, unknown>>,
  templateEngine: Pick<TemplateEngine, 'fill'>,
): Promise<Rendered | TemplateProblem> {
  const stored = { key: `${template.id}@${version.version}`, load: () => Promise.resolve(version) };
  return await templateEngine.fill(stored, variables, template.accountId);
}

async function versionOf(
  { subject, html, text, variables }: TemplateDraft,
  {
    templateEngine,
    accountId,
    createdAtMs,
  }: {
    readonly templateEngine: Pick<TemplateEngine, 'check'>;
    readonly accountId: string;
    readonly createdAtMs: number;
  },
): Promise<Omit<TemplateVersion, 'version'> | TemplateProblem> {
  const checked = await templateEngine.check({ subject, html, text, variables }, accountId);
  if ('problem' in checked) return checked;
  return { subject, html, text, variables: checked.variables, createdAtMs };
}
