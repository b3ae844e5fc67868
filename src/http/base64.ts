/**
 * Strict base64 of requests: Node.js skips invalid characters and drops incomplete ones, which would damage a file.
 * RFC 4648 §3.2, §3.3, §3.5, §4. White space is allowed, because MIME breaks its lines.
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
 * Valid when the decoded octets re-encode to the same length and last four characters; that also detects leftover
 * bits. 25 MB need no second pass.
 */
function decodeExactly(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  if (4 * Math.ceil(octets.length / 3) !== text.length) return undefined;
  // Node.js also accepts the URL alphabet.
  if (text.includes('-') || text.includes('_')) return undefined;
  const lastGroup = 3 * Math.floor(Math.max(0, octets.length - 1) / 3);
  return text.endsWith(octets.toString('base64', lastGroup)) ? octets : undefined;
}
