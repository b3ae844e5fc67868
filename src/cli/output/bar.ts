/** Bars of a small chart: eighths of a character where the terminal has them, whole ones elsewhere. */

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar for `value` of `largest`, at most `width` columns; what is more than 0 shows something. */
export function bar(value: number, largest: number, width: number, unicode: boolean): string {
  if (value <= 0 || largest <= 0 || width <= 0) return '';
  const length = (Math.min(value, largest) / largest) * width;
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(length)));
  const eighths = Math.max(1, Math.round(length * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}
