/** `relayctl data-key forget`: takes previous master keys away that nothing depends on. */
import { lostWithout } from '../../admin/data-keys/dependents.ts';
import { visible } from '../../platform/visible-text.ts';
import { CliFailure, notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { lookAtDataKeys } from '../input/data-key-look.ts';

export const dataKeyForget: CommandSpec = {
  path: 'data-key forget',
  summary: 'Take a previous master key away that nothing depends on any more',
  arguments: '<key-id>',
  details:
    'Removes it from master.key.previous; relayd works without it once it is restarted. While something depends on it this is refused, and ' +
    'says what would stop working; --force does it all the same. A key in previous_data_keys is taken out of the configuration.',
  options: [{ flags: '--force', meaning: 'also while something depends on it: that stops working' }],
  examples: [
    { type: 'data-key show', does: 'which key can go' },
    { type: 'data-key forget qeqvngq1', does: 'take it away' },
  ],
  run: forget,
};

async function forget(context: CommandContext, input: CommandInput): Promise<void> {
  const { services, config, nowMs } = context;
  const keyId = input.arguments[0] ?? '';
  const { presentId, waitingId, others } = await lookAtDataKeys(context);
  if (services.dataKeyFiles.file(config) === undefined)
    throw new CliFailure('conflict', 'the configuration gives the keys', {
      hint: 'take it out of previous_data_keys there',
    });
  if (keyId === presentId || keyId === waitingId)
    throw new CliFailure('conflict', `${keyId} is ${keyId === presentId ? 'in use' : 'waiting for relayd'}`, {
      hint: 'relayctl data-key rotate replaces it',
    });
  const one = others.find((other) => other.keyId === keyId && other.accepted);
  if (one === undefined)
    throw notFound(`there is no previous key ${keyId}`, 'relayctl data-key show lists them');
  const lost = lostWithout(one, nowMs);
  if (lost.length > 0 && !input.options.flag('force'))
    throw new CliFailure('conflict', `without it ${lost.join('; ')}`, {
      hint: 'wait, or give them new secrets (relayctl credential rotate); --force takes it away all the same',
    });
  if (services.dataKeyFiles.forget(config, [keyId]).length === 0)
    throw new CliFailure('conflict', `${keyId} is in previous_data_keys`, {
      hint: 'take it out of the configuration',
    });
  const { audit } = await context.writer();
  await audit.noteAudit({ atMs: nowMs, actor: services.actor, action: 'data-key forget', subject: [keyId] });
  if (context.global.json) context.printJson({ forgotten: keyId });
  else context.print(`${visible(keyId)} is taken away. relayd works without it once it is restarted.`);
}
