/** Templates as the command line and HTTP both add, change and try them: nothing is stored that could not be filled. */
import { createHash } from 'node:crypto';
import { makeId } from '../platform/ids.ts';
import type {
  TemplateParts,
  TemplateReader,
  TemplateSummary,
  TemplateVariable,
  TemplateVersion,
} from '../store/templates.ts';
import type { TemplateEngine } from '../template/template-engine.ts';
import type { Rendered, TemplateProblem } from '../template/template.ts';
import type { With } from './admin-context.ts';
import { conflict, invalid, isRefusal, type AdminRefusal } from './refusal.ts';
import { refuseOperatorAccount } from './tenant.ts';

/** As `X-Relay-Template` takes it, without a version. */
export const TEMPLATE_NAME = /^(?!tpl_)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface TemplateDraft extends TemplateParts {
  /** `undefined`: all that it uses, each of them required. */
  readonly variables: readonly TemplateVariable[] | undefined;
}

/** The new template when it is durable. TemplateEngineError: it could not be looked at. */
export async function addTemplate(
  input: { readonly accountId: string; readonly name: string; readonly draft: TemplateDraft },
  context: With<'reader' | 'templates' | 'templateEngine' | 'clock' | 'random'>,
): Promise<TemplateSummary | AdminRefusal> {
  const { accountId, name, draft } = input;
  const { reader, templates, clock, random, actor } = context;
  const refusal = refuseOperatorAccount(accountId, 'templates');
  if (refusal !== undefined) return refusal;
  if (!TEMPLATE_NAME.test(name))
    return invalid(
      'name',
      `${name} cannot be the name of a template`,
      'use letters, digits, ".", - and _: welcome',
    );
  if ((await reader.findTemplate(accountId, name)) !== undefined)
    return {
      ...conflict(`there is a template ${name} already`, 'name'),
      remedy: 'a change of it is a new version',
    };
  const createdAtMs = clock.now();
  const first = await versionOf(draft, accountId, context);
  if (isRefusal(first)) return first;
  const id = makeId('tpl_', createdAtMs, random);
  await templates.addTemplate({ id, accountId, name, createdAtMs, first }, actor);
  return { id, accountId, name, latestVersion: 1, createdAtMs };
}

/**
 * The template with its new version when that is durable. StoreError `not-found`, `conflict`; TemplateEngineError: it could
 * not be looked at.
 */
export async function changeTemplate(
  template: TemplateSummary,
  draft: TemplateDraft,
  context: With<'templates' | 'templateEngine' | 'clock'>,
): Promise<TemplateSummary | AdminRefusal> {
  const version = await versionOf(draft, template.accountId, context);
  if (isRefusal(version)) return version;
  const latestVersion = await context.templates.addTemplateVersion(template.id, version, context.actor);
  return { ...template, latestVersion };
}

/** Adds it, or a version where there is one of that name. As the two above. */
export async function putTemplate(
  input: Parameters<typeof addTemplate>[0],
  context: Parameters<typeof addTemplate>[1],
): Promise<TemplateSummary | AdminRefusal> {
  const before = await context.reader.findTemplate(input.accountId, input.name);
  if (before === undefined || before.name !== input.name) return await addTemplate(input, context);
  return await changeTemplate(before, input.draft, context);
}

/** With all its versions. Durable when it resolves. StoreError `not-found`. */
export async function removeTemplate(
  { id }: Pick<TemplateSummary, 'id'>,
  { templates, clock, actor }: With<'templates' | 'clock'>,
): Promise<void> {
  await templates.removeTemplate(id, clock.now(), actor);
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
): Promise<Rendered | AdminRefusal> {
  const stored = { key: `${template.id}@${version.version}`, load: () => Promise.resolve(version) };
  const rendered = await templateEngine.fill(stored, variables, template.accountId);
  return 'problem' in rendered ? templateRefusal(rendered) : rendered;
}

/** What a message would get of a draft that is not saved, or what stands against it. TemplateEngineError: it could not be tried. */
export async function tryDraft(
  draft: TemplateDraft,
  variables: Readonly<Record<string, unknown>>,
  accountId: string,
  templateEngine: Pick<TemplateEngine, 'check' | 'fill'>,
): Promise<Rendered | AdminRefusal> {
  const checked = await templateEngine.check(draft, accountId);
  if ('problem' in checked) return templateRefusal(checked);
  const source = { ...draft, variables: checked.variables };
  // The same draft is the same version to the engine, which keeps few of them.
  const hash = createHash('sha256').update(JSON.stringify(source)).digest('base64url');
  const stored = { key: `draft ${accountId} ${hash}`, load: () => Promise.resolve(source) };
  const rendered = await templateEngine.fill(stored, variables, accountId);
  return 'problem' in rendered ? templateRefusal(rendered) : rendered;
}

async function versionOf(
  { subject, html, text, variables }: TemplateDraft,
  accountId: string,
  { templateEngine, clock }: With<'templateEngine' | 'clock'>,
): Promise<Omit<TemplateVersion, 'version'> | AdminRefusal> {
  const checked = await templateEngine.check({ subject, html, text, variables }, accountId);
  if ('problem' in checked) return templateRefusal(checked);
  return { subject, html, text, variables: checked.variables, createdAtMs: clock.now() };
}

function templateRefusal({ at, problem }: TemplateProblem): AdminRefusal {
  const all = [{ field: at, problem }];
  return { refused: 'template-refused', field: at, problem: `${at}: ${problem}`, all };
}
