/** Hours since the epoch, by which health and statistics are counted. */
export const HOUR_MS = 3_600_000;

export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS);
}
