/**
 * Messages that are being received in chunks: their chunks are durable as they arrive, but belong to nothing until an accept
 * names them. An upload that no accept names is removed when it is abandoned, or at the next start.
 */
import { StoreError } from '../../errors.ts';
import { MAX_CHUNK_BYTES } from '../../message-records.ts';
import type { Context } from '../engine/context.ts';

interface Upload {
  readonly messageKey: number;
  chunkCount: number;
}

export class Uploads {
  readonly #context: Context;
  readonly #open = new Map<string, Upload>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** StoreError `conflict`: out of order, or too large. */
  putChunk(name: string, index: number, bytes: Uint8Array): void {
    const { contents, transaction } = this.#context;
    if (bytes.length > MAX_CHUNK_BYTES) throw new StoreError('conflict', `a chunk of ${bytes.length} octets`);
    const upload = this.#open.get(name) ?? this.#begin(name);
    if (index !== upload.chunkCount) {
      throw new StoreError(
        'conflict',
        `upload ${name}: chunk ${index} came when ${upload.chunkCount} was next`,
      );
    }
    contents.insertChunk(upload.messageKey, index, bytes);
    upload.chunkCount++;
    transaction.undo.record(() => {
      upload.chunkCount--;
    });
  }

  /** The upload becomes a message's content; returns the message's key. StoreError `conflict` when it is not whole. */
  complete(name: string, chunkCount: number): number {
    const upload = this.#open.get(name);
    if (upload?.chunkCount !== chunkCount) {
      throw new StoreError(
        'conflict',
        `upload ${name}: ${upload?.chunkCount ?? 0} of ${chunkCount} chunks are stored`,
      );
    }
    this.#context.contents.completeUpload(upload.messageKey);
    this.#close(name, upload);
    return upload.messageKey;
  }

  /** Does nothing when there is no such upload. */
  abandon(name: string): void {
    const upload = this.#open.get(name);
    if (upload === undefined) return;
    this.#context.contents.doom(upload.messageKey);
    this.#close(name, upload);
  }

  #begin(name: string): Upload {
    const { contents, transaction, epoch } = this.#context;
    const upload = { messageKey: transaction.takeMessageKey(), chunkCount: 0 };
    contents.beginUpload(upload.messageKey, name, epoch);
    this.#open.set(name, upload);
    transaction.undo.record(() => this.#open.delete(name));
    return upload;
  }

  #close(name: string, upload: Upload): void {
    this.#open.delete(name);
    this.#context.transaction.undo.record(() => this.#open.set(name, upload));
  }
}
