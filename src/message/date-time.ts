/** Dates in header fields, always in UTC. RFC 5322 §3.3. */

/** Messages of one second say the same, and writing it out is most of what a trace field costs. */
let lastSecond = NaN;
let lastText = '';

/** `Mon, 05 Jan 2026 09:00:00 +0000` for milliseconds since the epoch. */
export function formatDateTime(atMs: number): string {
  const second = Math.floor(atMs / 1000);
  if (second !== lastSecond) {
    // toUTCString has this form except for the obsolete zone name (ECMA-262 §21.4.4.43).
    lastText = new Date(atMs).toUTCString().replace('GMT', '+0000');
    lastSecond = second;
  }
  return lastText;
}
