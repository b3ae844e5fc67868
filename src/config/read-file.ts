/** A TOML text as given values: known keys with their lines, and unknown keys. Does not validate values. */
import { parse, TomlError } from 'smol-toml';
import type { ConfigProblem } from './config-error.ts';
import { keyLines } from './key-lines.ts';
import { suggestKey } from './key-suggestion.ts';
import { isSettingKey, SECTIONS, SETTING_KEYS } from './settings.ts';
import type { SettingKey } from './settings.ts';

/** The source of a value. */
export type SettingSource =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number | undefined }
  /** `file`: the secret file named by the variable. */
  | { readonly kind: 'environment'; readonly variable: string; readonly file: string | undefined };

export interface GivenValue {
  readonly key: SettingKey;
  /** As TOML has it. */
  readonly value: unknown;
  readonly source: SettingSource;
  /** Of a path below the key, where the file has it: `route.1.host`. */
  readonly lineOf?: (path: string) => number | undefined;
}

export interface GivenValues {
  readonly values: readonly GivenValue[];
  readonly problems: readonly ConfigProblem[];
}

/** `file` is used in messages only. */
export function readToml(file: string, text: string): GivenValues {
  let document: Record<string, unknown>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = `this is not TOML: ${firstLine(error.message)}`;
    const problem = { file, line: error.line, variable: undefined, key: undefined, message };
    return { values: [], problems: [{ ...problem, accepted: undefined }] };
  }
  const lines = keyLines(text);
  // A key in an inline table has the line of its table.
  const lineOf = (key: string): number | undefined => {
    const end = key.lastIndexOf('.');
    return lines.get(key) ?? (end < 0 ? undefined : lineOf(key.slice(0, end)));
  };
  const values: GivenValue[] = [];
  const problems: ConfigProblem[] = [];
  const refuse = (key: string, message: string) => {
    problems.push({ file, line: lineOf(key), variable: undefined, key, message, accepted: undefined });
  };
  for (const [name, value] of Object.entries(document)) {
    if (SECTIONS.includes(name)) {
      if (!isTable(value)) {
        refuse(name, `is a section: write [${name}] on a line of its own and its keys below`);
        continue;
      }
      takeSection(name, value);
    } else take(name, value);
  }
  return { values, problems };

  function takeSection(name: string, section: Record<string, unknown>): void {
    for (const [leaf, value] of Object.entries(section)) {
      const key = `${name}.${leaf}`;
      // `[dashboard.oidc]`
      if (isTable(value) && SETTING_KEYS.some((one) => one.startsWith(`${key}.`))) takeSection(key, value);
      else take(key, value);
    }
  }

  function take(key: string, value: unknown): void {
    if (isSettingKey(key))
      values.push({ key, value, source: { kind: 'file', file, line: lineOf(key) }, lineOf });
    else refuse(key, `there is no such key; ${suggestKey(key)}`);
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? message).replace(/^Invalid TOML document: /, '');
}
