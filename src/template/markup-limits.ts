/**
 * Limits on HTML from which text is derived: number of tags and depth. Checked in one pass before html-to-text builds
 * a tree, because its parser walks all open elements for a closing tag that matches none. Not a parser: tags in
 * comments or scripts are counted too.
 */

/** Opening and closing. */
const MAX_MARKUP_TAGS = 50_000;
/** Elements open at once, including those that are never closed. */
const MAX_OPEN = 1_000;
const TAG = /<(\/?)([a-z][a-z0-9]*)/gi;
const VOID: ReadonlySet<string> = new Set(
  'area base br col embed frame hr img input link meta param source track wbr'.split(' '),
);
const PARAGRAPH: readonly string[] = ['p'];
/** Elements that an opening tag closes when one of them is innermost: HTML makes these closing tags optional. */
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

/** Continues a sentence that starts with "html"; `undefined`: within the limits. */
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
