/** Rules of RFC 5321 about content, read octet by octet with no thought for speed: what the fast readers are held against. */

/** Every CR LF (with up to two CRs more before it), LF CR, bare CR and bare LF is one line end; the last line has one too. */
export function repairLines(content: string): string {
  const repaired = content.replace(/\r{1,3}\n|\n\r|\r|\n/g, '\r\n');
  return repaired === '' || repaired.endsWith('\r\n') ? repaired : `${repaired}\r\n`;
}

/**
 * What comes after 354: content up to CRLF . CRLF (or . CRLF at the start) with doubled dots at the start of lines made
 * single. `end`: the offset behind it; `undefined` when it has not come.
 */
export function readData(octets: string): { readonly content: string; readonly end: number | undefined } {
  let content = '';
  for (let at = 0; at < octets.length; at++) {
    const lineStart = at === 0 || octets[at - 1] === '\n';
    if (lineStart && octets[at] === '.') {
      const afterCrLf = at === 0 || octets[at - 2] === '\r';
      if (afterCrLf && octets.startsWith('\r\n', at + 1)) return { content, end: at + 3 };
      if (octets[at + 1] === '.') at++;
    }
    content += octets[at] ?? '';
  }
  return { content, end: undefined };
}

/** Takes the dot off each line that starts with one, CRLF or bare LF before it (as our stuffing puts them). */
export function unstuff(stuffed: string): string {
  return stuffed.replace(/(^|\n)\./g, '$1');
}
