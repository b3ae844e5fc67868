/** What `relayctl erase --dry-run` finds: what stands against erasing, and what would be left. */
import { leftOf, type LeftBehind } from '../../admin/erasure/left-behind.ts';
import { openMailOf, refuseOpen, type OpenMail } from '../../admin/erasure/open-mail.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Account } from '../../store/directory-records.ts';
import type { CommandContext } from '../program/command-context.ts';

export interface Standing {
  readonly account: string;
  readonly open: OpenMail;
  readonly left: readonly LeftBehind[];
}

export async function whatStands(
  { reader, config }: CommandContext,
  accounts: readonly Account[],
  address: string,
): Promise<readonly Standing[]> {
  const found: Standing[] = [];
  for (const account of accounts)
    found.push({
      account: account.name,
      open: await openMailOf(account, address, reader),
      left: await leftOf(account, address, { reader, config }),
    });
  return found;
}

/** `open`: deliveries without a final state, to the address and from it. */
export function standingJson({ account, open: { to, from }, left }: Standing) {
  return { account, open: { to, from }, left };
}

export function sayWhatStands(context: CommandContext, standing: readonly Standing[]): void {
  for (const { account, open, left } of standing) {
    const name = visible(account);
    const stands = open.to + open.from > 0 ? String(refuseOpen(open).problem) : 'nothing stands against it';
    context.print(`${name}: ${stands}`);
    for (const { what, name: of, remedy } of left)
      context.print(`${name}: left: ${what} ${visible(of)}; ${visible(remedy)}`);
  }
  context.note('Nothing was changed.');
}
