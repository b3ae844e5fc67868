/**
 * HTML as lines of text, for notices that come as nothing else. Not a renderer: it keeps the words and where lines end,
 * which is what the reader of notices goes by. One pass a step, no nesting looked at; linear for whatever comes in.
 */

const MAX_CHARACTERS = 128 * 1024;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Looks at the first 128 Ki characters. */
export function textOfHtml(html: string): string {
  return withoutElement(withoutElement(html.slice(0, MAX_CHARACTERS), 'style'), 'script')
    .replace(/\s+/g, ' ')
    .replace(/<(?:br|\/?(?:p|div|tr|td|th|li|ul|ol|h[1-6]|table|pre|blockquote|hr))\b[^<>]{0,2000}>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, '')
    .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (entity, name: string) => character(name) ?? entity)
    .replace(/[ \u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n');
}

/** Leaves out what stands between `<name` and `</name>`. */
function withoutElement(html: string, name: string): string {
  const kept: string[] = [];
  const lower = html.toLowerCase();
  let at = 0;
  for (;;) {
    const start = lower.indexOf(`<${name}`, at);
    if (start < 0) break;
    kept.push(html.slice(at, start));
    const end = lower.indexOf(`</${name}`, start);
    if (end < 0) return kept.join('');
    at = end;
  }
  kept.push(html.slice(at));
  return kept.join('');
}

function character(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()];
  const point = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return point >= 0x20 && point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
}
