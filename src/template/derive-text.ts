/**
 * Derives the text part of a message that has only HTML, with links written out. The only importer of html-to-text.
 * Elements on which html-to-text takes more than about linear time are formatted by text-formatters.ts or refused
 * here.
 */
import { compile } from 'html-to-text';
import { markupProblem } from './markup-limits.ts';
import { boundedFormatters } from './text-formatters.ts';

const LINE = 78;
/** Characters. Bounds the work; the length of rendered HTML is bounded before. */
const MAX_HTML = 2 * 1024 * 1024;
/** Deeper elements become "...". */
const MAX_DEPTH = 100;
const MAX_TEXT_CHARACTERS = 2 * 1024 * 1024;
const REMEDY = 'give the template a text part';

const convert = compile({
  wordwrap: LINE,
  formatters: boundedFormatters,
  selectors: [
    {
      selector: 'a',
      format: 'boundedAnchor',
      options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ['(', ')'] },
    },
    { selector: 'img', format: 'skip' },
    { selector: 'table', format: 'boundedTable' },
    { selector: 'ul', format: 'boundedList' },
    { selector: 'ol', format: 'boundedOrderedList' },
    { selector: 'blockquote', format: 'boundedBlockquote' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
  limits: { maxInputLength: MAX_HTML, maxDepth: MAX_DEPTH, ellipsis: '...' },
});

/** `problem` continues a sentence that starts with "html". */
export function deriveText(html: string): { readonly text: string } | { readonly problem: string } {
  const problem = markupProblem(html);
  if (problem !== undefined) return { problem: `${problem}, too many to derive the text: ${REMEDY}` };
  let text: string;
  try {
    text = `${convert(html).trimEnd()}\n`;
  } catch {
    // Any failure of html-to-text: the remedy is the same.
    return { problem: `cannot be turned into text: ${REMEDY}` };
  }
  if (text.length <= MAX_TEXT_CHARACTERS) return { text };
  return { problem: `gives a text of more than ${MAX_TEXT_CHARACTERS} characters: ${REMEDY}` };
}
