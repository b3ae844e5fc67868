/** `relayctl source resume`: mail leaves from it again. */
import { resumeSource } from '../../admin/suspensions.ts';
import { visible } from '../../platform/visible-text.ts';
import { notFound } from '../program/cli-failure.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';

export const sourceResume: CommandSpec = {
  path: 'source resume',
  summary: 'Send from a suspended source again',
  arguments: '<name>',
  examples: [
    { type: 'source resume out-1', does: 'after suspend' },
    { type: 'source list', does: 'which ones are suspended' },
  ],
  run: resume,
};

/** Also of one that the configuration no longer has. */
async function resume(context: CommandContext, { arguments: [name = ''] }: CommandInput): Promise<void> {
  if (!(await resumeSource(name, await adminContext(context))))
    throw notFound(`the source ${name} is not suspended`, 'see them: relayctl source list');
  if (context.global.json) context.printJson({ source: name, suspended: false });
  else context.print(`Resumed ${visible(name)}.`);
}
