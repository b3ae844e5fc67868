/**
 * Messages that are being received in chunks: their chunks are durable as they arrive, but belong to nothing until an accept
 * names them. An upload that no accept names is removed when it is abandoned, or after the end of the node's life.
 */
import { StoreError } from '../../errors.ts';
import { chunkKey } from '../../flow/keys.ts';
import type { UndoLog } from '../../flow/undo-log.ts';
import { MAX_CHUNK_BYTES } from '../../message-records.ts';
import type { Life } from '../engine/life.ts';
import type { Changes } from './changes.ts';

/** The part of the transaction under construction that uploads need. */
interface Batch {
  readonly changes: Changes;
  readonly memory: { readonly messageKeys: number[]; readonly life: Life };
}

interface Upload {
  readonly messageKey: number;
  chunkCount: number;
}

const BEGIN = `INSERT INTO upload (message_id, name, life_id) VALUES ($1, $2, $3) ON CONFLICT (message_id) DO NOTHING`;
/** Fails (22012) when others ended its life: its chunks are being removed, or are gone. */
const COMPLETE = `WITH mine AS (DELETE FROM upload WHERE message_id = $1 AND life_id = $2 RETURNING 1)
  SELECT 1 / count(*) FROM mine`;
const ABANDON = 'UPDATE upload SET name = NULL, life_id = 0 WHERE message_id = $1';

export class Uploads {
  readonly #undo: UndoLog;
  readonly #open = new Map<string, Upload>();
  /** Keys of uploads whose begin has an unknown result: a repeated chunk uses the same key. */
  readonly #begun = new Map<string, number>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** StoreError `conflict`: out of order, or too large. */
  putChunk({ changes, memory }: Batch, name: string, index: number, bytes: Uint8Array): void {
    if (bytes.length > MAX_CHUNK_BYTES) throw new StoreError('conflict', `a chunk of ${bytes.length} octets`);
    const known = this.#open.get(name);
    const next = known?.chunkCount ?? 0;
    if (index !== next)
      throw new StoreError('conflict', `upload ${name}: chunk ${index} came when ${next} was next`);
    const upload = known ?? this.#begin(memory.messageKeys, name);
    if (known === undefined)
      changes.others.push({ text: BEGIN, values: [upload.messageKey, name, memory.life.lifeKey] });
    changes.chunks.push({ key: chunkKey(upload.messageKey, index), bytes });
    upload.chunkCount++;
    this.#undo.record(() => {
      upload.chunkCount--;
    });
  }

  /** StoreError `conflict` when it is not whole. */
  check(name: string, chunkCount: number): void {
    const stored = this.#open.get(name)?.chunkCount ?? 0;
    if (stored !== chunkCount)
      throw new StoreError('conflict', `upload ${name}: ${stored} of ${chunkCount} chunks are stored`);
  }

  /** The upload becomes a message's content; its key is the message's. */
  complete({ changes, memory }: Batch, name: string): number {
    const key = this.#close(name)?.messageKey ?? 0;
    changes.others.push({ text: COMPLETE, values: [key, memory.life.lifeKey] });
    return key;
  }

  /** It is a message's content already. */
  forget(name: string): void {
    this.#close(name);
  }

  /** True: there is something to remove. */
  abandon({ changes }: Batch, name: string): boolean {
    const upload = this.#close(name);
    if (upload === undefined) return false;
    changes.others.push({ text: ABANDON, values: [upload.messageKey] });
    return true;
  }

  /** The life that they belong to has ended. */
  clear(): void {
    this.#open.clear();
  }

  #begin(keys: number[], name: string): Upload {
    const messageKey = this.#begun.get(name) ?? keys.shift() ?? 0;
    const upload = { messageKey, chunkCount: 0 };
    this.#open.set(name, upload);
    this.#begun.delete(name);
    this.#undo.record(() => {
      this.#open.delete(name);
      this.#begun.set(name, messageKey);
    });
    return upload;
  }

  #close(name: string): Upload | undefined {
    this.#begun.delete(name);
    const upload = this.#open.get(name);
    if (upload === undefined) return undefined;
    this.#open.delete(name);
    this.#undo.record(() => this.#open.set(name, upload));
    return upload;
  }
}
