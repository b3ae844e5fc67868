/**
 * Base64 of a request, which gives back exactly what it says or is a mistake: Node.js passes over what does not belong and
 * drops a last character that is too little, and so a file would arrive damaged. RFC 4648 §3.2, §3.3, §3.5, §4. White space
 * is taken, since MIME breaks its lines.
 */

/** For messages. */
export const BASE64 =
  'the standard alphabet (A-Z a-z 0-9 + /), padded with = to a multiple of four characters';

/** `undefined`: it is not base64. */
export function decodeBase64(text: string): Buffer | undefined {
  return (
    decodeExactly(text) ?? (/\s/.test(text) ? decodeExactly(text.replace(/[ \t\r\n]+/g, '')) : undefined)
  );
}

/**
 * Every character counts when what was read is written with as many, and its last four are the same; that finds bits left
 * over as well. 25 MB need no second look at each.
 */
function decodeExactly(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  if (4 * Math.ceil(octets.length / 3) !== text.length) return undefined;
  // Node.js takes the alphabet for URLs too.
  if (text.includes('-') || text.includes('_')) return undefined;
  const lastGroup = 3 * Math.floor(Math.max(0, octets.length - 1) / 3);
  return text.endsWith(octets.toString('base64', lastGroup)) ? octets : undefined;
}
