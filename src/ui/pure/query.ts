/** The query of an address as the values of a filter bar, and back. Unknown names are dropped, empty values are not written. */

export type QueryValues<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** `search`: with or without its question mark. The first of several values counts. */
export function readQuery<Name extends string>(search: string, names: readonly Name[]): QueryValues<Name> {
  const given = new URLSearchParams(search);
  const values: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = given.get(name)?.trim();
    if (value) values[name] = value;
  }
  return values;
}

/** `path?name=value&…`; the path alone where there is no value. */
export function withQuery(
  path: string,
  values: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value));
  const written = query.toString();
  return written === '' ? path : `${path}?${written}`;
}

/** What a search of so many characters asks for: nothing, too short to be found, or itself. */
export function searchWords(text: string): { readonly ask: string | undefined; readonly tooShort: boolean } {
  const words = text.trim();
  const count = Array.from(words).length;
  if (count === 0) return { ask: undefined, tooShort: false };
  return count < SHORTEST_SEARCH ? { ask: undefined, tooShort: true } : { ask: words, tooShort: false };
}

/** The API finds parts of three characters and more. */
export const SHORTEST_SEARCH = 3;

/** `2026-11-24T06:00` of an input of the browser's own time, as RFC 3339 in UTC; `undefined` where it is no time. */
export function utcOfLocal(text: string): string | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** The reverse of {@link utcOfLocal}: for the value of a `datetime-local` input; empty where it is no time. */
export function localOfUtc(text: string | undefined): string {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  if (Number.isNaN(at)) return '';
  const shifted = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
