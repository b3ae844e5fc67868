/**
 * Times in files of other providers: RFC 3339 with and without a zone, RFC 5322, seconds since the epoch, and what a spreadsheet made
 * of any of them. A time without a zone is UTC, so that a file means the same on every machine.
 */
import { parseDateOrTime } from '../../platform/rfc3339.ts';

/** `1.44365E+09` is how a spreadsheet shows a large number. */
const NUMBER = /^\d+(?:\.\d+)?(?:E\+?\d{1,2})?$/i;
/** Of milliseconds: as seconds it would be of the year 5138. */
const LEAST_MS = 1e11;
/** The last moment that has a form in RFC 3339. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
const WITHOUT_ZONE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/;
/** `Date.parse` takes any word with a number behind it for a date. */
const YEAR = /\b(?:19[7-9]\d|20\d\d)\b/;
const ZONE = /(?:\b(?:Z|UTC?|GMT|[ECMP][SD]T)|[+-]\d\d:?\d\d)\)?$/i;
/** The zero time of programs in Go. */
const NEVER = /^(?:Mon, 0?1 Jan 0001 |0001-01-01T)/;

/** Milliseconds since the epoch; `undefined`: it is not said; NaN: it is no time. */
export function providerTimeMs(text: string): number | undefined {
  if (NEVER.test(text)) return undefined;
  if (NUMBER.test(text)) {
    const number = Number(text);
    const atMs = number < LEAST_MS ? number * 1_000 : number;
    return atMs <= LAST_MS ? Math.round(atMs) : Number.NaN;
  }
  const exact = parseDateOrTime(text.replace(WITHOUT_ZONE, '$1T$2Z'));
  if (exact !== undefined) return exact;
  if (!YEAR.test(text)) return Number.NaN;
  return Date.parse(ZONE.test(text) ? text : `${text} UTC`);
}
