/** Looks for patterns in the octets of a file of any size, a window at a time. */
import { open } from 'node:fs/promises';

const WINDOW_BYTES = 1024 * 1024;
/** More than any match is long. */
const OVERLAP_BYTES = 4 * 1024;

/**
 * The offsets of matches, in order, each once; `patterns` are global, for octets as characters (latin1). Rejects with the code of the
 * system.
 */
export async function* findOctets(file: string, patterns: readonly RegExp[]): AsyncIterable<number> {
  await using handle = await open(file, 'r');
  const buffer = Buffer.alloc(OVERLAP_BYTES + WINDOW_BYTES);
  let kept = 0;
  let start = 0;
  let last = -1;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, kept, WINDOW_BYTES, start + kept);
    if (bytesRead === 0) return;
    const filled = kept + bytesRead;
    const text = buffer.toString('latin1', 0, filled);
    for (const offset of offsetsIn(text, patterns))
      if (start + offset > last) {
        last = start + offset;
        yield last;
      }
    const keep = Math.min(filled, OVERLAP_BYTES);
    buffer.copyWithin(0, filled - keep, filled);
    start += filled - keep;
    kept = keep;
  }
}

function offsetsIn(text: string, patterns: readonly RegExp[]): readonly number[] {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(({ index }) => index));
  return found.toSorted((one, other) => one - other);
}
