/** The page that a trace is written on: lines within the width of the terminal, with everything from outside made harmless. */
import { visible } from '../../platform/visible-text.ts';
import { wrap } from '../output/display-width.ts';
import type { Paint } from '../output/paint.ts';
import type { Remark } from './delivery-words.ts';

const WIDTH_WITHOUT_TERMINAL = 100;
const MAX_WIDTH = 110;
/** Columns of the labels `means` and `do`. */
const LABEL = 8;

export interface TraceLook {
  readonly paint: Paint;
  readonly columns: number | undefined;
}

export class TracePage {
  text = '';
  readonly paint: Paint;
  readonly #width: number;

  constructor({ paint, columns }: TraceLook) {
    this.paint = paint;
    this.#width = Math.min(columns ?? WIDTH_WITHOUT_TERMINAL, MAX_WIDTH);
  }

  /** Stands before everything that belongs to a hop. */
  get bar(): string {
    return `  ${this.paint.dim(this.paint.sign.bar)} `;
  }

  blank(): void {
    this.text += '\n';
  }

  line(text: string): void {
    this.text += `${text}\n`;
  }

  /** `first` stands before the first line, `rest` before those after it. */
  paragraph(first: string, text: string, brush?: (text: string) => string, rest: string = first): void {
    const width = this.#width - visibleLength(first);
    for (const [index, line] of wrap(visible(text), width).entries())
      this.line((index === 0 ? first : rest) + (brush === undefined ? line : brush(line)));
  }

  remark({ label, text, isCommand }: Remark): void {
    if (isCommand) this.line(`  ${this.paint.name(label.padEnd(LABEL))}${visible(text)}`);
    else this.labelled(label, text);
  }

  labelled(label: string, text: string): void {
    this.paragraph(`  ${this.paint.name(label.padEnd(LABEL))}`, text, undefined, ' '.repeat(LABEL + 2));
  }
}

function visibleLength(text: string): number {
  return text.replace(/\x1b\[[0-9;]*m/g, '').length;
}
