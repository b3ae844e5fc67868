/** Parts of schemas that several routes have in common, and the answers that all of them may give. */
import { z } from 'zod';

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = z.iso.datetime({ offset: true }).describe('RFC 3339, in UTC with milliseconds');
export const MaybeTimestamp = Timestamp.nullable();

export const ErrorAnswer = z
  .object({
    error: z.object({
      code: z.string().describe('Stable, for programs'),
      message: z.string().describe('For people: what was wrong, and what is accepted'),
      field: z.string().optional().describe('The field that is wrong, such as `to[2]` or `query.limit`'),
      errors: z
        .array(z.object({ field: z.string(), message: z.string() }))
        .optional()
        .describe('All that is wrong, where that is known'),
    }),
  })
  .meta({ id: 'Error' });

/** How many items a page has. */
export function limitOf(most: number, usual: number): z.ZodType<number> {
  return z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .describe(`How many at most (default ${usual}, at most ${most})`);
}

/** A page of a list. `next`: give it as `after` to read on; `null` at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    next: z.string().nullable().describe('Give it as `after` to read on; null: that was all'),
  });
}
