/**
 * The documents of a run: which message each is about, and its place. A message may have several: one when it was accepted, others
 * when hosts replied. They are kept in blocks in the order of their numbers.
 */
import { ByteReader, ByteWriter } from './varint.ts';

export interface SearchDocument {
  /** The message's key. */
  readonly key: number;
  readonly place: number;
}

export const DOCUMENTS_A_BLOCK = 512;

export function encodeDocuments(documents: readonly SearchDocument[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(6 * documents.length + 16);
  let last: SearchDocument = { key: 0, place: 0 };
  for (const document of documents) {
    writer.signed(document.key - last.key);
    writer.signed(document.place - last.place);
    last = document;
  }
  return writer.take();
}

export function decodeDocuments(data: Uint8Array): SearchDocument[] {
  const reader = new ByteReader(data);
  const documents: SearchDocument[] = [];
  let key = 0;
  let place = 0;
  while (!reader.done) {
    key += reader.signed();
    place += reader.signed();
    documents.push({ key, place });
  }
  return documents;
}

/** The same without an object for each: keys and places by number in the block. */
export function readDocuments(data: Uint8Array): {
  readonly keys: Float64Array;
  readonly places: Float64Array;
} {
  const reader = new ByteReader(data);
  const keys = new Float64Array(DOCUMENTS_A_BLOCK);
  const places = new Float64Array(DOCUMENTS_A_BLOCK);
  let key = 0;
  let place = 0;
  for (let index = 0; !reader.done; index++) {
    keys[index] = key += reader.signed();
    places[index] = place += reader.signed();
  }
  return { keys, places };
}
