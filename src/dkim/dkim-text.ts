/** Tag lists as DKIM and DMARC records have them. RFC 6376 §3.2, RFC 7489 §6.3. */

/** Names are case-sensitive; a repeated tag makes the list malformed (`undefined`). */
export function readTags(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (name === '' || tags.has(name)) return undefined;
    tags.set(name, part.slice(equals + 1).trim());
  }
  return tags;
}

export function withoutSpace(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, '');
}

/** Those that are meant as DKIM keys, well-formed or not. */
export function dkimTexts(records: readonly string[]): readonly string[] {
  return records.filter((text) => /(?:^|;)[\s"\\]*(?:v\s*=\s*DKIM1|p\s*=)/i.test(text));
}
