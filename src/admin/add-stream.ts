/** A further stream of an account. Its name stands in headers, URLs and `--stream` options. */
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import { StoreError } from '../store/errors.ts';
import type { Stream } from '../store/records.ts';

/** `account` is how the scope of a whole account is written. */
export const STREAM_NAME = /^(?!account$)[a-z0-9][a-z0-9_-]{0,63}$/;

/** Resolves when it is durable; false when the account has one of that name. */
export async function addStream(
  stream: Stream,
  {
    reader,
    directory,
    actor,
  }: {
    readonly reader: Pick<DirectoryReader, 'streamByName'>;
    readonly directory: Pick<DirectoryWriter, 'addStream'>;
    readonly actor: string;
  },
): Promise<boolean> {
  if ((await reader.streamByName(stream.accountId, stream.name)) !== undefined) return false;
  try {
    await directory.addStream(stream, actor);
    return true;
  } catch (error) {
    // Somebody was quicker.
    if (error instanceof StoreError && error.code === 'conflict') return false;
    throw error;
  }
}
