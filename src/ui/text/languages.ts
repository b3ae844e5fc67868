/** The languages that the dashboard speaks, and which one a reader wants. */
import { de } from './de.ts';
import { en, type Text } from './en.ts';

export const LANGUAGES = { en, de } as const satisfies Record<string, Text>;
export type Language = keyof typeof LANGUAGES;

export function isLanguage(name: string | null | undefined): name is Language {
  return name !== null && name !== undefined && Object.hasOwn(LANGUAGES, name);
}

/** The one chosen, else the first of the browser's that there is, else English. */
export function languageFor(chosen: string | null, preferred: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  return preferred.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}
