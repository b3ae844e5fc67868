/**
 * Blocks of the search index: terms in ascending order, each with the documents of the run that have it. Documents are numbered
 * from 0 in their run, which has at most {@link MOST_DOCUMENTS}. A list is written in the shortest of three forms: the numbers as
 * differences, a bit for each document, or nothing where every document has the term.
 */
import { ByteReader, ByteWriter } from './varint.ts';

/** Of a run. */
export const MOST_DOCUMENTS = 65_536;
/** A block ends before the entry that would make it longer: with its row it fits into a page of SQLite's. */
const BLOCK_OCTETS = 3_900;

const DIFFERENCES = 0;
const BITS = 1;
const ALL = 2;
const FORMS = 4;

/** `first`: its lowest term. */
export interface Block {
  readonly first: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A bit for each document of a run. */
export type Bits = Uint32Array<ArrayBuffer>;

export function noBits(documents: number): Bits {
  return new Uint32Array(Math.ceil(documents / 32));
}

export function allBits(documents: number): Bits {
  const bits = noBits(documents).fill(0xffffffff);
  const rest = documents % 32;
  if (rest > 0) bits[bits.length - 1] = 2 ** rest - 1;
  return bits;
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (let word of bits) for (; word !== 0; word &= word - 1) count++;
  return count;
}

/** The numbers whose bits are set, ascending. */
export function numbersOf(bits: Bits): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < bits.length; index++)
    for (let word = bits[index] ?? 0; word !== 0; word &= word - 1)
      numbers.push(index * 32 + 31 - Math.clz32(word & -word));
  return numbers;
}

/** Makes blocks of terms that come in ascending order. */
export class BlockWriter {
  readonly #documents: number;
  readonly #block = new ByteWriter(2 * BLOCK_OCTETS);
  readonly #entry = new ByteWriter(BLOCK_OCTETS);
  readonly #done: Block[] = [];
  #first = 0;
  #last = 0;

  /** `documents`: of the run. */
  constructor(documents: number) {
    this.#documents = documents;
  }

  /** `numbers`: the first `count` are the documents, ascending, each once. */
  addNumbers(term: number, numbers: Uint16Array, count: number): void {
    const entry = this.#entry;
    if (count === this.#documents) {
      this.#head(term, count, ALL);
      return;
    }
    let previous = 0;
    for (let index = 0; index < count; index++) {
      const number = numbers[index] ?? 0;
      entry.number(number - previous);
      previous = number;
    }
    if (entry.length > Math.ceil(this.#documents / 8)) {
      entry.take();
      const bits = noBits(this.#documents);
      for (let index = 0; index < count; index++) setBit(bits, numbers[index] ?? 0);
      this.#octets(bits);
      this.#head(term, count, BITS);
    } else this.#head(term, count, DIFFERENCES);
  }

  /** For a list that is shortest as bits. */
  addBits(term: number, bits: Bits, count: number): void {
    if (count < this.#documents) this.#octets(bits);
    this.#head(term, count, count === this.#documents ? ALL : BITS);
  }

  /** The blocks that are finished; `all`: and the last one. */
  take(all: boolean): readonly Block[] {
    if (all) this.#endBlock();
    return this.#done.splice(0);
  }

  #octets(bits: Bits): void {
    this.#entry.octets(new Uint8Array(bits.buffer, 0, Math.ceil(this.#documents / 8)));
  }

  /** The entry's list has been written. */
  #head(term: number, count: number, form: number): void {
    const list = this.#entry.take();
    if (this.#block.length > 0 && this.#block.length + list.length + 8 > BLOCK_OCTETS) this.#endBlock();
    if (this.#block.length === 0) this.#first = this.#last = term;
    this.#block.number(term - this.#last);
    this.#block.number(count * FORMS + form);
    this.#block.octets(list);
    this.#last = term;
  }

  #endBlock(): void {
    if (this.#block.length > 0) this.#done.push({ first: this.#first, data: this.#block.take() });
  }
}

/** Goes through the entries of a block. */
export class BlockReader {
  readonly #documents: number;
  readonly #reader: ByteReader;
  #term: number;
  #count = 0;
  #form = DIFFERENCES;
  /** The list of the present entry has not been read or passed over. */
  #isPending = false;

  /** `documents`: of the run. */
  constructor({ first, data }: { readonly first: number; readonly data: Uint8Array }, documents: number) {
    this.#documents = documents;
    this.#reader = new ByteReader(data);
    this.#term = first;
  }

  /** Documents of the present entry. */
  get count(): number {
    return this.#count;
  }

  /** The next term; `undefined`: there is none. */
  next(): number | undefined {
    if (this.#isPending) this.#pass();
    if (this.#reader.done) return undefined;
    this.#term += this.#reader.number();
    const head = this.#reader.number();
    this.#count = Math.floor(head / FORMS);
    this.#form = head % FORMS;
    this.#isPending = true;
    return this.#term;
  }

  /** True: the next is this term. */
  seek(term: number): boolean {
    for (let next = this.next(); next !== undefined && next <= term; next = this.next())
      if (next === term) return true;
    return false;
  }

  /** Writes the documents of the present entry, moved by `offset`, from `at` on. */
  writeNumbers(into: Uint16Array, at: number, offset: number): void {
    const reader = this.#reader;
    this.#isPending = false;
    if (this.#form === DIFFERENCES) {
      let number = offset;
      for (let index = at; index < at + this.#count; index++) {
        number += reader.number();
        into[index] = number;
      }
      return;
    }
    let index = at;
    for (const number of numbersOf(this.#readBits())) into[index++] = number + offset;
  }

  /** Sets the bits of the present entry's documents, moved by `offset`. */
  writeBits(into: Bits, offset: number): void {
    const reader = this.#reader;
    this.#isPending = false;
    if (this.#form === DIFFERENCES) {
      let number = offset;
      for (let left = this.#count; left > 0; left--) {
        number += reader.number();
        setBit(into, number);
      }
      return;
    }
    const word = offset >>> 5;
    const shift = offset & 31;
    const bits = this.#readBits();
    for (let index = 0; index < bits.length; index++) {
      const value = bits[index] ?? 0;
      if (value === 0) continue;
      into[word + index] = (into[word + index] ?? 0) | (value << shift);
      if (shift > 0 && word + index + 1 < into.length)
        into[word + index + 1] = (into[word + index + 1] ?? 0) | (value >>> (32 - shift));
    }
  }

  #readBits(): Bits {
    const bits = noBits(this.#documents);
    const octets = new Uint8Array(bits.buffer);
    const length = Math.ceil(this.#documents / 8);
    if (this.#form === ALL) {
      octets.fill(255, 0, length);
      if (this.#documents % 8 > 0) octets[length - 1] = (1 << (this.#documents % 8)) - 1;
    } else {
      octets.set(this.#reader.bytes.subarray(this.#reader.at, this.#reader.at + length));
      this.#reader.at += length;
    }
    return bits;
  }

  #pass(): void {
    if (this.#form === DIFFERENCES) this.#reader.skip(this.#count);
    else if (this.#form === BITS) this.#reader.at += Math.ceil(this.#documents / 8);
    this.#isPending = false;
  }
}

function setBit(bits: Bits, number: number): void {
  bits[number >>> 5] = (bits[number >>> 5] ?? 0) | (1 << (number & 31));
}
