/** `relayctl credential rotate`: a new secret for the same credential; everything else stays. */
import { rotateCredential } from '../../admin/credentials/rotate.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { renderAccess } from '../views/credential-view.ts';
import { findCredential } from '../input/lookup.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { newCredentialJson } from '../../api-json/credential-json.ts';

export const credentialRotate: CommandSpec = {
  path: 'credential rotate',
  summary: 'Make a new password or key for a credential; the old one stops within a second',
  arguments: '<id-or-name>',
  details:
    'User name and limits stay. To change it without an interruption, add a second credential, ' +
    'switch the application to it, and revoke the first.',
  examples: [
    { type: 'credential rotate wordpress', does: 'a new password, shown once' },
    { type: 'credential rotate crd_01k9q3... --json', does: 'the same for a script' },
  ],
  run: rotate,
};

async function rotate(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  const rotated = await rotateCredential(credential, await adminContextWithBox(context));
  const { secret } = unlessRefused(rotated, {
    revoked: `add a new one: relayctl credential add --name ${shellWord(credential.name)}`,
  });
  if (context.global.json) context.printJson(newCredentialJson(credential, secret));
  else context.print(await renderAccess(context, credential, secret, 'Made a new secret for'));
}
