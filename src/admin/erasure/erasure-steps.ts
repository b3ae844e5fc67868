/** Takes the steps of an erasure that has begun, whoever began it. */
import { delay, type Clock } from '../../platform/clock.ts';
import type { ErasedCounts, ErasureStep, ErasureWriter } from '../../store/erasure.ts';

const PAUSE_MS = 10;
const LOOK_EVERY_MS = 250;
/** A reader of the database is soon done. */
const RESTS_TRIES = 5;

/** Resolves to the last step that was taken: it is done, it waits, or nobody wants it to go on. */
export async function goOnErasing(
  id: string,
  {
    erasure,
    clock,
    actor,
    beside,
    goesOn = () => true,
    onStep,
  }: {
    readonly erasure: Pick<ErasureWriter, 'eraseSome'>;
    readonly clock: Clock;
    readonly actor: string;
    readonly beside: boolean;
    /** False: somebody else goes on later. */
    readonly goesOn?: () => boolean;
    readonly onStep?: ((counts: ErasedCounts) => void) | undefined;
  },
): Promise<ErasureStep> {
  let rests: Extract<ErasureStep, { kind: 'done' }> | undefined;
  let last: ErasedCounts | undefined;
  for (let tries = 0; ;) {
    const step = await erasure.eraseSome(id, clock.now(), actor);
    if (step.kind === 'done') {
      // Once it has ended, by whoever took the last step, it counts nothing more.
      rests ??= last !== undefined && !countsAny(step.counts) ? { ...step, counts: last } : step;
      rests = { ...rests, leavesRests: step.leavesRests };
      if (!step.leavesRests || ++tries >= RESTS_TRIES) return rests;
      await delay(clock, LOOK_EVERY_MS);
      continue;
    }
    last = step.counts;
    onStep?.(step.counts);
    if (step.kind === 'waits' || !goesOn()) return step;
    if (beside) await delay(clock, PAUSE_MS);
  }
}

function countsAny(counts: ErasedCounts): boolean {
  return Object.values(counts).some((count) => count > 0);
}
