/** The message that a report is about, for return in a DSN: read from the store while it is kept. */
import type { DsnContent } from '../dsn/write/write-dsns.ts';
import type { ContentReader } from '../store/content-reader.ts';
import type { MessageFacts } from '../store/message-records.ts';

/** Its methods throw StoreError `not-found` when the content was removed. */
export function storedContent(
  reader: ContentReader,
  contentId: number,
  facts: Pick<MessageFacts, 'headerSizeBytes' | 'sizeBytes'>,
): DsnContent {
  const read = async (wantedBytes: number): Promise<Uint8Array> => {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for (let index = 0; sizeBytes < wantedBytes; index++) {
      const chunk = await reader.readChunk(contentId, index);
      parts.push(chunk);
      sizeBytes += chunk.length;
    }
    return Buffer.concat(parts).subarray(0, wantedBytes);
  };
  return {
    content: async (limitBytes) => (facts.sizeBytes > limitBytes ? undefined : await read(facts.sizeBytes)),
    header: (limitBytes) => read(Math.min(facts.headerSizeBytes, limitBytes)),
  };
}
