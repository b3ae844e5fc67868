/** The active suppressions of the accounts of a command, page by page. */
import type { Suppression } from '../../store/suppression-records.ts';
import type { CommandContext } from '../program/command-context.ts';
import { isMeant, type SuppressionFilter } from './suppression-filter.ts';

const PAGE = 1000;

/** Those that are meant, in order of account and address. Pages may be empty. */
export async function* activeSuppressions(
  context: CommandContext,
  filter: SuppressionFilter,
): AsyncIterable<readonly Suppression[]> {
  const { nowMs } = context;
  for (const { id } of await context.accounts()) {
    let after: string | undefined;
    for (;;) {
      const page = await context.reader.listSuppressions(id, after, PAGE);
      yield page.filter(
        (one) => (one.expiresAtMs === undefined || one.expiresAtMs > nowMs) && isMeant(filter, one),
      );
      after = page.at(-1)?.address;
      if (after === undefined || page.length < PAGE) break;
    }
  }
}
