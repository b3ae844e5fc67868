/** What whoever runs a stream should know of it. */
import type { Config } from '../config/config.ts';
import { misfitWords } from '../policy/stream-fit.ts';
import type { Stream, StreamMisfit } from '../store/directory-records.ts';

/** Sentences; none: all is well. `misfits`: of the account. */
export function streamWarnings(
  { name, pool, track = [] }: Stream,
  { egress }: Pick<Config, 'egress'>,
  misfits: readonly StreamMisfit[],
): readonly string[] {
  const isPool = pool === undefined || egress.sources.some((source) => source.pool === pool);
  return [
    ...(isPool ? [] : [`no source is in the pool ${pool} any more: its mail leaves as other mail does`]),
    ...(track.length === 0 ? [] : ['this relay does not track yet: what is to be tracked has no effect']),
    ...misfits
      .filter(({ stream }) => stream === name)
      .map(
        ({ misfit, messages, exampleId }) =>
          `${misfitWords(misfit, name)} (${messages} messages, the latest ${exampleId})`,
      ),
  ];
}
