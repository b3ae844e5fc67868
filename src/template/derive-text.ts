/**
 * The text part of a message that has only HTML: what a person would read of it, links written out. The door of
 * html-to-text. What would take it more than about linear time is formatted by text-formatters.ts or refused here.
 */
import { compile } from 'html-to-text';
import { markupProblem } from './markup-limits.ts';
import { boundedFormatters } from './text-formatters.ts';

const LINE = 78;
/** Characters; rendered HTML is bounded before, this bounds the work. */
const MAX_HTML = 2 * 1024 * 1024;
/** Beyond it is only "...". */
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

/** `problem`: in words that follow "html". */
export function deriveText(html: string): { readonly text: string } | { readonly problem: string } {
  const problem = markupProblem(html);
  if (problem !== undefined) return { problem: `${problem}, too many to derive the text: ${REMEDY}` };
  let text: string;
  try {
    text = `${convert(html).trimEnd()}\n`;
  } catch {
    // Whatever html-to-text stumbles over: the author can do without it.
    return { problem: `cannot be turned into text: ${REMEDY}` };
  }
  if (text.length <= MAX_TEXT_CHARACTERS) return { text };
  return { problem: `gives a text of more than ${MAX_TEXT_CHARACTERS} characters: ${REMEDY}` };
}
