/** Times as every answer writes them, on the command line and over HTTP: RFC 3339, UTC, milliseconds. */

/** `2026-11-24T06:12:31.512Z`; `null` for none. */
export function timestamp(atMs: number): string;
export function timestamp(atMs: number | undefined): string | null;
export function timestamp(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
