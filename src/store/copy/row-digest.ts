/** A digest of rows in whatever order, by which two engines are compared: the sum of the hashes of all rows. */
import { createHash } from 'node:crypto';

/** Values in the order of the table's columns. */
export type CopiedRow = readonly (string | number | Uint8Array | null)[];

const MODULUS = 2n ** 64n;

export class RowDigest {
  rows = 0;
  #sum = 0n;

  /** `whole`: with their values; else they are only counted. */
  addAll(rows: readonly CopiedRow[], whole: boolean): void {
    this.rows += rows.length;
    if (whole) for (const row of rows) this.#add(row);
  }

  #add(row: CopiedRow): void {
    const hash = createHash('sha256');
    for (const value of row) {
      // Kind and length first, so that no two rows are written the same.
      if (value === null) hash.update('n');
      else if (typeof value === 'number') hash.update(`d${value};`);
      else if (typeof value === 'string') hash.update(`t${Buffer.byteLength(value)};`).update(value);
      else hash.update(`b${value.byteLength};`).update(value);
    }
    this.#sum = (this.#sum + hash.digest().readBigUInt64BE(0)) % MODULUS;
  }

  get text(): string {
    return this.#sum.toString(16);
  }
}
