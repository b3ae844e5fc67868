/** The address and stream that a suppression command is about. */
import type { SuppressionTarget } from '../../admin/suppressions.ts';
import { readSuppressionKey } from '../../smtp/address-keys.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, OptionSpec } from '../program/command-spec.ts';

export const STREAM_OPTION: OptionSpec = {
  flags: '--stream <stream>',
  meaning: 'of this stream only (default: of the whole account)',
};

export async function readTarget(context: CommandContext, input: CommandInput): Promise<SuppressionTarget> {
  const account = await context.account();
  const typed = input.arguments[0] ?? '';
  const address = readSuppressionKey(typed.trim());
  if (typeof address !== 'string') throw usage(`the address ${typed} is not an address: ${address.problem}`);
  return { account, address, stream: input.options.text('stream') };
}
