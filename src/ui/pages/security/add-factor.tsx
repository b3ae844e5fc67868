/** Dialogs that add a second factor: the secret of an authenticator app with its first code, or a passkey with its name. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { FormDialog } from '../../components/actions.tsx';
import { CodeBlock, CopyButton } from '../../components/basics.tsx';
import { Field } from '../../components/form.tsx';
import { makePasskey, wasLeft } from '../../components/passkey-button.tsx';
import { useAction } from '../../shell/action.ts';
import { useText } from '../../shell/context.ts';
import type { Guard } from './guard.ts';

/** What the server gives for a new secret. */
export interface TotpStart {
  readonly secret: string;
  readonly uri: string;
  readonly state: string;
}

interface AddProps {
  readonly api: ApiClient;
  /** `null`: there are recovery codes already. */
  readonly onAdded: (codes: readonly string[] | null) => void;
  readonly onClose: () => void;
}

interface Added {
  readonly recovery_codes: readonly string[] | null;
}

export function AddTotp({ api, start, onAdded, onClose }: AddProps & { readonly start: TotpStart }) {
  const { security: words } = useText();
  const action = useAction();
  const [code, setCode] = useState('');
  const { secret, uri, state } = start;
  const add = () =>
    api.send<Added>('POST', 'security/totp', {
      body: { state, code: code.trim(), name: words.kinds.totp },
    });
  return (
    <FormDialog
      title={words.addTotp}
      hint={words.totpHint}
      submit={words.add}
      action={action}
      fields={['code']}
      onSubmit={() => action.run(add, ({ recovery_codes: codes }) => onAdded(codes))}
      onClose={onClose}
    >
      <CodeBlock text={secret.replaceAll(/(.{4})(?=.)/g, '$1 ')} label={words.secret} />
      <p class="actions">
        <CopyButton text={secret} what={words.secret} />
        <a href={uri}>{words.openApp}</a>
      </p>
      <Field
        label={words.code}
        hint={words.codeHint}
        name="code"
        autocomplete="one-time-code"
        inputMode="numeric"
        maxLength={10}
        required
        value={code}
        onValue={setCode}
        error={action.failure?.of('code')}
      />
    </FormDialog>
  );
}

export function AddPasskey({ api, guard, onAdded, onClose }: AddProps & { readonly guard: Guard }) {
  const { security: words } = useText();
  const action = useAction();
  const [name, setName] = useState(words.nameOfPasskey);
  const add = async () => {
    const made = await makePasskey(api, 'security/passkeys-options').catch((error: unknown) => {
      if (wasLeft(error)) throw new ApiFailure({ kind: 'refused', message: words.passkeyLeft });
      throw error;
    });
    return await api.send<Added>('POST', 'security/passkeys', { body: { ...made, name } });
  };
  const submit = () =>
    action.run(
      async () => {
        try {
          return await add();
        } catch (error) {
          if (!(error instanceof ApiFailure) || error.code !== 'confirm-first') throw error;
          // Asked on top of this dialog; then it is tried once more.
          return await new Promise<Added>((resolve) => {
            guard(async () => resolve(await add()));
          });
        }
      },
      ({ recovery_codes: codes }) => onAdded(codes),
    );
  return (
    <FormDialog
      title={words.addPasskey}
      hint={words.addPasskeyHint}
      submit={words.add}
      action={action}
      fields={['name']}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label={words.name}
        name="name"
        maxLength={60}
        required
        value={name}
        onValue={setName}
        error={action.failure?.of('name')}
      />
    </FormDialog>
  );
}
