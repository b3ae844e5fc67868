/** The layout around every page of a signed-in person: skip link, head with account and person, navigation, the page itself. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createClient } from '../api/client.ts';
import type { Session } from '../api/answers.ts';
import { EmptyState } from '../components/basics.tsx';
import { AuditPage } from '../pages/audit-page.tsx';
import { CredentialPage } from '../pages/credential-page.tsx';
import { CredentialsPage } from '../pages/credentials-page.tsx';
import { DomainPage } from '../pages/domain-page.tsx';
import { DomainsPage } from '../pages/domains-page.tsx';
import { MessagePage } from '../pages/message-page.tsx';
import { MessagesPage } from '../pages/messages-page.tsx';
import { NewTemplatePage } from '../pages/new-template-page.tsx';
import { OverviewPage } from '../pages/overview-page.tsx';
import { StatisticsPage } from '../pages/statistics-page.tsx';
import { StreamPage } from '../pages/stream-page.tsx';
import { StreamsPage } from '../pages/streams-page.tsx';
import { SuppressionsPage } from '../pages/suppressions-page.tsx';
import { TemplatePage } from '../pages/template-page.tsx';
import { TemplatesPage } from '../pages/templates-page.tsx';
import { UnknownPage } from '../pages/unknown-page.tsx';
import { WebhookPage } from '../pages/webhook-page.tsx';
import { WebhooksPage } from '../pages/webhooks-page.tsx';
import { mayOpen, type Role } from '../pure/rights.ts';
import {
  isRelayRoute,
  listOf,
  PATHS,
  RELAY_PAGES,
  relayPath,
  routeOf,
  type RelayRoute,
  type Route,
} from '../pure/router.ts';
import type { Language } from '../text/languages.ts';
import { announce } from './announce.tsx';
import { SurroundingsContext, useText } from './context.ts';
import { forgetLists } from './kept-lists.ts';
import { asFailure } from './load.ts';
import { navigate, usePlace } from './location.ts';
import { PersonMenu } from './person-menu.tsx';
import { RelayPart } from './relay-part.tsx';
import { SecurityPart } from './security-part.tsx';
import { chooseAccount, storedAccount } from './settings.ts';

interface SignedInProps {
  readonly session: Session;
  readonly onLeave: (expired: boolean) => void;
  readonly onLanguage: (language: Language) => void;
}

export function SignedIn({ session, onLeave, onLanguage }: SignedInProps) {
  const text = useText();
  const { path } = usePlace();
  const [chosen, setChosen] = useState(storedAccount);
  const [menuOpen, setMenuOpen] = useState(false);
  const account = session.accounts.find(({ id }) => id === chosen) ?? session.accounts[0];
  const accountId = account?.id ?? '';
  const api = useMemo(() => createClient(accountId, () => onLeave(true), forgetLists), [accountId, onLeave]);
  useEffect(() => setMenuOpen(false), [path]);
  const signOut = () => {
    api.send('DELETE', 'session').then(
      () => {
        announce(text.shell.signedOut);
        onLeave(false);
      },
      (error: unknown) => {
        const failure = asFailure(error);
        if (failure.kind !== 'unauthorized') announce(failure.message || text.failure.network, 'bad');
      },
    );
  };
  const switchAccount = (id: string) => {
    chooseAccount(id);
    setChosen(id);
    // A single message, or another thing with a page, is of the account before.
    const route = routeOf(path);
    const list = listOf(route);
    if (list !== route.page) navigate(PATHS[list as keyof typeof PATHS]);
  };
  return (
    <div class="layout">
      <a class="skip" href="#content">
        {text.shell.skip}
      </a>
      <header class="head">
        <a class="brand" href={PATHS.overview}>
          Postern
        </a>
        <button
          type="button"
          class="menu-button"
          aria-expanded={menuOpen}
          aria-controls="menu"
          onClick={() => setMenuOpen(!menuOpen)}
        >
          {text.shell.menu}
        </button>
      </header>
      <div id="menu" class={menuOpen ? 'side open' : 'side'}>
        <Navigation path={path} role={account?.role} relayRole={session.relay_role} />
        <PersonMenu
          session={session}
          accountId={accountId}
          onAccount={switchAccount}
          onLanguage={onLanguage}
          onSignOut={signOut}
        />
      </div>
      <main id="content" tabIndex={-1}>
        {isAboutSecurity(path, session) ? (
          <SecurityPart key={path} api={api} session={session} />
        ) : account === undefined ? (
          <>
            <h1>{text.shell.noAccount}</h1>
            <EmptyState title={text.shell.noAccountHint} />
          </>
        ) : (
          <SurroundingsContext.Provider value={{ session, account, api }}>
            <Page key={accountId} path={path} />
          </SurroundingsContext.Provider>
        )}
      </main>
    </div>
  );
}

/** It is everybody's, also of who has no account, and all there is for who has to enrol a second factor. */
function isAboutSecurity(path: string, session: Session): boolean {
  return session.must_enrol || routeOf(path).page === 'security';
}

