/** Signing in by the relay's OpenID Connect provider: a button that leads there, and what is said to whoever came back without a session. */
import { useEffect, useState } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import { Failure } from '../components/basics.tsx';
import { visibleText } from '../pure/visible-text.ts';
import { useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';

/** `only`: passwords do not sign in. */
export interface Provider {
  readonly name: string;
  readonly only: boolean;
}

/** `undefined`: not known yet; `null`: there is none. */
export function useProvider(open: ApiClient): Provider | null | undefined {
  const [provider, setProvider] = useState<Provider | null>();
  useEffect(() => {
    // Whoever cannot ask may still try a password.
    open.get<Provider | null>('session/oidc').then(setProvider, () => setProvider(null));
  }, [open]);
  return provider;
}

export function OidcButton({ open, provider }: { readonly open: ApiClient; readonly provider: Provider }) {
  const { signIn } = useText();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const go = () => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    open.send<{ readonly url: string }>('POST', 'session/oidc', { body: { to: here() } }).then(
      ({ url }) => location.assign(url),
      (error: unknown) => {
        setBusy(false);
        setFailure(asFailure(error));
      },
    );
  };
  return (
    <>
      {failure !== undefined && <Failure failure={failure} />}
      <button type="button" class={provider.only ? 'primary' : ''} aria-disabled={busy} onClick={go}>
        {signIn.by(visibleText(provider.name))}
      </button>
    </>
  );
}

/** Why the provider's way ended here: in the address, once. */
export function OidcProblem() {
  const { signIn } = useText();
  const [code] = useState(() => new URLSearchParams(location.search).get(PROBLEM));
  useEffect(() => {
    if (code !== null) navigate(here(), 'replace');
  }, [code]);
  if (code === null || !Object.hasOwn(signIn.problems, code)) return null;
  return <p role="alert">{signIn.problems[code as keyof typeof signIn.problems]}</p>;
}

const PROBLEM = 'sign-in';

/** Without the problem. */
function here(): string {
  const query = new URLSearchParams(location.search);
  query.delete(PROBLEM);
  return query.size === 0 ? location.pathname : `${location.pathname}?${query}`;
}
