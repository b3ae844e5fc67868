/** A digest of rows that does not depend on their order, to compare two engines: the sum of the hashes of all rows. */
import { createHash } from 'node:crypto';

/** Values in the order of the table's columns. */
export type CopiedRow = readonly (string | number | Uint8Array | null)[];

const MODULUS = 2n ** 64n;

export class RowDigest {
  rows = 0;
  #sum = 0n;

  /** `whole`: includes the values; otherwise rows are only counted. */
  addAll(rows: readonly CopiedRow[], whole: boolean): void {
    this.rows += rows.length;
    if (whole) for (const row of rows) this.#add(row);
  }

  #add(row: CopiedRow): void {
    const hash = createHash('sha256');
    // Collected first: each call of the hash costs more than a short text.
    let text = '';
    for (const value of row) {
      // Kind and length first, so that no two rows are written the same.
      if (value === null) text += 'n';
      else if (typeof value === 'number') text += `d${value};`;
      else if (typeof value === 'string') text += `t${Buffer.byteLength(value)};${value}`;
      else {
        hash.update(`${text}b${value.byteLength};`).update(value);
        text = '';
      }
    }
    this.#sum = (this.#sum + hash.update(text).digest().readBigUInt64BE(0)) % MODULUS;
  }

  get text(): string {
    return this.#sum.toString(16);
  }
}
