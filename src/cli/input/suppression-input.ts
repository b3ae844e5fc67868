/** The address and scope that a suppression command is about. */
import { readSuppressionKey } from '../../smtp/address-keys.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, OptionSpec } from '../program/command-spec.ts';

export const STREAM_OPTION: OptionSpec = {
  flags: '--stream <stream>',
  meaning: 'of this stream only (default: of the whole account)',
};

export interface SuppressionTarget {
  /** In the form that suppressions are kept in. */
  readonly address: string;
  /** The stream's name; empty: the whole account. */
  readonly scope: string;
}

export async function readTarget(
  context: CommandContext,
  accountId: string,
  input: CommandInput,
): Promise<SuppressionTarget> {
  const typed = input.arguments[0] ?? '';
  const address = readSuppressionKey(typed.trim());
  if (typeof address !== 'string') throw usage(`the address ${typed} is not an address: ${address.problem}`);
  const scope = input.options.text('stream') ?? '';
  if (scope !== '') await checkStream(context, accountId, scope);
  return { address, scope };
}

/** Fails when the account has no such stream. */
export async function checkStream(
  { reader }: CommandContext,
  accountId: string,
  name: string,
): Promise<void> {
  if ((await reader.streamByName(accountId, name)) === undefined)
    throw new CliFailure('not-found', `there is no stream ${name}`, {
      hint: 'see them: relayctl stream list',
    });
}
