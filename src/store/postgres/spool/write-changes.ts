/**
 * Writes the counts, due times and notifications of a transaction beside the flow of mail, as the flow itself does, before
 * its commit.
 */
import type { PostgresContext } from '../engine/context.ts';
import type { Session } from '../engine/session.ts';
import type { Changes } from './changes.ts';

export async function writeChanges(
  session: Session,
  { steps, life }: Pick<PostgresContext, 'steps' | 'life'>,
  changes: Changes,
): Promise<void> {
  for (const begin of changes.steps()) await steps.run(session, begin());
  await steps.run(session, changes.tallies.write(life.nodeKey));
  for (const { text, values } of changes.statements(life.nodeKey)) await session.query(text, values);
}
