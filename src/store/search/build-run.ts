/** Makes the blocks of a run from documents and their terms. */
import { BlockWriter, type Block } from './postings.ts';

/** Numbers of documents and their terms, in any order. */
export class TermCollector {
  #pairs = new Float64Array(4_096);
  #length = 0;

  /** How many were added. */
  get size(): number {
    return this.#length;
  }

  /** `document`: its number in the run. */
  add(term: number, document: number): void {
    if (this.#length === this.#pairs.length) {
      const larger = new Float64Array(this.#pairs.length * 2);
      larger.set(this.#pairs);
      this.#pairs = larger;
    }
    this.#pairs[this.#length++] = term * 65_536 + document;
  }

  /** `documents`: of the run. */
  blocks(documents: number): readonly Block[] {
    const pairs = this.#pairs.subarray(0, this.#length).sort();
    const writer = new BlockWriter(documents);
    const numbers = new Uint16Array(documents);
    let term = -1;
    let count = 0;
    let last = -1;
    for (const pair of pairs) {
      if (pair === last) continue;
      last = pair;
      const next = Math.floor(pair / 65_536);
      if (next !== term) {
        if (count > 0) writer.addNumbers(term, numbers, count);
        term = next;
        count = 0;
      }
      numbers[count++] = pair % 65_536;
    }
    if (count > 0) writer.addNumbers(term, numbers, count);
    return writer.take(true);
  }
}
