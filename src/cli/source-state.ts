/** The state of sources (admin/source-state.ts) as a command asks for it. */
import { sourceStates, type SourceState } from '../admin/source-state.ts';
import type { Source } from '../policy/egress/source.ts';
import type { CommandContext } from './program/command-context.ts';

/** In the order of the configuration. Without a store nothing is known yet. */
export async function statesOfSources(
  context: CommandContext,
  sources?: readonly Source[],
): Promise<readonly SourceState[]> {
  const { services, config, nowMs } = context;
  const reader = services.storeExists(config) ? context.reader : undefined;
  return await sourceStates({ reader, config, files: services.readRuleFiles(config), nowMs }, sources);
}
