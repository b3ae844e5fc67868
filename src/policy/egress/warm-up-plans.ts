/**
 * Plans for the warm-up of new addresses, as data (config/warm-up.toml): how many recipients a day one source may hand over
 * to one provider, from the first day on. Parses; reads no file: the text comes in.
 *
 *   [[plan]]
 *   name = "default"                lower-case letters, digits, hyphens; unique
 *   published = ["https://..."]     where the figures come from; at least one
 *   ceilings = [50, 100, 250]       of the first day, the second, ...; after the last there is no ceiling
 *   [plan.providers]                ceilings of providers that get others
 *   yahoo = [20, 40, 80]
 */
import { readTables } from '../data-tables.ts';

export interface WarmUpPlan {
  readonly name: string;
  readonly published: readonly string[];
  /** Whole numbers from 1 on that never fall; at least one. */
  readonly ceilings: readonly number[];
  /** By name of a provider (config/providers.toml). */
  readonly providers: Readonly<Record<string, readonly number[]>>;
}

export interface WarmUpPlansProblem {
  /** Such as `line 12` or `plan "default", ceilings`. */
  readonly at: string;
  readonly expected: string;
}

const KEYS = ['name', 'published', 'ceilings', 'providers'];
/** A plan of a year is not one. */
const MAX_DAYS = 366;
const NAME = /^[a-z0-9-]{1,40}$/;

export function parseWarmUpPlans(toml: string): readonly WarmUpPlan[] | WarmUpPlansProblem {
  const tables = readTables(toml, 'plan');
  if ('expected' in tables) return tables;
  const plans: WarmUpPlan[] = [];
  for (const [index, table] of tables.entries()) {
    const plan = parsePlan(table, index + 1);
    if ('expected' in plan) return plan;
    if (plans.some(({ name }) => name === plan.name))
      return { at: `plan "${plan.name}"`, expected: 'a name that no other plan has' };
    plans.push(plan);
  }
  return plans;
}

/** The ceilings of `plan` at a provider; `undefined`: one that is not known by name. */
export function ceilingsAt(plan: WarmUpPlan, provider: string | undefined): readonly number[] {
  return (provider === undefined ? undefined : plan.providers[provider]) ?? plan.ceilings;
}

function parsePlan(
  table: Readonly<Record<string, unknown>>,
  number: number,
): WarmUpPlan | WarmUpPlansProblem {
  const { name, published, ceilings, providers = {} } = table;
  if (typeof name !== 'string' || !NAME.test(name))
    return { at: `plan ${number}, name`, expected: 'lower-case letters, digits and hyphens' };
  const at = (key: string): string => `plan "${name}", ${key}`;
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return { at: at(unknown), expected: `one of the keys ${KEYS.join(', ')}` };
  if (!isListOfTexts(published) || published.length === 0)
    return { at: at('published'), expected: 'a list of addresses where the figures are published' };
  if (!areCeilings(ceilings)) return { at: at('ceilings'), expected: CEILINGS };
  if (typeof providers !== 'object' || providers === null || Array.isArray(providers))
    return { at: at('providers'), expected: 'a table of providers with their ceilings' };
  const others: Record<string, readonly number[]> = {};
  for (const [provider, of] of Object.entries(providers)) {
    if (!NAME.test(provider))
      return { at: at('providers'), expected: `the name of a provider instead of ${provider}` };
    if (!areCeilings(of)) return { at: at(`providers.${provider}`), expected: CEILINGS };
    others[provider] = of;
  }
  return { name, published, ceilings, providers: others };
}

const CEILINGS = `1 to ${MAX_DAYS} whole numbers from 1 on, none less than the one before`;

function areCeilings(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_DAYS) return false;
  return value.every(
    (one: unknown, index) =>
      typeof one === 'number' &&
      Number.isSafeInteger(one) &&
      one >= Math.max(1, index === 0 ? 1 : (value[index - 1] as number)),
  );
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}
