/** The keys of one table of a file of shaping rules, taken one by one. The first fault is kept, with its place. */
import { formatDurationMs, parseDurationMs } from '../../platform/duration.ts';
import { normalizeDomain } from '../../smtp/address.ts';
import { isDataTable, type DataTable, type TablesProblem } from '../data-tables.ts';
import type { ShapingMatch } from './shaping-rules.ts';

export const MATCHES_ALL: ShapingMatch = {
  ...{ domains: [], mx: [], providers: [], accounts: [], streams: [], sources: [] },
};

/** Keys of `match`, as written and as read. */
export const MATCH_KEYS = {
  domain: 'domains',
  mx: 'mx',
  provider: 'providers',
  account: 'accounts',
  stream: 'streams',
  source: 'sources',
} as const;
export type MatchKey = keyof typeof MATCH_KEYS;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const OFF = 'off';

export class RuleFields {
  readonly table: DataTable;
  /** In its file, from 0. */
  readonly position: number;
  readonly #kind: 'rule' | 'reply';
  #problem: TablesProblem | undefined;

  constructor(kind: 'rule' | 'reply', position: number, table: DataTable) {
    this.#kind = kind;
    this.position = position;
    this.table = table;
  }

  /** `undefined`: nothing is wrong. */
  get problem(): TablesProblem | undefined {
    return this.#problem;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.table, key);
  }

  /** What was expected under `key`. */
  refuse(key: string, expected: string): void {
    const named = this.table[this.#kind === 'rule' ? 'name' : 'id'];
    const table = typeof named === 'string' && NAME.test(named) ? `"${named}"` : String(this.position + 1);
    this.#problem ??= {
      at: `${this.#kind} ${table}, ${key}`,
      expected,
      key: `${this.#kind}.${String(this.position)}.${key}`,
    };
  }

  refuseOthers(known: readonly string[]): void {
    const unknown = Object.keys(this.table).find((key) => !known.includes(key));
    if (unknown !== undefined) this.refuse(unknown, `one of the keys ${known.join(', ')}`);
  }

  name(key: string, form: RegExp = NAME, words = 'letters, digits, dots, hyphens and underscores'): string {
    const name = this.table[key];
    if (typeof name === 'string' && form.test(name)) return name;
    this.refuse(key, `a name of up to 64 ${words}`);
    return '';
  }

  choice<const C extends string>(key: string, choices: readonly C[]): C | undefined {
    const value = this.table[key];
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.refuse(key, `one of ${quoted(choices)}`);
    return found;
  }

  /** A whole number, or `"off"`: `Infinity`. `undefined`: it is not there, or wrong. */
  limit(key: string, most: number): number | undefined {
    if (!this.has(key)) return undefined;
    const value = this.table[key];
    if (value === OFF) return Infinity;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
    this.refuse(key, `a whole number from 1 to ${String(most)}, or "off"`);
    return undefined;
  }

  /** Milliseconds. */
  duration(key: string, leastMs: number, mostMs: number): number | undefined {
    if (!this.has(key)) return undefined;
    const durationMs = durationOf(this.table[key], leastMs, mostMs);
    if (durationMs === undefined) this.refuse(key, `a duration ${range(leastMs, mostMs)}`);
    return durationMs;
  }

  durations(key: string, leastMs: number, mostMs: number): readonly number[] | undefined {
    if (!this.has(key)) return undefined;
    const written = this.table[key];
    const list = Array.isArray(written) ? (written as readonly unknown[]) : [];
    const waits = list.flatMap((one) => durationOf(one, leastMs, mostMs) ?? []);
    if (waits.length > 0 && waits.length === list.length) return waits;
    this.refuse(key, `a list such as ["5m", "15m", "1h"] of durations ${range(leastMs, mostMs)}`);
    return undefined;
  }

  /** One of `choices`, or a list of them. `undefined`: it is not there, or wrong. */
  choices<const C extends string>(key: string, choices: readonly C[]): readonly C[] | undefined {
    if (!this.has(key)) return undefined;
    const list = listOf(this.table[key]);
    const found = list.flatMap((one) => choices.find((choice) => choice === one) ?? []);
    if (found.length > 0 && found.length === list.length && new Set(found).size === found.length)
      return found;
    this.refuse(key, `one of ${quoted(choices)}, or a list of them`);
    return undefined;
  }

  /** `undefined`: there is none. Lists that came out empty where they were made must not match everything. */
  match(keys: readonly MatchKey[]): ShapingMatch | undefined {
    if (!this.has('match')) return undefined;
    const written = this.table['match'];
    const form = `a table of ${keys.join(', ')}, such as { ${keys.at(-1) ?? ''} = "..." }`;
    if (!isDataTable(written)) {
      this.refuse('match', form);
      return;
    }
    const match: { -readonly [Key in keyof ShapingMatch]: ShapingMatch[Key] } = { ...MATCHES_ALL };
    for (const [key, value] of Object.entries(written)) {
      const known = keys.find((one) => one === key);
      if (known === undefined) {
        this.refuse('match', `${form}; not ${key}`);
        return;
      }
      const list = listOf(value);
      const texts = list.flatMap((one) => (typeof one === 'string' ? (matched(known, one) ?? []) : []));
      if (texts.length === 0 || texts.length < list.length) {
        this.refuse(`match.${key}`, `${MATCH_FORMS[known]}, or a list of such; no empty list`);
        return;
      }
      match[MATCH_KEYS[known]] = texts;
    }
    return match;
  }
}

const MATCH_FORMS: Readonly<Record<MatchKey, string>> = {
  domain: 'a domain such as "example.com" or "*.example.com"',
  mx: 'the name of an MX host such as "mx.example.com", or one that it is below',
  provider: 'a provider of config/providers.toml such as "google"',
  account: 'the name of an account',
  stream: 'the name of a stream',
  source: 'the name of a [[source]] table',
};

function matched(key: MatchKey, text: string): string | undefined {
  if (key === 'domain' && text.startsWith('*.')) {
    const domain = normalizeDomain(text.slice(2));
    return domain === undefined ? undefined : `*.${domain}`;
  }
  if (key === 'domain' || key === 'mx') return normalizeDomain(text);
  return text.trim() === '' ? undefined : text;
}

function durationOf(value: unknown, leastMs: number, mostMs: number): number | undefined {
  const durationMs = typeof value === 'string' ? parseDurationMs(value) : undefined;
  return durationMs !== undefined && durationMs >= leastMs && durationMs <= mostMs ? durationMs : undefined;
}

function range(leastMs: number, mostMs: number): string {
  return `from "${formatDurationMs(leastMs)}" to "${formatDurationMs(mostMs)}"`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function quoted(choices: readonly string[]): string {
  return choices.map((choice) => `"${choice}"`).join(', ');
}
