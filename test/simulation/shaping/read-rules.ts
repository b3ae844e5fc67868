/** The rules of a world as the relay has them: written as two files, read and merged by its own code. */
import type { EgressSettings } from '../../../src/delivery/route/route-table.ts';
import type { TablesProblem } from '../../../src/policy/data-tables.ts';
import { providerOf } from '../../../src/policy/egress/providers.ts';
import { mergeShaping } from '../../../src/policy/shaping/merge-rules.ts';
import { parseShaping, type WrittenShaping } from '../../../src/policy/shaping/parse-shaping.ts';
import type { ShapingRules } from '../../../src/policy/shaping/shaping-rules.ts';
import type { Plan } from '../plan.ts';
import { rulesText } from './rules-text.ts';
import type { ShapingPlan } from './shaping-plan.ts';

export function readShaping({
  builtIn,
  operator,
  replies,
}: Pick<ShapingPlan, 'builtIn' | 'operator' | 'replies'>): ShapingRules {
  return right<ShapingRules>(mergeShaping(read(rulesText(builtIn, replies)), read(rulesText(operator, []))));
}

/** Who runs which hosts, and what accounts are called; mail leaves directly. */
export function egressOf({ accounts, shaping }: Pick<Plan, 'accounts' | 'shaping'>): EgressSettings {
  return {
    rules: [],
    providerOf: (hosts) => providerOf(hosts, shaping?.providers ?? []),
    accounts: () => Promise.resolve(accounts),
  };
}

function read(text: string): WrittenShaping {
  return right<WrittenShaping>(parseShaping(text));
}

function right<T>(result: T | TablesProblem): T {
  if (isProblem(result)) throw new Error(`${result.at}: expected ${result.expected}`);
  return result;
}

function isProblem(result: unknown): result is TablesProblem {
  return typeof result === 'object' && result !== null && 'expected' in result;
}
