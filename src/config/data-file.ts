/** Data files next to the configuration: the shipped one and the operator's own. */
import { ConfigError } from './config-error.ts';
import { reason } from './read-failure.ts';

export interface DataProblem {
  readonly at: string | undefined;
  readonly expected: string;
}

/** `file` parsed by `parse`. Throws {@link ConfigError} that names file, key and what was expected. */
export function readDataFile<Item>(
  readFile: (path: string) => string,
  file: string,
  parse: (text: string) => readonly Item[] | DataProblem,
): readonly Item[] {
  const refuse = (key: string | undefined, message: string) => {
    const place = { file, line: undefined, variable: undefined };
    return new ConfigError([{ ...place, key, message, accepted: undefined }]);
  };
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw refuse(undefined, `cannot read ${file}: ${reason(error)}`);
  }
  const items = parse(text);
  if ('expected' in items) throw refuse(items.at, `expected ${items.expected}`);
  return items;
}
