/**
 * Counts the parts of a message before its schema validates each: a header of half a million fields would take
 * seconds, only to be refused for their number.
 */
import { MAX_CUSTOM_FIELDS } from '../compose/custom-field.ts';
import { MAX_METADATA_KEYS } from '../message/control-headers.ts';
import type { FieldError } from './api-error.ts';

/** More fields than exist; unknown ones are reported. */
const MAX_FIELDS = 100;

/** The first field with too many entries; `undefined`: none. */
export function oversizedField(message: unknown): FieldError | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { headers, metadata } = message as Readonly<Record<string, unknown>>;
  return (
    tooMany(message, '', MAX_FIELDS, 'fields') ??
    tooMany(headers, 'headers', MAX_CUSTOM_FIELDS, 'fields') ??
    tooMany(metadata, 'metadata', MAX_METADATA_KEYS, 'keys')
  );
}

function tooMany(value: unknown, field: string, most: number, what: string): FieldError | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { length } = Object.keys(value);
  return length > most
    ? { field, message: `${length} ${what} were given; accepted: at most ${most}` }
    : undefined;
}
