/** Data files next to the configuration: the shipped one and the operator's own. */
import { ConfigError } from './config-error.ts';
import { keyLines } from './key-lines.ts';
import { reason } from './read-failure.ts';

export interface DataProblem {
  readonly at: string | undefined;
  readonly expected: string;
  /** Dotted, as key-lines.ts has keys: its line is told, or that of the table that it is in. */
  readonly key?: string | undefined;
}

/** `file` parsed by `parse`. Throws {@link ConfigError} that names file, key and what was expected. */
export function readDataFile<Parsed extends object>(
  readFile: (path: string) => string,
  file: string,
  parse: (text: string) => Parsed,
): Exclude<Parsed, DataProblem> {
  const refuse = (key: string | undefined, message: string, line?: number) => {
    const place = { file, line, variable: undefined };
    return new ConfigError([{ ...place, key, message, accepted: undefined }]);
  };
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw refuse(undefined, `cannot read ${file}: ${reason(error)}`);
  }
  const items = parse(text);
  if (isProblem(items)) throw refuse(items.at, `expected ${items.expected}`, lineOf(text, items.key));
  return items as Exclude<Parsed, DataProblem>;
}

function isProblem(parsed: object): parsed is DataProblem {
  return 'expected' in parsed;
}

/** Keys within an inline table have no line of their own. */
function lineOf(text: string, key: string | undefined): number | undefined {
  if (key === undefined) return undefined;
  const lines = keyLines(text);
  const path = key.split('.');
  for (; path.length > 0; path.pop()) {
    const line = lines.get(path.join('.'));
    if (line !== undefined) return line;
  }
  return undefined;
}
