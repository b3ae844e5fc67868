/** Asks again who it is: by password, code or passkey. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../../api/client.ts';
import type { ApiFailure } from '../../api/failure.ts';
import type { Security } from '../../api/answers.ts';
import { FormDialog } from '../../components/actions.tsx';
import { Failure } from '../../components/basics.tsx';
import { Field, SelectField } from '../../components/form.tsx';
import { arePasskeysPossible, PasskeyButton } from '../../components/passkey-button.tsx';
import { useAction } from '../../shell/action.ts';
import { useText } from '../../shell/context.ts';

interface ConfirmProps {
  readonly api: ApiClient;
  readonly security: Security;
  readonly onConfirmed: () => void;
  readonly onClose: () => void;
}

export function ConfirmDialogFor({ api, security, onConfirmed, onClose }: ConfirmProps) {
  const { security: words } = useText();
  const action = useAction();
  const [by, setBy] = useState<'password' | 'code'>('password');
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<ApiFailure>();
  const has = (kind: 'totp' | 'passkey') => security.factors.some((factor) => factor.kind === kind);
  const send = (body: object) => api.send('POST', 'security/confirm', { body });
  return (
    <FormDialog
      title={words.confirmTitle}
      hint={words.confirmHint}
      submit={words.goOn}
      action={action}
      fields={[by]}
      onSubmit={() => action.run(() => send({ [by]: typed.trim() === '' ? '-' : typed }), onConfirmed)}
      onClose={onClose}
    >
      {failure !== undefined && <Failure failure={failure} />}
      {has('totp') && (
        <SelectField
          label={words.by}
          value={by}
          onValue={(value) => {
            setBy(value === 'code' ? 'code' : 'password');
            setTyped('');
          }}
          choices={[
            ['password', words.byPassword],
            ['code', words.byCode],
          ]}
        />
      )}
      <Field
        key={by}
        label={by === 'code' ? words.code : words.password}
        type={by === 'code' ? 'text' : 'password'}
        name={by}
        autocomplete={by === 'code' ? 'one-time-code' : 'current-password'}
        required
        value={typed}
        onValue={setTyped}
        error={action.failure?.of(by)}
      />
      {has('passkey') && arePasskeysPossible() && (
        <PasskeyButton
          label={words.usePasskey}
          api={api}
          optionsPath="security/passkey-options"
          send={(passkey) => send({ passkey })}
          onDone={onConfirmed}
          onFailure={setFailure}
        />
      )}
    </FormDialog>
  );
}
