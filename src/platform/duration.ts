/** Durations (`90s`, `5m`, `4h`, `2d`) and sizes (bytes or `25MiB`) as people write them in configuration. */

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds, or `undefined` when `text` is not a number followed by ms, s, m, h or d. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : DURATION_UNITS_MS[match[2]];
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}

/** The shortest exact form that {@link parseDurationMs} reads back, such as `90s` or `4h`. */
export function formatDurationMs(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = DURATION_UNITS_MS[unit] ?? 1;
    if (durationMs >= size && durationMs % size === 0) return `${durationMs / size}${unit}`;
  }
  return `${durationMs}ms`;
}

/** Bytes, or `undefined` when `text` is neither a whole number nor one followed by KiB, MiB or GiB. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d+)\s*(B|KiB|MiB|GiB)?$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = SIZE_UNITS[match[2] ?? 'B'];
  return unit === undefined ? undefined : Number(match[1]) * unit;
}
