/** Text cut, wrapped and filled up by the columns that it takes. What came from outside is made visible before that. */

/** Characters that take two columns (East Asian wide, most emoji), in the ranges that mail meets. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

const STYLE = /\x1b\[[0-9;]*m/g;

/** Columns that `text` takes; colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(STYLE, '')) {
    if (NO_WIDTH.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** At most `columns` wide, with `mark` at the end when something was cut. `text` carries no colours. */
export function cut(text: string, columns: number, mark: string): string {
  if (displayWidth(text) <= columns) return text;
  const room = columns - displayWidth(mark);
  if (room < 1) return mark.slice(0, Math.max(columns, 0));
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += displayWidth(character);
    if (width > room) break;
    kept += character;
  }
  return kept + mark;
}

/** Lines of at most `columns`, broken between words where that is possible. `text` carries no colours. */
export function wrap(text: string, columns: number): readonly string[] {
  const width = Math.max(columns, 20);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && displayWidth(`${line} ${rest}`) > width) {
      lines.push(line);
      line = '';
    }
    while (displayWidth(rest) > width) {
      const part = cut(rest, width, '');
      lines.push(part);
      rest = rest.slice(part.length);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** Filled up with spaces to `columns`. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}
