/** What a broadcast stream lacks for one-click unsubscribe, for people who look at their streams. */
import { whyNoOneClick } from '../../config/links.ts';
import type { CommandContext } from '../program/command-context.ts';

export function printOneClickNote(context: Pick<CommandContext, 'config' | 'print'>): void {
  const why = whyNoOneClick(context.config);
  if (why !== undefined) context.print(`Note: ${why} (docs/unsubscribe.md).`);
}
