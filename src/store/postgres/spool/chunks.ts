/** Splits a whole content into the chunks that are stored. */
import { chunkKey } from '../../flow/keys.ts';
import { MAX_CHUNK_BYTES } from '../../message-records.ts';

export function chunksOf(messageKey: number, bytes: Uint8Array): { key: number; bytes: Uint8Array }[] {
  const chunks = [];
  for (let at = 0, index = 0; at < Math.max(1, bytes.length); at += MAX_CHUNK_BYTES, index++)
    chunks.push({ key: chunkKey(messageKey, index), bytes: bytes.subarray(at, at + MAX_CHUNK_BYTES) });
  return chunks;
}
