/** What every page stands on: words, the signed-in person, the account in use and the way to the server. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { Session, SessionAccount } from '../api/answers.ts';
import type { Text } from '../text/en.ts';
import { LANGUAGES, type Language } from '../text/languages.ts';

export const LanguageContext = createContext<Language>('en');

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

export function useText(): Text {
  return LANGUAGES[useLanguage()];
}

export interface Surroundings {
  readonly session: Session;
  readonly account: SessionAccount;
  readonly api: ApiClient;
}

export const SurroundingsContext = createContext<Surroundings | undefined>(undefined);

/** Only below the signed-in layout. */
export function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext);
  if (surroundings === undefined) throw new Error('no signed-in person here');
  return surroundings;
}

export function useApi(): ApiClient {
  return useSurroundings().api;
}
