/** The URL of a store from the command line, or from a file, since it may carry a password. */
import { storeUrlProblem } from '../../config/store-kinds.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import { readText } from './text-file.ts';

const MOST_OCTETS = 8_192;

/** `undefined`: neither was given. `option` is what the URL is given with; a file with `${option}-file`. */
export async function storeUrlOf(
  context: CommandContext,
  written: string | undefined,
  file: string | undefined,
  option: string,
): Promise<string | undefined> {
  if (written !== undefined && file !== undefined)
    throw usage(`${option} and ${option}-file are two ways to give one URL`, 'give one of them');
  const url = file === undefined ? written : (await readText(context, file, MOST_OCTETS)).trim();
  if (url === undefined) return undefined;
  const problem = /^sqlite:\/./.test(url) ? undefined : storeUrlProblem(url);
  if (problem !== undefined)
    throw usage(
      `the URL ${problem}`,
      'such as postgres://user:password@host:5432/database, sqlite: (in data_dir) or sqlite:/folder',
    );
  return url;
}
