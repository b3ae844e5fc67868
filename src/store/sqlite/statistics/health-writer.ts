/** Changes of restrictions of accounts and streams, as operations of the group commit. */
import type { HealthWriter } from '../../health.ts';
import type { ShapingWriter } from '../../shaping.ts';
import { suspensionWrites } from '../../sql/shaping/suspensions.ts';
import { healthWrites } from '../../sql/statistics/restriction-rows.ts';
import type { Steps } from '../../sql/steps.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';

export function createHealthWriter(context: Context, commits: GroupCommit): HealthWriter {
  const write = restricting(context, commits);
  return {
    setHealth: (change, actor) => write(() => healthWrites.setHealth(change, actor)),
    releaseHealth: (selection, nowMs, actor) =>
      write(() => healthWrites.releaseHealth(selection, nowMs, actor)),
  };
}

/** Accounts are held by suspensions too. */
export function createSuspensionWriter(
  context: Context,
  commits: GroupCommit,
): Pick<ShapingWriter, 'suspend' | 'resume' | 'endSuspension'> {
  const write = restricting(context, commits);
  return {
    suspend: (suspension) => write(() => suspensionWrites.suspend(suspension)),
    resume: (which, nowMs, actor) => write(() => suspensionWrites.resume(which, nowMs, actor)),
    endSuspension: (which, nowMs, actor) => write(() => suspensionWrites.endSuspension(which, nowMs, actor)),
  };
}

function restricting({ steps, restrictions }: Context, commits: GroupCommit) {
  return <T>(begin: () => Steps<T>): Promise<T> =>
    steps.write(commits, function* () {
      restrictions.changed();
      return yield* begin();
    });
}
