/** Images that a drawn document has in itself, as `data:` URLs: bitmaps alone. An SVG is a document. RFC 2397. */

/** What browsers draw and nothing else do with. */
const TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const DATA_URL = /^data:(image\/[a-z]+);base64,([A-Za-z0-9+/=\s]*)$/i;

/** `undefined`: it is no image that is shown. */
export function imageUrl(type: string, content: Uint8Array): string | undefined {
  const wanted = type.toLowerCase();
  if (!TYPES.has(wanted)) return undefined;
  return `data:${wanted};base64,${Buffer.from(content.buffer, content.byteOffset, content.length).toString('base64')}`;
}

/** A `data:` URL as it stands in HTML, written anew; `undefined`: it is no image that is shown. */
export function sameImageUrl(url: string): string | undefined {
  const [, type = '', base64 = ''] = DATA_URL.exec(url) ?? [];
  return TYPES.has(type.toLowerCase())
    ? `data:${type.toLowerCase()};base64,${base64.replace(/\s+/g, '')}`
    : undefined;
}
