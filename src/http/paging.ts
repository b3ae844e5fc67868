/** Pages of lists that are read whole, because people create their entries by hand: by key, in its order. */
import { z } from 'zod';
import { limitOf } from './schemas.ts';

const MOST = 1_000;
const USUAL = 100;

/** The query of such a list. */
export const PageQuery = z.strictObject({
  after: z.string().max(320).optional().describe('The `next` of the page before'),
  limit: limitOf(MOST, USUAL),
});

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `after` to read on; `null`: that was all. */
  readonly next: string | null;
}

/** The entries after the key `after`, whether or not its entry still exists. */
export function pageOfItems<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { after, limit }: z.output<typeof PageQuery>,
): Page<T> {
  const ordered = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  const page = ordered.slice(0, limit);
  return {
    items: page.map(({ item }) => item),
    next: ordered.length > limit ? (page.at(-1)?.key ?? null) : null,
  };
}
