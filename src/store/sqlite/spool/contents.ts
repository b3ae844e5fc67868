/**
 * SQL of content: chunks of at most MAX_CHUNK_BYTES beside the messages, uploads whose message is not accepted yet, and
 * contents to be removed. Removing a large content is expensive (each of its pages is freed), so it is done in parts: first
 * it is marked, then `removeSome` is called until nothing is left.
 */
import type { Database, Statement } from 'better-sqlite3';
import { MAX_CHUNK_BYTES } from '../../message-records.ts';
import { chunkKey, chunkRange } from '../../flow/keys.ts';
import { pluck, prepare } from '../engine/prepare.ts';

/** Chunks removed in one step: 16 of 256 KiB take about 4 ms. */
const CHUNKS_A_STEP = 16;

export class Contents {
  readonly #insertChunk: Statement<[number, Uint8Array]>;
  readonly #deleteRange: Statement<[number, number]>;
  readonly #deleteSome: Statement<[number, number, number]>;
  readonly #insertUpload: Statement<[number, string, number]>;
  readonly #deleteUpload: Statement<[number]>;
  readonly #doom: Statement<[number]>;
  readonly #doomOlder: Statement<[number]>;
  readonly #selectDoomed: Statement<[], number>;

  constructor(db: Database) {
    this.#insertChunk = prepare(db, 'INSERT INTO content_chunk (id, data) VALUES (?, ?)');
    this.#deleteRange = prepare(db, 'DELETE FROM content_chunk WHERE id BETWEEN ? AND ?');
    this.#deleteSome = prepare(db, 'DELETE FROM content_chunk WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?');
    this.#insertUpload = prepare(db, 'INSERT INTO upload (message_id, name, epoch) VALUES (?, ?, ?)');
    this.#deleteUpload = prepare(db, 'DELETE FROM upload WHERE message_id = ?');
    this.#doom = prepare(
      db,
      `INSERT INTO upload (message_id, name, epoch) VALUES (?, NULL, 0)
      ON CONFLICT (message_id) DO UPDATE SET name = NULL, epoch = 0`,
    );
    this.#doomOlder = prepare(db, 'UPDATE upload SET name = NULL, epoch = 0 WHERE epoch < ?');
    this.#selectDoomed = pluck<[], number>(db, 'SELECT message_id FROM upload WHERE epoch = 0 LIMIT 1');
  }

  /** Stores a whole content and returns its number of chunks. */
  insertWhole(messageKey: number, bytes: Uint8Array): number {
    if (bytes.length <= MAX_CHUNK_BYTES) {
      this.#insertChunk.run(chunkKey(messageKey, 0), bytes);
      return 1;
    }
    let count = 0;
    for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
      this.#insertChunk.run(chunkKey(messageKey, count++), bytes.subarray(at, at + MAX_CHUNK_BYTES));
    }
    return count;
  }

  insertChunk(messageKey: number, index: number, bytes: Uint8Array): void {
    this.#insertChunk.run(chunkKey(messageKey, index), bytes);
  }

  beginUpload(messageKey: number, name: string, epoch: number): void {
    this.#insertUpload.run(messageKey, name, epoch);
  }

  /** Its chunks belong to a message from now on. */
  completeUpload(messageKey: number): void {
    this.#deleteUpload.run(messageKey);
  }

  /** Marks a content or an upload for removal by {@link removeSome}. */
  doom(messageKey: number): void {
    this.#doom.run(messageKey);
  }

  /** Marks the uploads of earlier epochs. */
  doomOlderThan(epoch: number): void {
    this.#doomOlder.run(epoch);
  }

  /** Removes a small content at once. */
  removeNow(messageKey: number): void {
    this.#deleteRange.run(...chunkRange(messageKey));
  }

  /** Removes some chunks of marked contents. False when there are none. */
  removeSome(): boolean {
    const key = this.#selectDoomed.get();
    if (key === undefined) return false;
    const removed = this.#deleteSome.run(...chunkRange(key), CHUNKS_A_STEP).changes;
    if (removed < CHUNKS_A_STEP) this.#deleteUpload.run(key);
    return true;
  }
}
