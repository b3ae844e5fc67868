/** A whole text file, or standard input, as an argument of a command names it. */
import { isUtf8 } from 'node:buffer';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import { readBytes } from './file-bytes.ts';

/** UTF-8, at most `maxBytes`. `file`: a path, or `-` for standard input. */
export async function readText(
  context: Pick<CommandContext, 'services'>,
  file: string,
  maxBytes: number,
): Promise<string> {
  const bytes = await readBytes(context, file, maxBytes + 1);
  if (bytes.length > maxBytes) throw new CliFailure('too-large', `${file} has more than ${maxBytes} octets`);
  if (!isUtf8(bytes)) throw new CliFailure('unreadable', `${file} is not UTF-8`);
  return bytes.toString('utf8');
}
