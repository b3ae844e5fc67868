/** Files of data that stand beside the configuration: the one that comes with the program, and the operator's own. */
import { ConfigError } from './config-error.ts';
import { reason } from './read-failure.ts';

export interface DataProblem {
  readonly at: string | undefined;
  readonly expected: string;
}

/** What `parse` makes of `file`. Throws {@link ConfigError} that names file, key and what was expected. */
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
