/** Templates as the command line names them: `name`, `name@version`, or an id. */
import { visibleLines } from '../../platform/visible-text.ts';
import type { TemplateSummary, TemplateVersion } from '../../store/templates.ts';
import { notFound, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';

export interface FoundTemplate {
  readonly template: TemplateSummary;
  readonly version: TemplateVersion;
}

/** Fails with `not-found`, or `usage` for what cannot be a template. */
export async function findTemplate(context: CommandContext, given: string): Promise<FoundTemplate> {
  const at = given.lastIndexOf('@');
  const name = at < 0 ? given : given.slice(0, at);
  const number = at < 0 ? undefined : Number(given.slice(at + 1));
  if (number !== undefined && !(Number.isSafeInteger(number) && number > 0))
    throw usage(`${given} names no version`, `versions count from 1: ${name}@1`);
  const account = await context.account();
  const template = await context.reader.findTemplate(account.id, name);
  if (template === undefined)
    throw notFound(
      `there is no template ${name} in account ${account.name}`,
      'see them: relayctl template list',
    );
  const version = await context.reader.templateVersion(template.id, number ?? template.latestVersion);
  if (version === undefined)
    throw notFound(`template ${name} has no version ${number}`, `the latest is ${template.latestVersion}`);
  return { template, version };
}

/** As people read them. */
export function variableWords(variables: TemplateVersion['variables']): string {
  if (variables.length === 0) return 'none';
  return variables.map(({ name, required }) => (required ? name : `${name} (optional)`)).join(', ');
}

/** A part as it is shown between others: its own lines, made visible. */
export function pageOf(part: string): string {
  return visibleLines(part.trimEnd().replaceAll('\r\n', '\n'));
}
