/** Values of columns without the address. JSON is read and written whole, its keys too. */
import type { AddressMentions } from '../../../smtp/address-mentions.ts';

/** How a column is searched: as one address, as a text, or as JSON. */
export type Form = 'address' | 'text' | 'json';

/** `undefined`: it does not mention the address. */
export function erasedValue(
  value: string | null,
  form: Form,
  mentions: AddressMentions,
  pseudonym: string,
): string | undefined {
  if (value === null) return undefined;
  if (form === 'json') return erasedJson(value, mentions, pseudonym);
  if (form === 'address')
    return mentions.isInAddress(value) ? mentions.replacedInAddress(value, pseudonym) : undefined;
  return mentions.isIn(value) ? mentions.replacedIn(value, pseudonym) : undefined;
}

/** `undefined`: nothing in it mentions the address. `without`: keys that go from the outermost object when something does. */
export function erasedJson(
  json: string,
  mentions: AddressMentions,
  pseudonym: string,
  without: readonly string[] = [],
): string | undefined {
  const found = { any: false };
  const erased = (text: string) => {
    if (!mentions.isIn(text)) return text;
    found.any = true;
    return mentions.replacedIn(text, pseudonym);
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return erased(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [erased(key), walk(one)]));
  };
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    // Not ours: a text like any other.
    return mentions.isIn(json) ? mentions.replacedIn(json, pseudonym) : undefined;
  }
  const walked = walk(read);
  return found.any ? JSON.stringify(omitted(walked, without)) : undefined;
}

/** `value` without `keys`, where it is an object. */
export function omitted(value: unknown, keys: readonly string[]): unknown {
  if (keys.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
