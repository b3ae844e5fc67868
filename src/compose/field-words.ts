/** Words in braces in a header field that is written for many messages: they stand for what is known of each. */

export const FIELD_WORDS = ['account', 'stream', 'domain', 'tag'] as const;

export interface FieldFacts {
  readonly account: string;
  readonly stream: string;
  /** Of the first author. */
  readonly domain: string;
  /** The first; `undefined`: it has none, and `-` stands for it. */
  readonly tag: string | undefined;
}

const WORD = new RegExp(`\\{(${FIELD_WORDS.join('|')})\\}`, 'g');

export function fillWords(value: string, facts: FieldFacts): string {
  return value.replace(WORD, (_word, name: (typeof FIELD_WORDS)[number]) => facts[name] ?? '-');
}

/** Braces that are left without words that are known. */
export function hasOtherBraces(value: string): boolean {
  return /[{}]/.test(value.replace(WORD, ''));
}
