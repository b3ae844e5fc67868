/** Reads the chunks of a content, on a connection of the caller's. */
import type { Database } from 'better-sqlite3';
import type { ContentReader } from '../../content-reader.ts';
import { StoreError } from '../../errors.ts';
import { chunkKey } from '../../flow/keys.ts';
import { pluck } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

/** On `db`, which may be read-only. A content's id is its message's key. */
export function createContentReader(db: Database): Direct<ContentReader> {
  const count = pluck<[number], number>(db, 'SELECT chunk_count FROM message WHERE id = ?');
  const chunk = pluck<[number], Uint8Array<ArrayBuffer>>(db, 'SELECT data FROM content_chunk WHERE id = ?');
  return {
    chunkCount: (contentId) => count.get(contentId) ?? 0,
    readChunk(contentId, index) {
      const data = chunk.get(chunkKey(contentId, index));
      if (data === undefined)
        throw new StoreError('not-found', `the content of message ${contentId} is gone`);
      return data;
    },
  };
}
