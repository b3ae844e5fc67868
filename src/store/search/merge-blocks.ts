/**
 * Merges the blocks of several runs into those of one, which has their documents one run after the other. A merge takes
 * many steps; a step is given a stretch of each run's blocks and merges the terms that it has complete.
 */
import { BlockReader, BlockWriter, MOST_DOCUMENTS, noBits, type Block } from './postings.ts';

export interface Stretch {
  /** Of its run. */
  readonly documents: number;
  /** In order; the first has the term after which the step begins, or is the first of the run after it. */
  readonly blocks: readonly { readonly first: number; readonly data: Uint8Array }[];
  /** The run has no blocks after these. */
  readonly isLast: boolean;
}

export interface MergedStretch {
  readonly blocks: readonly Block[];
  /** All terms up to this one are merged; `undefined`: all there are. */
  readonly upTo: number | undefined;
}

/** `after`: the terms up to it were merged before; -1: none. */
export function mergeStretches(stretches: readonly Stretch[], after: number): MergedStretch {
  const upTo = completeTo(stretches);
  const cursors: Cursor[] = [];
  let documents = 0;
  for (const stretch of stretches) {
    cursors.push(new Cursor(stretch, documents, after));
    documents += stretch.documents;
  }
  const writer = new BlockWriter(documents);
  const numbers = new Uint16Array(Math.min(documents, MOST_DOCUMENTS));
  for (;;) {
    const term = lowest(cursors);
    if (term === undefined || term > (upTo ?? term)) break;
    const having = cursors.filter((cursor) => cursor.term === term);
    const count = having.reduce((sum, cursor) => sum + cursor.count, 0);
    // A number takes an octet at least.
    if (count * 8 > documents) {
      const bits = noBits(documents);
      for (const cursor of having) cursor.takeBits(bits);
      writer.addBits(term, bits, count);
    } else {
      let at = 0;
      for (const cursor of having) at += cursor.takeNumbers(numbers, at);
      writer.addNumbers(term, numbers, count);
    }
  }
  return { blocks: writer.take(true), upTo };
}

/** The lowest of the last terms of the stretches that are not the last of their runs. */
function completeTo(stretches: readonly Stretch[]): number | undefined {
  let upTo: number | undefined;
  for (const { blocks, documents, isLast } of stretches) {
    const block = blocks.at(-1);
    if (isLast || block === undefined) continue;
    const reader = new BlockReader(block, documents);
    let last = block.first;
    for (let term = reader.next(); term !== undefined; term = reader.next()) last = term;
    upTo = Math.min(upTo ?? last, last);
  }
  return upTo;
}

function lowest(cursors: readonly Cursor[]): number | undefined {
  let found: number | undefined;
  for (const { term } of cursors)
    if (term !== undefined && (found === undefined || term < found)) found = term;
  return found;
}

class Cursor {
  term: number | undefined;
  readonly #stretch: Stretch;
  readonly #offset: number;
  #index = 0;
  #reader: BlockReader | undefined;

  constructor(stretch: Stretch, offset: number, after: number) {
    this.#stretch = stretch;
    this.#offset = offset;
    do this.#advance();
    while (this.term !== undefined && this.term <= after);
  }

  get count(): number {
    return this.#reader?.count ?? 0;
  }

  takeBits(into: Uint32Array<ArrayBuffer>): void {
    this.#reader?.writeBits(into, this.#offset);
    this.#advance();
  }

  takeNumbers(into: Uint16Array, at: number): number {
    const { count } = this;
    this.#reader?.writeNumbers(into, at, this.#offset);
    this.#advance();
    return count;
  }

  #advance(): void {
    for (;;) {
      this.term = this.#reader?.next();
      if (this.term !== undefined) return;
      const block = this.#stretch.blocks[this.#index++];
      if (block === undefined) return;
      this.#reader = new BlockReader(block, this.#stretch.documents);
    }
  }
}
