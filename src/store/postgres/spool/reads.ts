/** Reads of the spool beside the writer: contents and idempotency keys. */
import type { ContentReader } from '../../content-reader.ts';
import { StoreError } from '../../errors.ts';
import { chunkKey } from '../../flow/keys.ts';
import { IDEMPOTENCY_MS, type IdempotencyReader } from '../../idempotency.ts';
import type { Database } from '../engine/database.ts';

const CHUNK_COUNT = 'SELECT chunk_count FROM message WHERE id = $1';
const CHUNK = 'SELECT data FROM content_chunk WHERE id = $1';
const FIRST = `SELECT i.body_hash, i.result FROM idempotency i JOIN credential c ON c.id = i.credential_id
  WHERE c.public_id = $1 AND i.key = $2 AND i.created_at > $3`;

interface FirstRow {
  readonly body_hash: Uint8Array<ArrayBuffer> | null;
  readonly result: string;
}

export function spoolReads(database: Database): ContentReader & IdempotencyReader {
  const first = async <Row>(text: string, values: readonly unknown[]): Promise<Row | undefined> => {
    const { rows } = await database.read((session) => session.query<Row>(text, values));
    return rows[0];
  };
  return {
    async chunkCount(contentId) {
      return (await first<{ chunk_count: number }>(CHUNK_COUNT, [contentId]))?.chunk_count ?? 0;
    },
    async readChunk(contentId, index) {
      const row = await first<{ data: Uint8Array<ArrayBuffer> }>(CHUNK, [chunkKey(contentId, index)]);
      if (row === undefined) throw new StoreError('not-found', `the content of message ${contentId} is gone`);
      return row.data;
    },
    async firstResult(credentialId, key, nowMs) {
      const since = Math.round(nowMs) - IDEMPOTENCY_MS;
      const row = await first<FirstRow>(FIRST, [credentialId, key, since]);
      return row && { bodyHash: row.body_hash ?? undefined, result: row.result };
    },
  };
}
