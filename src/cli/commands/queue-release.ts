/** `relayctl queue release`: what was held waits for its attempt again. */
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { readSelection, reportChange, SELECTION_OPTIONS } from '../queue-selection.ts';

export const queueRelease: CommandSpec = {
  path: 'queue release',
  summary: 'Let held deliveries go on',
  arguments: '[id]',
  options: SELECTION_OPTIONS,
  examples: [
    { type: 'queue release msg_01k9q3...', does: 'one message' },
    { type: 'queue release --all', does: 'everything that is held' },
  ],
  run: release,
};

async function release(context: CommandContext, input: CommandInput): Promise<void> {
  const selection = readSelection(context, input);
  const writer = await context.writer();
  const changed = await writer.queue.release(selection, context.nowMs, context.services.actor);
  reportChange(context, selection, changed, 'Released');
}
