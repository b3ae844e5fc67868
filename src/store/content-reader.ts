/** Reads the content of a spooled message, chunk by chunk. Used by delivery and relayctl. */

export interface ContentReader {
  /** The number of chunks; 0 when the content has been removed. */
  chunkCount(contentId: number): Promise<number>;
  /** Chunk `index`, counted from 0. Throws StoreError `not-found` when it has been removed. */
  readChunk(contentId: number, index: number): Promise<Uint8Array<ArrayBuffer>>;
}
