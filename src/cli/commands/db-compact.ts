/** `relayctl db compact`: the database file without free pages and without rests of what was deleted. */
import { visible } from '../../platform/visible-text.ts';
import { sizeWords } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const dbCompact: CommandSpec = {
  path: 'db compact',
  summary: 'Write the database file anew, without free pages and rests of what was deleted',
  details:
    'While relayd is down. Needs as much free space as the database has. What is deleted is overwritten as it goes; this is for ' +
    'rests in unused parts of pages, which `erase --verify` finds, and for a file that was written by a release that did not ' +
    'overwrite. On PostgreSQL that is the server’s: VACUUM (FULL).',
  examples: [
    { type: 'db compact', does: 'after relayd was stopped' },
    { type: 'db compact --json | jq .after_bytes', does: 'the size of the file that is left' },
  ],
  run: compact,
};

async function compact(context: CommandContext): Promise<void> {
  const { file, beforeBytes, afterBytes } = await context.services.database.compact(context.config);
  if (context.global.json) context.printJson({ file, before_bytes: beforeBytes, after_bytes: afterBytes });
  else context.print(`${visible(file)}: ${sizeWords(beforeBytes)} before, ${sizeWords(afterBytes)} now.`);
}
