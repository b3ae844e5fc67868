/**
 * Content of messages that are sent once for each recipient, kept between their transactions: a message to a thousand is read
 * once and not a thousand times. Bounded in octets: of the message that was used longest ago chunks go first. What is read
 * already is waited for, not read again.
 */
import type { ContentReader } from '../../store/content-reader.ts';

type Chunk = Uint8Array<ArrayBuffer>;

/** Of all such messages together; one of the default largest size (`submission.max_message_bytes`) fits. */
export const CHUNK_CACHE_BYTES = 32 * 1024 * 1024;

interface Content {
  readonly chunks: Map<number, Chunk>;
  readonly reading: Map<number, Promise<Chunk>>;
}

export class ChunkCache implements ContentReader {
  readonly #reader: ContentReader;
  readonly #mostBytes: number;
  /** By message; those used last are last. */
  readonly #contents = new Map<number, Content>();
  #sizeBytes = 0;

  constructor(reader: ContentReader, mostBytes = CHUNK_CACHE_BYTES) {
    this.#reader = reader;
    this.#mostBytes = mostBytes;
  }

  /** Octets that are kept. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  chunkCount(contentId: number): Promise<number> {
    return this.#reader.chunkCount(contentId);
  }

  async readChunk(contentId: number, index: number): Promise<Chunk> {
    const content: Content = this.#contents.get(contentId) ?? { chunks: new Map(), reading: new Map() };
    this.#contents.delete(contentId);
    this.#contents.set(contentId, content);
    return (
      content.chunks.get(index) ??
      (await (content.reading.get(index) ?? this.#read(content, contentId, index)))
    );
  }

  /** The message is not in hand any more. */
  forget(contentId: number): void {
    for (const { length } of this.#contents.get(contentId)?.chunks.values() ?? []) this.#sizeBytes -= length;
    this.#contents.delete(contentId);
  }

  #read(content: Content, contentId: number, index: number): Promise<Chunk> {
    const reading = this.#reader
      .readChunk(contentId, index)
      .then((chunk) => {
        // It was forgotten meanwhile.
        if (this.#contents.get(contentId) === content) this.#keep(content, index, chunk);
        return chunk;
      })
      .finally(() => content.reading.delete(index));
    content.reading.set(index, reading);
    return reading;
  }

  #keep({ chunks }: Content, index: number, chunk: Chunk): void {
    chunks.set(index, chunk);
    this.#sizeBytes += chunk.length;
    for (const { chunks: oldest } of this.#contents.values()) {
      for (const [first, { length }] of oldest) {
        if (this.#sizeBytes <= this.#mostBytes) return;
        oldest.delete(first);
        this.#sizeBytes -= length;
      }
    }
  }
}
