/** `relayctl credential revoke`: it stops working within a second, for good. */
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findCredential } from '../input/lookup.ts';
import { timestamp } from '../output/time-words.ts';

export const credentialRevoke: CommandSpec = {
  path: 'credential revoke',
  summary: 'Revoke a credential: it stops working within a second',
  arguments: '<id-or-name>',
  details:
    'Cannot be undone. Its sessions are closed, and what is on its way in is refused. Mail that it has handed in, also for ' +
    'later, is delivered all the same (relayctl queue cancel stops it).',
  examples: [
    { type: 'credential revoke wordpress', does: 'asks first' },
    { type: 'credential revoke crd_01k9q3... --yes', does: 'does not ask' },
  ],
  run: revokeCredential,
};

async function revokeCredential(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  if (credential.revokedAtMs !== undefined)
    throw new CliFailure('revoked', `credential ${credential.name} has been revoked before`);
  await context.confirm(`Revoke ${credential.kind} credential ${credential.name} (${credential.id})`);
  const writer = await context.writer();
  const revokedAtMs = context.nowMs;
  await writer.directory.revokeCredential(credential.id, revokedAtMs, context.services.actor);
  if (context.global.json) context.printJson({ id: credential.id, revoked_at: timestamp(revokedAtMs) });
  else context.print(`Revoked ${credential.name} (${credential.id}).`);
}
