/** What a person chose for this browser: colour scheme, language, account. Kept in localStorage; works without it. */
import { LANGUAGES, languageFor, type Language } from '../text/languages.ts';

export const SCHEMES = ['auto', 'light', 'dark'] as const;
export type Scheme = (typeof SCHEMES)[number];

const KEYS = { scheme: 'postern.scheme', language: 'postern.language', account: 'postern.account' } as const;

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}

export function storedScheme(): Scheme {
  const stored = read(KEYS.scheme);
  return SCHEMES.find((one) => one === stored) ?? 'auto';
}

export function storedLanguage(): Language {
  return languageFor(read(KEYS.language), navigator.languages);
}

export function storedAccount(): string {
  return read(KEYS.account) ?? '';
}

export function chooseScheme(scheme: Scheme): void {
  write(KEYS.scheme, scheme);
  applyScheme(scheme);
}

/** The style sheet reads it from the root element. */
export function applyScheme(scheme: Scheme): void {
  document.documentElement.dataset['scheme'] = scheme;
}

export function chooseLanguage(language: Language): void {
  write(KEYS.language, language);
  applyLanguage(language);
}

export function applyLanguage(language: Language): void {
  document.documentElement.lang = language;
}

export function chooseAccount(id: string): void {
  write(KEYS.account, id);
}

export const LANGUAGE_NAMES = Object.keys(LANGUAGES) as readonly Language[];
