/** The second step of signing in: a passkey, a code of the authenticator app, or a recovery code. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import type { Entry, SecondStep } from '../api/answers.ts';
import { Failure } from '../components/basics.tsx';
import { Field } from '../components/form.tsx';
import { arePasskeysPossible, PasskeyButton } from '../components/passkey-button.tsx';
import { useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';

interface SecondStepProps {
  readonly open: ApiClient;
  readonly step: SecondStep;
  readonly onEnter: (entry: Entry) => void;
  /** To the password. */
  readonly onBack: () => void;
}

export function SecondStepPage({ open, step, onEnter, onBack }: SecondStepProps) {
  const { security: words } = useText();
  const { token, code, passkey, recovery_code: recovery } = step.second_step;
  const [failure, setFailure] = useState<ApiFailure>();
  const [by, setBy] = useState<'code' | 'recovery_code'>(code ? 'code' : 'recovery_code');
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const isAskingPasskey = passkey && arePasskeysPossible();
  const send = (proof: object) => open.send<Entry>('POST', 'session/factor', { body: { token, ...proof } });
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    send({ [by]: typed.trim() }).then(onEnter, (error: unknown) => {
      setBusy(false);
      setTyped('');
      setFailure(asFailure(error));
    });
  };
  const turn = (to: typeof by) => {
    setBy(to);
    setTyped('');
    setFailure(undefined);
  };
  return (
    <main class="gate">
      <p class="brand">Postern</p>
      <PageTitle title={words.secondStep} />
      {failure !== undefined && <Failure failure={failure} />}
      {isAskingPasskey && (
        <PasskeyButton
          label={words.usePasskey}
          api={open}
          optionsPath="session/passkey-options"
          optionsBody={{ token }}
          send={(signed) => send({ passkey: signed })}
          onDone={onEnter}
          onFailure={setFailure}
        />
      )}
      {passkey && !isAskingPasskey && <p class="quiet">{words.noPasskeysHere}</p>}
      {(code || recovery) && (
        <form onSubmit={submit}>
          <Field
            key={by}
            label={by === 'code' ? words.code : words.recoveryCode}
            hint={by === 'code' ? words.codeHint : words.recoveryHint}
            name={by}
            autocomplete={by === 'code' ? 'one-time-code' : 'off'}
            spellcheck={false}
            maxLength={by === 'code' ? 10 : 40}
            {...(by === 'code' ? { inputMode: 'numeric' as const } : {})}
            required
            value={typed}
            onValue={setTyped}
          />
          <button type="submit" class="primary" aria-disabled={busy}>
            {words.goOn}
          </button>
        </form>
      )}
      <p class="actions">
        {code && recovery && (
          <button type="button" onClick={() => turn(by === 'code' ? 'recovery_code' : 'code')}>
            {by === 'code' ? words.useRecoveryCode : words.useCode}
          </button>
        )}
        <button type="button" onClick={onBack}>
          {words.back}
        </button>
      </p>
    </main>
  );
}
