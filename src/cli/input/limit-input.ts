/** Limits of use as they are typed: `--limit messages_per_hour=500`, repeatable. */
import {
  isUsageLimit,
  MOST_OF_A_LIMIT,
  USAGE_LIMITS,
  type UsageLimitName,
} from '../../policy/usage-limits.ts';
import { usage } from '../program/cli-failure.ts';
import type { Options } from '../program/options.ts';

export const LIMIT_OPTION = {
  flags: '--limit <name=number>',
  meaning: `limit of its use; names: ${USAGE_LIMITS.join(', ')}`,
  repeats: true,
} as const;

/** By name; `undefined` as a value for `none`, where limits can be taken away. */
export function readLimits(
  options: Options,
  { takesNone }: { readonly takesNone: boolean },
): Readonly<Partial<Record<UsageLimitName, number | undefined>>> {
  const limits: Partial<Record<UsageLimitName, number | undefined>> = {};
  for (const typed of options.list('limit')) {
    const at = typed.indexOf('=');
    const name = at < 0 ? typed : typed.slice(0, at);
    const text = at < 0 ? '' : typed.slice(at + 1);
    if (!isUsageLimit(name)) throw usage(`--limit ${typed}: ${name} is none of ${USAGE_LIMITS.join(', ')}`);
    if (name in limits) throw usage(`--limit ${name} is given twice`);
    const isNone = takesNone && text === 'none';
    if (!isNone && (!/^\d{1,13}$/.test(text) || Number(text) > MOST_OF_A_LIMIT))
      throw usage(
        `--limit ${typed} is not a name and a whole number`,
        `write ${name}=500${takesNone ? `, or ${name}=none for no limit` : ''}`,
      );
    limits[name] = isNone ? undefined : Number(text);
  }
  return limits;
}
