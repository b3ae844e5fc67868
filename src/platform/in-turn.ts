/**
 * Asking for many things one after another: never all at once, so that a long list of questions holds nobody up for
 * longer than one of them takes.
 */

/** What `ask` answers for each of `items`, in their order, as one list. Rejects with the first rejection. */
export async function flatMapInTurn<Item, Found>(
  items: Iterable<Item>,
  ask: (item: Item) => Promise<readonly Found[]>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const item of items) found.push(...(await ask(item)));
  return found;
}
