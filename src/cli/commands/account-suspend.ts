/** `relayctl account suspend`: its mail is accepted and held, and what waits is held. */
import { suspendAccount } from '../../admin/suspensions.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { visible } from '../../platform/visible-text.ts';
import { SUSPENSION_OPTIONS, suspensionInput } from '../input/suspension-input.ts';
import { counted, fullTime } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const accountSuspend: CommandSpec = {
  path: 'account suspend',
  summary: 'Hold all mail of an account, until it is resumed or for a time',
  arguments: '<name>',
  details:
    'New mail of the account is still accepted, and held; what waits is held. Attempts under way end by themselves. Held mail ' +
    'expires at the end of its lifetime. What was held before, by an operator, a route or sending health, stays held when the ' +
    'account is resumed.',
  options: SUSPENSION_OPTIONS,
  examples: [
    { type: 'account suspend shop --reason "stolen password"', does: 'until somebody resumes it' },
    { type: 'account suspend shop --for 2h', does: 'for two hours' },
    { type: 'account resume shop', does: 'go on' },
  ],
  run: suspend,
};

async function suspend(
  context: CommandContext,
  { arguments: [name = ''], options }: CommandInput,
): Promise<void> {
  const account = await context.reader.accountByName(name);
  if (account === undefined) throw await context.noAccount(name);
  const details = suspensionInput(context, options);
  const { held } = unlessRefused(await suspendAccount(account, details, await adminContext(context)));
  const { untilMs } = details;
  if (context.global.json) {
    context.printJson({ account: account.name, suspended: true, suspended_until: timestamp(untilMs), held });
    return;
  }
  const until = untilMs === undefined ? '' : ` until ${fullTime(untilMs)}`;
  const what = held === 0 ? '' : ` Held ${counted(held, 'delivery', 'deliveries')} that waited.`;
  const shown = visible(account.name);
  context.print(`Suspended ${shown}${until}.${what} To go on: relayctl account resume ${shown}`);
}
