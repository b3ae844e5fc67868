/**
 * An invitation: sets a password and signs in. Its token is in the fragment of the address, which browsers send to no server; it
 * is taken out of the address bar at once, so that it stays in no history.
 */
import { useEffect, useState } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import type { Entry } from '../api/answers.ts';
import { Failure } from '../components/basics.tsx';
import { Field } from '../components/form.tsx';
import { useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';

const SHORTEST_PASSWORD = 12;

export function InvitePage({
  open,
  onEnter,
}: {
  readonly open: ApiClient;
  readonly onEnter: (entry: Entry) => void;
}) {
  const { invite } = useText();
  const [token] = useState(() => location.hash.slice(1));
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const [problems, setProblems] = useState({ password: '', repeat: '' });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  useEffect(() => history.replaceState(null, '', location.pathname), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const found = {
      password: Array.from(password).length < SHORTEST_PASSWORD ? invite.tooShort : '',
      repeat: password === repeat ? '' : invite.different,
    };
    setProblems(found);
    if (busy || found.password !== '' || found.repeat !== '') return;
    setBusy(true);
    setFailure(undefined);
    open.send<Entry>('POST', 'invite', { body: { token, password } }).then(onEnter, (error: unknown) => {
      setBusy(false);
      const refused = asFailure(error);
      setProblems({ password: refused.of('password'), repeat: '' });
      setFailure(refused);
    });
  };
  const isGone = failure?.code === 'invite-gone';
  return (
    <main class="gate">
      <p class="brand">Postern</p>
      <PageTitle title={invite.title} />
      {token === '' || isGone ? (
        <p role="alert">{isGone ? invite.gone : invite.noToken}</p>
      ) : (
        <>
          <p class="quiet">{invite.hint}</p>
          {failure !== undefined && problems.password === '' && <Failure failure={failure} />}
          <form onSubmit={submit} noValidate>
            <Field
              label={invite.password}
              type="password"
              name="password"
              autocomplete="new-password"
              required
              value={password}
              onValue={setPassword}
              error={problems.password}
            />
            <Field
              label={invite.repeat}
              type="password"
              name="repeat"
              autocomplete="new-password"
              required
              value={repeat}
              onValue={setRepeat}
              error={problems.repeat}
            />
            <button type="submit" class="primary" aria-disabled={busy}>
              {invite.submit}
            </button>
          </form>
        </>
      )}
    </main>
  );
}
