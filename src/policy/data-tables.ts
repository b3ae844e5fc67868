/** Files of data in TOML that are lists of tables (`[[rule]]`, `[[source]]`), and nothing else. Pure. */
import { parse, TomlError } from 'smol-toml';

export interface TablesProblem {
  /** `line 12`, or the key that is wrong. */
  readonly at: string;
  readonly expected: string;
  /** Dotted, with positions from 0: `rule.2.match`. For whoever finds its line; `undefined`: there is none, or `at` has it. */
  readonly key?: string | undefined;
}

export type DataTable = Readonly<Record<string, unknown>>;

/** The tables of `kind` in `toml`, in order; none where there are none. Never throws for what stands in it. */
export function readTables(toml: string, kind: string): readonly DataTable[] | TablesProblem {
  const lists = readTableLists(toml, [kind]);
  return 'expected' in lists ? lists : (lists.get(kind) ?? []);
}

/** As {@link readTables}, of a file that has several kinds: by kind. */
export function readTableLists(
  toml: string,
  kinds: readonly string[],
): ReadonlyMap<string, readonly DataTable[]> | TablesProblem {
  let document: Record<string, unknown>;
  try {
    document = parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { at: `line ${error.line}`, expected: error.message.split('\n')[0] ?? 'TOML' };
  }
  const expected = kinds.map((kind) => `[[${kind}]]`).join(' and ');
  const unknown = Object.keys(document).find((key) => !kinds.includes(key));
  if (unknown !== undefined) return { at: unknown, expected: `only ${expected} tables`, key: unknown };
  const lists = new Map<string, readonly DataTable[]>();
  for (const kind of kinds) {
    const tables = document[kind] ?? [];
    if (!Array.isArray(tables)) return { at: kind, expected: `[[${kind}]] tables`, key: kind };
    const odd = tables.findIndex((table) => !isDataTable(table));
    if (odd >= 0) return { at: kind, expected: `[[${kind}]] tables`, key: kind };
    lists.set(kind, tables as readonly DataTable[]);
  }
  return lists;
}

export function isDataTable(value: unknown): value is DataTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
