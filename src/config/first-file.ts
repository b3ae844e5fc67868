/**
 * The configuration of a new relay: the few keys that are its own, as a file, or put into a file that does not set them.
 * A value that is set is never changed, and what is written is a line for a line: comments and order stay.
 */
import type { TableName } from './egress/table-fields.ts';
import type { LoadedConfig } from './load.ts';
import type { SettingKey } from './settings.ts';

/** A key and its value, as TOML has it. */
export interface WantedSetting {
  readonly key: SettingKey;
  readonly value: string | readonly string[];
  /** Why, for whoever reads the file. */
  readonly comment: string;
}

export interface DifferentSetting {
  readonly key: SettingKey;
  /** As lines of the file. */
  readonly wanted: string;
  /** `undefined`: it is not set. */
  readonly now: string | undefined;
  /** Set elsewhere than in the file: the environment. */
  readonly variable: string | undefined;
}

/** What is wanted and not in force. */
export function differentSettings(
  { sources }: Pick<LoadedConfig, 'sources'>,
  wanted: readonly WantedSetting[],
): readonly DifferentSetting[] {
  return wanted.flatMap(({ key, value }) => {
    const found = sources.find((one) => one.key === key);
    const set = found !== undefined && found.source.kind !== 'default';
    if (set && isSame(found.value, value)) return [];
    return {
      key,
      wanted: assignment(key, value),
      now: set ? assignment(key, found.value) : undefined,
      variable: found?.source.kind === 'environment' ? found.source.variable : undefined,
    };
  });
}

/** A new file with `wanted`. */
export function firstFile(wanted: readonly WantedSetting[]): string {
  const head =
    '# Made by relayctl quickstart. All keys and their defaults: relayctl config show, and config/relay.toml of the release.\n';
  return wanted.reduce((text, { key, value, comment }) => {
    const [section] = parts(key);
    const title = section === undefined || text.includes(`[${section}]\n`) ? '' : `\n[${section}]`;
    return `${text}${title}\n# ${comment}\n${assignment(key, value)}\n`;
  }, head);
}

/** A table of a list, for the end of a file; what is `undefined` is left out. */
export function tableLines(
  list: TableName,
  values: Readonly<Record<string, string | number | undefined>>,
): readonly string[] {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return [`[[${list}]]`, ...given.map(([name, value]) => `${name} = ${JSON.stringify(value)}`)];
}

/** `text` with `wanted`, of which none is set in it: in the place of a commented line, else first in its section. */
export function withSettings(text: string, wanted: readonly WantedSetting[]): string {
  return wanted.reduce(withSetting, text);
}

function withSetting(text: string, { key, value }: WantedSetting): string {
  const [section, name] = parts(key);
  const lines = text.split('\n');
  const isHeader = (line: string) => /^\s*\[/.test(line);
  const header = lines.findIndex((line) => isHeader(line) && line.trim() === `[${section ?? ''}]`);
  const line = assignment(key, value);
  if (section !== undefined && header < 0) return `${text.replace(/\n*$/, '\n')}\n[${section}]\n${line}\n`;
  const start = section === undefined ? 0 : header + 1;
  const next = lines.findIndex((one, at) => at >= start && isHeader(one));
  const end = next < 0 ? lines.length : next;
  const commented = lines.findIndex(
    (one, at) => at >= start && at < end && new RegExp(`^#\\s?${name}\\s*=`).test(one),
  );
  return (commented < 0 ? lines.toSpliced(start, 0, line) : lines.with(commented, line)).join('\n');
}

function parts(key: SettingKey): readonly [section: string | undefined, name: string] {
  const dot = key.lastIndexOf('.');
  return dot < 0 ? [undefined, key] : [key.slice(0, dot), key.slice(dot + 1)];
}

function assignment(key: SettingKey, value: unknown): string {
  const [, name] = parts(key);
  // What JSON writes of text and of lists of text, TOML reads as the same.
  return `${name} = ${JSON.stringify(value)}`;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
