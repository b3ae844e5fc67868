/** One thing as a title and labelled lines. */
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from './paint.ts';

/** Rows without a text are left out; a label that repeats is written once. */
export function renderFields(
  { paint }: { readonly paint: Paint },
  title: string,
  rows: readonly (readonly [label: string, text: string | undefined])[],
): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([label]) => label.length)) + 2;
  const lines = shown.map(([label, text], index) => {
    const again = shown[index - 1]?.[0] === label;
    return `  ${paint.name((again ? '' : label).padEnd(width))}${visible(text)}\n`;
  });
  return `${paint.bold(visible(title))}\n${lines.join('')}`;
}
