/** Times as programs write them. RFC 3339 §5.6. */

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * Milliseconds since the epoch; `undefined` when `text` is not a date-time with a zone. A leap second is the next
 * second.
 */
export function parseRfc3339(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const part = (at: number) => Number(match[at] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const [zoneHour, zoneMinute] = [part(9), part(10)];
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const dayMs = Date.UTC(year, month - 1, day);
  const date = new Date(dayMs);
  // Date.UTC turns the 30th of February into a day of March.
  if (year < 100 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const milliseconds = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  const zoneMs = (zoneHour * 60 + zoneMinute) * 60_000 * (match[8] === '-' ? -1 : 1);
  return dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds - zoneMs;
}

/** For input by people: an RFC 3339 time, seconds optional, or a date alone (00:00 UTC). */
export function parseDateOrTime(text: string): number | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return parseRfc3339(`${text}T00:00:00Z`);
  return parseRfc3339(text.replace(/^(\S{10}[Tt ]\d\d:\d\d)(?=[Zz+-])/, '$1:00'));
}
