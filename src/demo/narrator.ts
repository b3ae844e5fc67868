/**
 * The output of the demo: headings, commands with their output, and observed steps. In colour on a terminal (NO_COLOR
 * and FORCE_COLOR are honoured), plain elsewhere.
 */
import { styleText } from 'node:util';
import { DemoFailure } from './relay.ts';

/** Keys in DNS records are long; command output is cut at this width. */
const MAX_WIDTH = 100;

type Style = Parameters<typeof styleText>[0];

export class Narrator {
  readonly #write: (text: string) => void;
  #heading = 0;
  #observed = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Steps observed so far. */
  get observed(): number {
    return this.#observed;
  }

  line(text = ''): void {
    this.#write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(`\n${paint('bold', `${++this.#heading}. ${text}`)}`);
  }

  /** A command and its output, long lines cut. */
  command(command: string, output: string): void {
    this.line(`   ${paint('cyan', `$ ${command}`)}`);
    for (const line of output.trimEnd().split('\n')) {
      const shown = line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH - 1)}…` : line;
      this.line(`     ${paint('dim', shown)}`.trimEnd());
    }
  }

  /** Prints a step when `holds`, else throws {@link DemoFailure} with what was seen instead. */
  observe(step: string, holds: boolean, seen?: unknown): void {
    if (!holds) {
      const instead =
        seen === undefined ? '' : ` (seen: ${typeof seen === 'string' ? seen : JSON.stringify(seen)})`;
      throw new DemoFailure(`not observed: ${step}${instead}`);
    }
    this.#observed++;
    this.line(`   ${paint('green', '✓')} ${step}`);
  }

  failed(message: string): void {
    this.line(`\n   ${paint('red', '✗')} ${message}`);
  }
}

export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
