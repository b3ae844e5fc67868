/** Suggests the intended name for an unknown field. Pure. */
import { z } from 'zod';
import { nearestName } from '../config/nearest-name.ts';

/** Comparison is quadratic in the length. */
const LONGEST_COMPARED = 40;

/** The fields of `schema` at `path`; empty when it is not an object, or one of several alternatives. */
export function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const step of path) {
    at = unwrapped(at);
    if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodObject) at = (at.shape as Readonly<Record<PropertyKey, unknown>>)[step];
    else return [];
  }
  at = unwrapped(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** Continues a sentence after a semicolon. Other APIs write `replyTo` or `Reply-To` for `reply_to`. */
export function suggestField(given: string, known: readonly string[]): string {
  if (given.length > LONGEST_COMPARED) return 'is it misspelled?';
  const meant = known.find((name) => letters(name) === letters(given)) ?? nearestName(given, known);
  return meant === undefined ? 'is it misspelled?' : `did you mean ${meant}?`;
}

function unwrapped(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodNullable || at instanceof z.ZodDefault)
    at = at.unwrap();
  return at;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
