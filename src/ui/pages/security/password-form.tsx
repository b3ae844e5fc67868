/** A new password, for whoever knows the present one. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../../api/client.ts';
import { Failure } from '../../components/basics.tsx';
import { Field } from '../../components/form.tsx';
import { useAction } from '../../shell/action.ts';
import { announce } from '../../shell/announce.tsx';
import { useText } from '../../shell/context.ts';

const SHORTEST_PASSWORD = 12;
const EMPTY = { current: '', password: '', repeat: '' };

export function PasswordForm({
  api,
  onChanged,
}: {
  readonly api: ApiClient;
  readonly onChanged: () => void;
}) {
  const { security: words, invite } = useText();
  const { busy, failure, run } = useAction();
  const [typed, setTyped] = useState(EMPTY);
  const [problems, setProblems] = useState(EMPTY);
  const { current, password, repeat } = typed;
  const submit = (event: Event) => {
    event.preventDefault();
    const found = {
      current: '',
      password: Array.from(password).length < SHORTEST_PASSWORD ? invite.tooShort : '',
      repeat: password === repeat ? '' : invite.different,
    };
    setProblems(found);
    if (found.password !== '' || found.repeat !== '') return;
    run(
      () => api.send('POST', 'security/password', { body: { current, password } }),
      () => {
        setTyped(EMPTY);
        announce(words.passwordChanged);
        onChanged();
      },
    );
  };
  const isAtField = failure !== undefined && (failure.of('current') || failure.of('password')) !== '';
  const field = (name: keyof typeof EMPTY, label: string, autocomplete: string, hint?: string) => (
    <Field
      label={label}
      hint={hint}
      type="password"
      name={name}
      autocomplete={autocomplete}
      required
      value={typed[name]}
      onValue={(value) => setTyped({ ...typed, [name]: value })}
      error={problems[name] || failure?.of(name)}
    />
  );
  return (
    <section class="block narrow" aria-labelledby="password">
      <h2 id="password">{words.changePassword}</h2>
      {failure !== undefined && !isAtField && <Failure failure={failure} />}
      <form class="column" onSubmit={submit} noValidate>
        {field('current', words.current, 'current-password')}
        {field('password', words.newPassword, 'new-password', words.passwordHint)}
        {field('repeat', words.repeat, 'new-password')}
        <div class="actions">
          <button type="submit" aria-disabled={busy}>
            {words.changePassword}
          </button>
        </div>
      </form>
    </section>
  );
}
