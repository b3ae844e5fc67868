/**
 * Whether a message to send has more of something than any has, counted before its schema looks at each: a header of half
 * a million fields would be looked at for seconds, only to be refused for their number.
 */
import { MAX_CUSTOM_FIELDS } from '../compose/custom-field.ts';
import { MAX_METADATA_KEYS } from '../message/control-headers.ts';
import type { FieldError } from './api-error.ts';

/** Far more than there are; each that is unknown is said. */
const MAX_FIELDS = 100;

/** The first field that has too many; `undefined`: none. */
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
