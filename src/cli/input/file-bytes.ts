/** The octets of a file, or of standard input, as an argument of a command names it, no further than they are wanted. */
import { CliFailure, notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';

/** At least the first `wantedBytes` where there are as many, and not much more. `file`: a path, or `-` for standard input. */
export async function readBytes(
  { services }: Pick<CommandContext, 'services'>,
  file: string,
  wantedBytes: number,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of services.readInput(file)) {
      pieces.push(piece);
      length += piece.length;
      if (length >= wantedBytes) break;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw code === 'ENOENT'
      ? notFound(`there is no file ${file}`)
      : new CliFailure('unreadable', `cannot read ${file}: ${code}`);
  }
  return Buffer.concat(pieces);
}
