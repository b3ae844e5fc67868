/** `relayctl completion`: scripts that let a shell complete nouns, verbs and options. */
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { bashCompletion, fishCompletion, zshCompletion } from '../program/completion-script.ts';

/** The list of commands comes in, since it holds this one. */
export function completionCommand(commands: () => readonly CommandSpec[]): CommandSpec {
  return {
    path: 'completion',
    summary: 'Print a completion script for bash, zsh or fish',
    arguments: '<shell>',
    examples: [
      { type: 'completion bash > /etc/bash_completion.d/relayctl', does: 'bash, for everybody' },
      { type: 'completion zsh > "${fpath[1]}/_relayctl"', does: 'zsh' },
      { type: 'completion fish > ~/.config/fish/completions/relayctl.fish', does: 'fish' },
    ],
    run: (context, input) => printCompletion(context, input, commands()),
  };
}

function printCompletion(
  context: CommandContext,
  input: CommandInput,
  commands: readonly CommandSpec[],
): void {
  const shell = input.arguments[0];
  switch (shell) {
    case 'bash':
      context.print(bashCompletion(commands));
      return;
    case 'zsh':
      context.print(zshCompletion(commands));
      return;
    case 'fish':
      context.print(fishCompletion(commands));
      return;
    default:
      throw usage(`there is no completion for ${shell ?? ''}`, 'one of: bash, zsh, fish');
  }
}
