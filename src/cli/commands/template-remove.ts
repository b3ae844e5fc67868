/** `relayctl template remove`: a template goes with all its versions. */
import { removeTemplate } from '../../admin/templates.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { counted } from '../output/time-words.ts';
import { findTemplate } from '../input/template-input.ts';

export const templateRemove: CommandSpec = {
  path: 'template remove',
  summary: 'Remove a template with all its versions',
  arguments: '<name>',
  details: 'Messages that use it are refused from then on. Accepted messages are still sent.',
  examples: [
    { type: 'template remove welcome', does: 'asks first' },
    { type: 'template remove welcome --yes', does: 'does not ask' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const { template } = await findTemplate(context, input.arguments[0] ?? '');
  await context.confirm(`Remove ${template.name} (${counted(template.latestVersion, 'version')})`);
  await removeTemplate(template, await adminContext(context));
  if (context.global.json) context.printJson({ id: template.id, name: template.name, removed: true });
  else context.print(`Removed ${template.name}.`);
}
