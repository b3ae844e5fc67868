/** A whole text file, or standard input, as an argument of a command names it. */
import { isUtf8 } from 'node:buffer';
import { CliFailure, notFound } from '../cli-failure.ts';
import type { CommandContext } from '../command-context.ts';

/** UTF-8, at most `maxBytes`. `file`: a path, or `-` for standard input. */
export async function readText(
  { services }: Pick<CommandContext, 'services'>,
  file: string,
  maxBytes: number,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of services.readInput(file)) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) break;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw code === 'ENOENT'
      ? notFound(`there is no file ${file}`)
      : new CliFailure('unreadable', `cannot read ${file}: ${code}`);
  }
  if (length > maxBytes) throw new CliFailure('too-large', `${file} has more than ${maxBytes} octets`);
  const bytes = Buffer.concat(pieces);
  if (!isUtf8(bytes)) throw new CliFailure('unreadable', `${file} is not UTF-8`);
  return bytes.toString('utf8');
}
