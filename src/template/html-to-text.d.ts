// html-to-text ships no types; this declares what template/derive-text.ts uses.
declare module 'html-to-text' {
  import type { TextFormatter } from './text-formatters.ts';
  interface Selector {
    readonly selector: string;
    readonly format?: string;
    readonly options?: Readonly<Record<string, unknown>>;
  }
  interface Options {
    readonly wordwrap: number | false;
    readonly formatters: Readonly<Record<string, TextFormatter>>;
    readonly selectors: readonly Selector[];
    readonly limits: {
      readonly maxInputLength: number;
      readonly maxDepth: number;
      readonly ellipsis: string;
    };
  }
  /** A converter with its options compiled. */
  export function compile(options: Options): (html: string) => string;
}
