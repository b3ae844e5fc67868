/** `relayctl credential rotate`: a new secret for the same credential; everything else stays. */
import { rotateCredential as replaceSecret } from '../../admin/credentials.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderAccess } from '../views/credential-view.ts';
import { findCredential } from '../input/lookup.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { newCredentialJson } from '../../api-json/credential-json.ts';

export const credentialRotate: CommandSpec = {
  path: 'credential rotate',
  summary: 'Make a new password or key for a credential; the old one stops within a second',
  arguments: '<id-or-name>',
  details:
    'User name and limits stay. For a change without an interruption add a second credential, ' +
    'switch the application over, then revoke the first.',
  examples: [
    { type: 'credential rotate wordpress', does: 'a new password, shown once' },
    { type: 'credential rotate crd_01k9q3... --json', does: 'the same for a script' },
  ],
  run: rotateCredential,
};

async function rotateCredential(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  if (credential.revokedAtMs !== undefined) {
    throw new CliFailure('revoked', `credential ${credential.name} has been revoked`, {
      hint: `add a new one: relayctl credential add --name ${shellWord(credential.name)}`,
    });
  }
  if (credential.kind === 'network')
    throw new CliFailure(
      'no-secret',
      `credential ${credential.name} is a network: it has no secret to replace`,
    );
  const { services } = context;
  const { random, actor } = services;
  const { directory } = await context.writer();
  const box = await services.openSecretBox(context.config);
  const secret = await replaceSecret(credential, { directory, box, random, actor });
  if (context.global.json) context.printJson(newCredentialJson(credential, secret));
  else context.print(await renderAccess(context, credential, secret, 'Made a new secret for'));
}
