/** Which documents of a run have what a search asks: lists of the index, combined as bits. */
import { BlockReader, noBits, type Bits } from './postings.ts';
import type { AnyOf } from './terms.ts';

/** A run as it was read for a search: by term, the block in which it stands if the run has it. */
export interface LookedUp {
  readonly documents: number;
  readonly blocks: ReadonlyMap<number, { readonly first: number; readonly data: Uint8Array }>;
}

/** `undefined`: none. */
export function evaluate(run: LookedUp, conditions: readonly AnyOf[]): Bits | undefined {
  let found: Bits | undefined;
  for (const anyOf of conditions) {
    let any: Bits | undefined;
    for (const terms of anyOf) {
      const all = allOf(run, terms);
      if (all === undefined) continue;
      if (any === undefined) any = all;
      else
        for (let index = 0; index < any.length; index++) any[index] = (any[index] ?? 0) | (all[index] ?? 0);
    }
    if (any === undefined) return undefined;
    found = found === undefined ? any : intersection(found, any);
    if (found === undefined) return undefined;
  }
  return found;
}

function allOf(run: LookedUp, terms: readonly number[]): Bits | undefined {
  let found: Bits | undefined;
  for (const term of terms) {
    const bits = bitsOf(run, term);
    if (bits === undefined) return undefined;
    found = found === undefined ? bits : intersection(found, bits);
    if (found === undefined) return undefined;
  }
  return found;
}

function bitsOf({ documents, blocks }: LookedUp, term: number): Bits | undefined {
  const block = blocks.get(term);
  if (block === undefined) return undefined;
  const reader = new BlockReader(block, documents);
  if (!reader.seek(term)) return undefined;
  const bits = noBits(documents);
  reader.writeBits(bits, 0);
  return bits;
}

/** In place; `undefined`: empty. */
function intersection(one: Bits, other: Bits): Bits | undefined {
  let any = 0;
  for (let index = 0; index < one.length; index++) {
    const word = (one[index] ?? 0) & (other[index] ?? 0);
    one[index] = word;
    any |= word;
  }
  return any === 0 ? undefined : one;
}
