/** `relayctl credential show`: one credential with its limits. Never its secret: that is not kept. */
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { renderCredential } from '../credential-view.ts';
import { findCredential } from '../lookup.ts';
import { credentialShape } from '../../shape/credential-shape.ts';

export const credentialShow: CommandSpec = {
  path: 'credential show',
  summary: 'Show a credential and its limits',
  arguments: '<id-or-name>',
  details: 'The secret cannot be shown again: only a hash of it is kept.',
  examples: [
    { type: 'credential show wordpress', does: 'by name' },
    { type: 'credential show crd_01k9q3... --json', does: 'by id, for a script' },
  ],
  run: showCredential,
};

function showCredential(context: CommandContext, input: CommandInput): void {
  const credential = findCredential(context, input.arguments[0] ?? '');
  if (context.global.json) context.printJson(credentialShape(credential));
  else context.print(renderCredential(context, credential));
}