const NAVIGATION = [
  'overview',
  'messages',
  'suppressions',
  'domains',
  'streams',
  'templates',
  'webhooks',
  'statistics',
  'credentials',
  'audit',
] as const;

interface NavigationProps {
  readonly path: string;
  /** `undefined` without an account. */
  readonly role: Role | undefined;
  /** `null`: none of the pages of the relay. */
  readonly relayRole: Role | null;
}

function Navigation({ path, role, relayRole }: NavigationProps) {
  const text = useText();
  const current = listOf(routeOf(path));
  const entry = (page: keyof typeof text.pages, address: string) => (
    <li key={page}>
      <a href={address} {...(page === current ? { 'aria-current': 'page' as const } : {})}>
        {text.pages[page]}
      </a>
    </li>
  );
  const ofAccount = NAVIGATION.filter((page) => role === undefined || mayOpen(page, role));
  const ofRelay = relayRole === null ? [] : RELAY_PAGES.filter((page) => mayOpen(page, relayRole));
  return (
    <nav aria-label={text.shell.navigation}>
      <ul>{ofAccount.map((page) => entry(page, PATHS[page]))}</ul>
      {ofRelay.length > 0 && (
        <>
          <h2 id="of-relay">{text.shell.relay}</h2>
          <ul aria-labelledby="of-relay">{ofRelay.map((page) => entry(page, relayPath(page)))}</ul>
        </>
      )}
    </nav>
  );
}

/** After going to another page the focus is on its heading, as it would be at the start of a page that was loaded. */
function Page({ path }: { readonly path: string }) {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const heading = document.querySelector<HTMLElement>('#content h1');
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
  }, [path]);
  const route = routeOf(path);
  return isRelayRoute(route) ? <RelayPart {...route} /> : pageOf(route);
}

function pageOf(route: Exclude<Route, RelayRoute>) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'messages':
      return <MessagesPage />;
    case 'message':
      return <MessagePage key={route.id} id={route.id} />;
    case 'suppressions':
      return <SuppressionsPage />;
    case 'templates':
      return <TemplatesPage />;
    case 'new-template':
      return <NewTemplatePage />;
    case 'template':
      return <TemplatePage key={route.id} id={route.id} />;
    case 'statistics':
      return <StatisticsPage />;
    case 'audit':
      return <AuditPage />;
    case 'domains':
      return <DomainsPage />;
    case 'domain':
      return <DomainPage key={route.id} name={route.id} />;
    case 'streams':
      return <StreamsPage />;
    case 'stream':
      return <StreamPage key={route.id} name={route.id} />;
    case 'webhooks':
      return <WebhooksPage />;
    case 'webhook':
      return <WebhookPage key={route.id} id={route.id} />;
    case 'credentials':
      return <CredentialsPage />;
    case 'credential':
      return <CredentialPage key={route.id} id={route.id} />;
    default:
      return <UnknownPage />;
  }
}
