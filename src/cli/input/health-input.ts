/** An account's own limits of sending health as they are typed: `--health hold_bounces=15%`, repeatable. */
import { shareKind } from '../../config/value-kinds.ts';
import {
  HEALTH_TERMS,
  isHealthCount,
  isHealthTerm,
  MOST_OF_A_COUNT,
  type HealthTermName,
} from '../../policy/health-terms.ts';
import { usage } from '../program/cli-failure.ts';
import type { Options } from '../program/options.ts';

export const HEALTH_OPTION = {
  flags: '--health <name=value>',
  meaning:
    'its own limit of sending health, such as hold_bounces=15% or hold_complaints=off; `default` as configured; ' +
    `names: ${HEALTH_TERMS.join(', ')}`,
  repeats: true,
} as const;

type Typed = Readonly<Partial<Record<HealthTermName, number | null | undefined>>>;

/** By name; `null` for `off`, `undefined` as a value for `default`, where terms can be taken away. */
export function readHealthTerms(
  options: Options,
  { takesDefault }: { readonly takesDefault: boolean },
): Typed {
  const terms: Partial<Record<HealthTermName, number | null | undefined>> = {};
  for (const typed of options.list('health')) {
    const [name = '', text = ''] = typed.split('=', 2);
    if (!isHealthTerm(name)) throw usage(`--health ${typed}: ${name} is none of ${HEALTH_TERMS.join(', ')}`);
    if (name in terms) throw usage(`--health ${name} is given twice`);
    terms[name] = takesDefault && text === 'default' ? undefined : valueOf(name, text, takesDefault);
  }
  return terms;
}

function valueOf(name: HealthTermName, text: string, takesDefault: boolean): number | null {
  const orDefault = takesDefault ? `, or ${name}=default` : '';
  if (isHealthCount(name)) {
    const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
    if (count >= 1 && count <= MOST_OF_A_COUNT[name]) return count;
    throw usage(
      `--health ${name}=${text}: it is a whole number from 1 to ${MOST_OF_A_COUNT[name]}`,
      `write ${name}=500${orDefault}`,
    );
  }
  const read = shareKind.schema.safeParse(text);
  if (read.success) return read.data ?? null;
  throw usage(
    `--health ${name}=${text}: it is ${shareKind.accepted}`,
    `write ${name}=5%, or ${name}=off${orDefault}`,
  );
}
