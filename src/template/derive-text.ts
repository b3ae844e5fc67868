/** The text part of a message that has only HTML: what a person would read of it, links written out. The door of html-to-text. */
import { compile } from 'html-to-text';

const LINE = 78;
/** Characters; rendered HTML is bounded before, this bounds the work. */
const MAX_HTML = 2 * 1024 * 1024;
const MAX_DEPTH = 200;

const convert = compile({
  wordwrap: LINE,
  selectors: [
    {
      selector: 'a',
      options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ['(', ')'] },
    },
    { selector: 'img', format: 'skip' },
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
  limits: { maxInputLength: MAX_HTML, maxDepth: MAX_DEPTH, ellipsis: '...' },
});

export function deriveText(html: string): string {
  return `${convert(html).trimEnd()}\n`;
}
