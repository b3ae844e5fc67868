/**
 * The whole: who is signed in decides between the sign-in page and the layout, at whatever address. So a session that ends leaves
 * the address as it is, and signing in again shows the same page.
 */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { createClient } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import type { Entry, SecondStep, Session } from '../api/answers.ts';
import { Failure } from '../components/basics.tsx';
import { InvitePage } from '../pages/invite-page.tsx';
import { SecondStepPage } from '../pages/second-step-page.tsx';
import { SignInPage } from '../pages/sign-in-page.tsx';
import { PATHS, routeOf } from '../pure/router.ts';
import type { Language } from '../text/languages.ts';
import { Announcements } from './announce.tsx';
import { LanguageContext } from './context.ts';
import { asFailure } from './load.ts';
import { navigate, usePlace } from './location.ts';
import { SignedIn } from './signed-in.tsx';
import { chooseLanguage, storedLanguage } from './settings.ts';

type State =
  | { readonly is: 'asking' }
  | { readonly is: 'failed'; readonly failure: ApiFailure }
  | { readonly is: 'out'; readonly expired: boolean }
  | { readonly is: 'second'; readonly step: SecondStep }
  | { readonly is: 'in'; readonly session: Session };

export function App() {
  const [state, setState] = useState<State>({ is: 'asking' });
  const [language, setLanguage] = useState<Language>(storedLanguage);
  const { path } = usePlace();
  const open = useMemo(() => createClient('', () => undefined), []);
  const ask = useCallback(() => {
    setState({ is: 'asking' });
    open.get<Session | null>('session').then(
      (session) => setState(session === null ? { is: 'out', expired: false } : { is: 'in', session }),
      (error: unknown) => setState({ is: 'failed', failure: asFailure(error) }),
    );
  }, [open]);
  useEffect(ask, [ask]);
  const enter = (entry: Entry) =>
    setState('second_step' in entry ? { is: 'second', step: entry } : { is: 'in', session: entry });
  const leave = useCallback((expired: boolean) => setState({ is: 'out', expired }), []);
  const speak = (one: Language) => {
    chooseLanguage(one);
    setLanguage(one);
  };
  const isInvited = routeOf(path).page === 'invite';
  return (
    <LanguageContext.Provider value={language}>
      {isInvited ? (
        <InvitePage
          open={open}
          onEnter={(entry) => {
            enter(entry);
            navigate(PATHS.overview, 'replace');
          }}
        />
      ) : state.is === 'in' ? (
        <SignedIn session={state.session} onLeave={leave} onLanguage={speak} />
      ) : state.is === 'second' ? (
        <SecondStepPage open={open} step={state.step} onEnter={enter} onBack={() => leave(false)} />
      ) : state.is === 'out' ? (
        <SignInPage open={open} expired={state.expired} onEnter={enter} />
      ) : state.is === 'failed' ? (
        <main class="gate">
          <h1>Postern</h1>
          <Failure failure={state.failure} onAgain={ask} />
        </main>
      ) : null}
      <Announcements />
    </LanguageContext.Provider>
  );
}
