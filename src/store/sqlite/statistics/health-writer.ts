/** Changes of restrictions of accounts and streams, as operations of the group commit. */
import type { HealthWriter } from '../../health.ts';
import { healthWrites } from '../../sql/statistics/restriction-rows.ts';
import type { Steps } from '../../sql/steps.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';

export function createHealthWriter({ steps, restrictions }: Context, commits: GroupCommit): HealthWriter {
  const write = <T>(begin: () => Steps<T>): Promise<T> =>
    steps.write(commits, function* () {
      restrictions.changed();
      return yield* begin();
    });
  return {
    setHealth: (change, actor) => write(() => healthWrites.setHealth(change, actor)),
    releaseHealth: (selection, nowMs, actor) =>
      write(() => healthWrites.releaseHealth(selection, nowMs, actor)),
  };
}
