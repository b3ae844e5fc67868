/**
 * What is wrong with a DKIM record as it was found, in words with the remedy: what panels of DNS providers and copying make of a
 * value (quotes and backslashes, one string of 255 octets, another key), and what its tags say (RFC 6376 §3.6.1). Pure.
 */
import { dkimTexts, readTags, withoutSpace } from './dkim-text.ts';

/** Other records of the domain whose keys may have been taken for this one. */
export interface OtherKey {
  readonly name: string;
  readonly value: string;
}

/** Octets of one character-string. RFC 1035 §3.3. */
const STRING_OCTETS = 255;

/** Of a record that is missing or different; also what is worth knowing of one that is right. A line each. */
export function dkimWords(
  wanted: { readonly name: string; readonly value: string },
  found: readonly string[],
  others: readonly OtherKey[] = [],
): readonly string[] {
  const keys = dkimTexts(found);
  const [text] = keys;
  if (text === undefined)
    return found.length === 0
      ? []
      : [`DNS has text at ${wanted.name}, but no DKIM key: publish the record at this very name`];
  if (keys.length > 1)
    return [
      `there are ${keys.length} DKIM keys at this name, and receivers take one or none: keep the one above`,
    ];
  return wordsOfOne(text, wanted.value, others);
}

function wordsOfOne(text: string, wanted: string, others: readonly OtherKey[]): readonly string[] {
  const expected = readTags(wanted)?.get('p') ?? '';
  const pasted = /["\\]/.test(text);
  const tags = readTags(text.replace(/["\\]/g, ''));
  if (tags === undefined)
    return ['it is no list of tags: a tag stands twice, or one has no "=": publish the value as it is above'];
  const key = withoutSpace(tags.get('p'));
  if (pasted && key === expected)
    return [
      'quotes or backslashes are part of the value: enter it without them, the panel or the zone file adds its own',
    ];
  if (!tags.has('p')) return ['it has no tag p=, which is the key: publish the value as it is above'];
  if (key === '')
    return ['p= is empty, which revokes the key (RFC 6376 §3.6.1): publish the value as it is above'];
  if (key !== expected) return [keyWords(text, key, expected, others)];
  return tagWords(tags, wanted);
}

function keyWords(text: string, key: string, expected: string, others: readonly OtherKey[]): string {
  if (expected.startsWith(key)) {
    const at =
      text.length === STRING_OCTETS
        ? `after ${STRING_OCTETS} octets`
        : `after ${key.length} characters of the key`;
    return `it is cut off ${at}: one string of a TXT record holds 255 octets, so the value needs several, which the block for a zone file shows`;
  }
  const other = others.find(({ value }) => readTags(value)?.get('p') === key);
  return other === undefined
    ? 'it is another key: publish the value as it is above'
    : `it is the key of ${other.name}: the two records are mixed up`;
}

function tagWords(tags: ReadonlyMap<string, string>, wanted: string): readonly string[] {
  const lines: string[] = [];
  const value = (name: string) => tags.get(name) ?? '';
  const [first] = tags.keys();
  if (tags.has('v') && first !== 'v') lines.push('v=DKIM1 has to be the first tag (RFC 6376 §3.6.1)');
  if (tags.has('v') && value('v') !== 'DKIM1')
    lines.push(`v=${value('v')} is no version: it has to be v=DKIM1`);
  const kind = readTags(wanted)?.get('k') ?? 'rsa';
  if ((tags.get('k') ?? 'rsa') !== kind)
    lines.push(`its kind of key is k=${tags.get('k') ?? 'rsa'}, not k=${kind}`);
  if (
    tags.has('h') &&
    !value('h')
      .toLowerCase()
      .split(':')
      .some((one) => one.trim() === 'sha256')
  )
    lines.push(`h=${value('h')} does not allow sha256, with which mail is signed: leave h= out`);
  if (
    tags.has('s') &&
    !value('s')
      .toLowerCase()
      .split(':')
      .some((one) => ['email', '*'].includes(one.trim()))
  )
    lines.push(`s=${value('s')} does not allow e-mail: leave s= out`);
  const flags = value('t')
    .toLowerCase()
    .split(':')
    .map((flag) => flag.trim());
  if (flags.includes('y'))
    lines.push('t=y says that DKIM is being tested, and some receivers then disregard it: leave it out');
  if (flags.includes('s'))
    lines.push(
      't=s allows no identity in a subdomain: mail from subdomains would not be signed in their name',
    );
  return lines;
}
