/** Hours since the epoch, the unit of health and statistics. */
export const HOUR_MS = 3_600_000;

export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS);
}
