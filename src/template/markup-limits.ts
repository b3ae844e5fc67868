/**
 * What HTML may hold for its text to be derived: so many tags, and so deep. Looked at in one pass before html-to-text
 * builds a tree of it, since its parser goes through all open elements for a closing tag of none of them. Not a parser:
 * what it takes for a tag in a comment or a script only counts too much.
 */

/** Opening and closing. */
const MAX_MARKUP_TAGS = 50_000;
/** Elements open at once, those included that are never closed. */
const MAX_OPEN = 1_000;
const TAG = /<(\/?)([a-z][a-z0-9]*)/gi;
const VOID: ReadonlySet<string> = new Set(
  'area base br col embed frame hr img input link meta param source track wbr'.split(' '),
);
const PARAGRAPH: readonly string[] = ['p'];
/** What an opening tag closes, where it is the innermost that is open. HTML lets authors leave these ends out. */
const CLOSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['li', ['li']],
  ['td', ['td', 'th']],
  ['th', ['td', 'th']],
  ['tr', ['tr', 'td', 'th']],
  ['tbody', ['tr', 'td', 'th', 'thead', 'tbody']],
  ['dt', ['dt', 'dd']],
  ['dd', ['dt', 'dd']],
  ['option', ['option']],
  ...'p div ul ol table h1 h2 h3 h4 h5 h6 blockquote pre hr section form'
    .split(' ')
    .map((name) => [name, PARAGRAPH] as const),
]);

/** In words that follow "html"; `undefined`: nothing stands against it. */
export function markupProblem(html: string): string | undefined {
  const open: string[] = [];
  let tags = 0;
  for (const [, end, given = ''] of html.matchAll(TAG)) {
    if (++tags > MAX_MARKUP_TAGS) return `has more than ${MAX_MARKUP_TAGS} tags once it is filled`;
    const name = given.toLowerCase();
    if (end === '/') {
      const at = open.lastIndexOf(name);
      if (at >= 0) open.length = at;
      continue;
    }
    const closes = CLOSES.get(name) ?? [];
    while (closes.includes(open.at(-1) ?? '')) open.pop();
    if (!VOID.has(name)) open.push(name);
    if (open.length > MAX_OPEN) return `has more than ${MAX_OPEN} elements open at once`;
  }
  return undefined;
}
