/** `relayctl destination resume`: attempts are made there again, as fast as ever. */
import { resumeDestination } from '../../admin/suspensions.ts';
import { domainName } from '../input/lookup.ts';
import { limitsOf } from '../limits-of.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';

export const destinationResume: CommandSpec = {
  path: 'destination resume',
  summary: 'Resume attempts to a suspended destination, and lift the limits that the relay set there',
  arguments: '<domain>',
  details:
    'Limits that the relay set itself, after what a remote said, are those of the MX hosts of the domain, or of its provider; ' +
    'they are lifted for all mail that goes there. The name of a provider or an MX host does as well.',
  examples: [
    { type: 'destination resume example.org', does: 'after suspend, or at full speed at once' },
    { type: 'queue retry --destination example.org', does: 'and retry its queue at once' },
  ],
  run: resume,
};

async function resume(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  const subjects = [...new Set((await limitsOf(context, name)).map(({ subject }) => subject))];
  const lifted = await resumeDestination(name, subjects, await adminContext(context));
  if (context.global.json) {
    context.printJson({ destination: name, suspended: false, limits_lifted: lifted });
    return;
  }
  const limits =
    lifted === 0 ? '' : ` Lifted ${counted(lifted, 'limit')} of ${visible(subjects.join(', '))}.`;
  context.print(
    `Resumed ${name}.${limits} To try at once what waits: relayctl queue retry --destination ${name}`,
  );
}
