/** A relayd that runs on the file that quickstart has written is asked to take it over. */
import { wordsOf } from '../own-checks.ts';
import type { CommandContext } from '../program/command-context.ts';

/** What came of it; `not`: with its reason. */
export type TakeOver =
  | { readonly kind: 'taken'; readonly pid: number; readonly needsRestart: readonly string[] }
  | { readonly kind: 'not'; readonly pid: number; readonly why: string };

/** `undefined`: none runs, or one with another file. */
export async function askToReload(
  { services, config }: CommandContext,
  file: string,
): Promise<TakeOver | undefined> {
  const relay = services.runningRelay(config);
  if (relay === undefined || relay.configFile !== file) return undefined;
  const { pid } = relay;
  const asked = await services.ask(config, { operation: 'reload' });
  switch (asked.kind) {
    case 'answered':
      return { kind: 'taken', pid, needsRestart: asked.answer.needsRestart };
    case 'failed':
      return { kind: 'not', pid, why: asked.error.message };
    case 'unreachable':
      return { kind: 'not', pid, why: wordsOf(asked).why };
  }
}
