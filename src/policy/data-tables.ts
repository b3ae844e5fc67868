/** Files of data in TOML that are a list of tables of one kind (`[[rule]]`, `[[source]]`), and nothing else. Pure. */
import { parse, TomlError } from 'smol-toml';

export interface TablesProblem {
  /** `line 12`, or the key that is wrong. */
  readonly at: string;
  readonly expected: string;
}

/** The tables of `kind` in `toml`, in order; none where there are none. Never throws for what stands in it. */
export function readTables(
  toml: string,
  kind: string,
): readonly Readonly<Record<string, unknown>>[] | TablesProblem {
  let document: Record<string, unknown>;
  try {
    document = parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { at: `line ${error.line}`, expected: error.message.split('\n')[0] ?? 'TOML' };
  }
  const unknown = Object.keys(document).find((key) => key !== kind);
  if (unknown !== undefined) return { at: unknown, expected: `only [[${kind}]] tables` };
  const tables = document[kind] ?? [];
  if (!Array.isArray(tables)) return { at: kind, expected: `[[${kind}]] tables` };
  return tables as readonly Record<string, unknown>[];
}
