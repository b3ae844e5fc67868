/** Streams of an account: their names stand in headers, URLs and `--stream` options. */
import type { DirectoryReader } from '../store/directory.ts';
import { StoreError } from '../store/errors.ts';
import type { Stream } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { conflict, invalid, type AdminRefusal } from './refusal.ts';
import { refuseOperatorAccount } from './tenant.ts';

/** `account` is how the scope of a whole account is written. */
export const STREAM_NAME = /^(?!account$)[a-z0-9][a-z0-9_-]{0,63}$/;
export const STREAM_KINDS = ['transactional', 'broadcast'] as const satisfies readonly Stream['kind'][];
/** Of mail for which nobody names one. */
export const DEFAULT_STREAM = 'transactional';

export type NewStreamInput = Pick<Stream, 'accountId' | 'name' | 'kind'>;

/** Durable when it resolves to the stream. */
export async function addStream(
  input: NewStreamInput,
  { reader, directory, clock, actor }: With<'reader' | 'directory' | 'clock'>,
): Promise<Stream | AdminRefusal> {
  const { accountId, name } = input;
  const refusal = refuseOperatorAccount(accountId, 'streams of its own');
  if (refusal !== undefined) return refusal;
  if (!STREAM_NAME.test(name))
    return invalid(
      'name',
      `${name} cannot be the name of a stream`,
      'use lower-case letters, digits, - and _: newsletter',
    );
  const taken = conflict(`there is a stream ${name} already`, 'name');
  if ((await reader.streamByName(accountId, name)) !== undefined) return taken;
  const stream = { ...input, createdAtMs: clock.now() };
  try {
    await directory.addStream(stream, actor);
    return stream;
  } catch (error) {
    // Somebody was quicker.
    if (error instanceof StoreError && error.code === 'conflict') return taken;
    throw error;
  }
}

/** Why `name` cannot be meant by the field `stream`: the account has none of that name. */
export async function unknownStream(
  accountId: string,
  name: string,
  reader: Pick<DirectoryReader, 'streamByName' | 'listStreams'>,
): Promise<AdminRefusal | undefined> {
  if ((await reader.streamByName(accountId, name)) !== undefined) return undefined;
  const known = (await reader.listStreams(accountId)).map((stream) => stream.name);
  return {
    refused: 'not-found',
    field: 'stream',
    problem: `there is no stream ${name}`,
    remedy: `accepted: ${known.join(', ')}`,
  };
}
