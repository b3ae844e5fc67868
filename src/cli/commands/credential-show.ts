/** `relayctl credential show`: one credential with its limits. Never its secret: that is not kept. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderCredential } from '../views/credential-view.ts';
import { findCredential } from '../input/lookup.ts';
import { credentialJson } from '../../api-json/credential-json.ts';

export const credentialShow: CommandSpec = {
  path: 'credential show',
  summary: 'Show a credential, its limits and its last use',
  arguments: '<id-or-name>',
  details: 'The secret cannot be shown again: only a hash of it is kept.',
  examples: [
    { type: 'credential show wordpress', does: 'by name' },
    { type: 'credential show crd_01k9q3... --json', does: 'by id, for a script' },
  ],
  run: showCredential,
};

async function showCredential(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  const [use] = await context.reader.lastUses([credential.id]);
  if (context.global.json) context.printJson(credentialJson(credential, use));
  else context.print(await renderCredential(context, credential, use));
}
