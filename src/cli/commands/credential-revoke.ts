/** `relayctl credential revoke`: it stops working within a second, for good. */
import { revokeCredential, revokedBefore } from '../../admin/credentials/revoke.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf, unlessRefused } from '../program/refusal.ts';
import { findCredential } from '../input/lookup.ts';
import { timestamp } from '../output/time-words.ts';

export const credentialRevoke: CommandSpec = {
  path: 'credential revoke',
  summary: 'Revoke a credential: it stops working within a second',
  arguments: '<id-or-name>',
  details:
    'Cannot be undone. Its sessions are closed and messages being submitted are refused. Accepted and scheduled mail ' +
    'is still delivered (relayctl queue cancel stops it).',
  examples: [
    { type: 'credential revoke wordpress', does: 'asks first' },
    { type: 'credential revoke crd_01k9q3... --yes', does: 'does not ask' },
  ],
  run: revoke,
};

async function revoke(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  const { id, kind, name } = credential;
  // Nobody is asked about what cannot be done.
  const refusal = revokedBefore(credential);
  if (refusal !== undefined) throw failureOf(refusal);
  await context.confirm(`Revoke ${kind} credential ${name} (${id})`);
  const { revokedAtMs } = unlessRefused(await revokeCredential(credential, await adminContext(context)));
  if (context.global.json) context.printJson({ id, revoked_at: timestamp(revokedAtMs) });
  else context.print(`Revoked ${name} (${id}).`);
}
