/** Signing in by email address and password, by a passkey, or by a provider. Shown at any address while nobody is signed in. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import type { Entry } from '../api/answers.ts';
import { Failure } from '../components/basics.tsx';
import { Field } from '../components/form.tsx';
import { arePasskeysPossible, PasskeyButton } from '../components/passkey-button.tsx';
import { useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { OidcButton, OidcProblem, useProvider } from './oidc-sign-in.tsx';

interface SignInProps {
  readonly open: ApiClient;
  /** A session ended while somebody worked. */
  readonly expired: boolean;
  readonly onEnter: (entry: Entry) => void;
}

export function SignInPage({ open, expired, onEnter }: SignInProps) {
  const { signIn, security } = useText();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const provider = useProvider(open);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    open
      .send<Entry>('POST', 'session', { body: { email: email.trim(), password } })
      .then(onEnter, (error: unknown) => {
        setBusy(false);
        setPassword('');
        setFailure(asFailure(error));
      });
  };
  return (
    <main class="gate">
      <p class="brand">Postern</p>
      <PageTitle title={signIn.title} />
      <OidcProblem />
      {expired && <p role="status">{signIn.expired}</p>}
      {failure !== undefined && <Failure failure={failure} />}
      {provider !== undefined && provider?.only !== true && (
        <form onSubmit={submit}>
          <Field
            label={signIn.email}
            type="email"
            name="email"
            autocomplete="username"
            required
            value={email}
            onValue={setEmail}
          />
          <Field
            label={signIn.password}
            type="password"
            name="password"
            autocomplete="current-password"
            required
            value={password}
            onValue={setPassword}
          />
          <button type="submit" class="primary" aria-disabled={busy}>
            {signIn.submit}
          </button>
        </form>
      )}
      {provider !== undefined && provider?.only !== true && arePasskeysPossible() && (
        <PasskeyButton
          label={security.signInByPasskey}
          api={open}
          optionsPath="session/passkey-options"
          send={(passkey) => open.send<Entry>('POST', 'session/passkey', { body: passkey })}
          onDone={onEnter}
          onFailure={setFailure}
        />
      )}
      {provider && <OidcButton open={open} provider={provider} />}
      <p class="quiet">{signIn.hint}</p>
    </main>
  );
}
