/**
 * Finds e-mail addresses in what people and programs write: after labels, in angle brackets, in sentences. Tolerant
 * where smtp/address.ts is strict: it is about recognising, not about accepting.
 */

const LOCAL_PART = String.raw`(?:"[^"\r\n]{1,64}"|[^\s<>()\[\],;:"'@\\|：；，。、「」＜＞（）]{1,128})`;
const DOMAIN = String.raw`(?:[A-Za-z0-9_\u0080-\uffff](?:[A-Za-z0-9_.\u0080-\uffff-]{0,253}[A-Za-z0-9_\u0080-\uffff])?|\[[0-9A-Fa-f.:IPv]{3,50}\])`;
/** Source of a regular expression for one address; no groups in it. */
export const ADDRESS = `${LOCAL_PART}@${DOMAIN}`;

const ANY_ADDRESS = new RegExp(ADDRESS, 'gu');

/** The addresses in `text`, in order, each once (compared without case), at most `limit`. */
export function addressesIn(text: string, limit = 50): string[] {
  const found = new Map<string, string>();
  // Where there is none, the expression would try every character of a long word.
  if (!text.includes('@')) return [];
  for (const match of text.slice(0, 20_000).matchAll(ANY_ADDRESS)) {
    const address = match[0];
    const key = address.toLowerCase();
    if (!found.has(key)) found.set(key, address);
    if (found.size >= limit) break;
  }
  return [...found.values()];
}

export function firstAddress(text: string): string | undefined {
  return addressesIn(text, 1)[0];
}

export function sameAddress(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.toLowerCase() === other.toLowerCase();
}
