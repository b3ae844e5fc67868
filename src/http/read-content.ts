/** The content of a message as it is stored, for routes that show it. */
import type { StoreReads } from '../store/store.ts';
import { ApiError } from './api-error.ts';

/** Octet for octet. Rejects with ApiError 410 when it has been removed. */
export async function readStoredContent(
  reader: Pick<StoreReads, 'contentIdOf' | 'chunkCount' | 'readChunk'>,
  messageId: string,
): Promise<Buffer> {
  const contentId = await reader.contentIdOf(messageId);
  const count = contentId === undefined ? 0 : await reader.chunkCount(contentId);
  if (contentId === undefined || count === 0)
    throw new ApiError(410, 'gone', `the content of ${messageId} has been removed (retention.content)`);
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < count; index++) chunks.push(await reader.readChunk(contentId, index));
  return Buffer.concat(chunks);
}
