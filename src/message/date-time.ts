/** Dates as a header field writes them, always in UTC. RFC 5322 §3.3. */

/** `Mon, 05 Jan 2026 09:00:00 +0000` for milliseconds since the epoch. */
export function formatDateTime(atMs: number): string {
  // toUTCString has exactly this form but for the obsolete zone name (ECMA-262 §21.4.4.43).
  return new Date(atMs).toUTCString().replace('GMT', '+0000');
}
