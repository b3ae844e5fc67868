/**
 * Style of a message, without what fetches. The policy of the document it goes into fetches nothing either; this keeps browsers from
 * trying. It cannot leave its element: no `<` is left in it.
 */
const MOST_CHARACTERS = 256 * 1024;

/** For a `style` element or attribute. */
export function harmlessCss(css: string): string {
  return (
    css
      .slice(0, MOST_CHARACTERS)
      .replaceAll(/<!--|-->/g, ' ')
      // Names can be written with escapes: `\75rl(` is `url(`.
      .replaceAll(/\\([0-9a-f]{1,6})\s?/gi, (escape, hex: string) => {
        const char = Number.parseInt(hex, 16);
        return char < 0x7f && /[a-z@(-]/i.test(String.fromCharCode(char))
          ? String.fromCharCode(char)
          : escape;
      })
      .replaceAll(/\\([g-z@(-])/gi, '$1')
      .replaceAll('<', String.raw`\3c `)
      // Functions and rules that no browser knows: each ignores the declaration that has one.
      .replaceAll(/\b(url|src|image|image-set|-webkit-image-set|cross-fade)\(/gi, 'unknown-$1(')
      .replaceAll(/@(import|font-face|namespace|charset|document)\b/gi, '@unknown-$1')
  );
}
