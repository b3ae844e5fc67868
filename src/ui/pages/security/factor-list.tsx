/** Second factors: what there is, adding, renaming and removing, and recovery codes. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../../api/client.ts';
import type { SecondFactor, Security } from '../../api/answers.ts';
import { FormDialog } from '../../components/actions.tsx';
import { CodeBlock, CopyButton, Outside, Time } from '../../components/basics.tsx';
import { ConfirmDialog, Dialog, Field } from '../../components/form.tsx';
import { arePasskeysPossible } from '../../components/passkey-button.tsx';
import { visibleText } from '../../pure/visible-text.ts';
import { useAction } from '../../shell/action.ts';
import { announce } from '../../shell/announce.tsx';
import { useText } from '../../shell/context.ts';
import { useNow } from '../../shell/load.ts';
import { AddPasskey, AddTotp, type TotpStart } from './add-factor.tsx';
import type { Guard } from './guard.ts';

interface FactorListProps {
  readonly api: ApiClient;
  readonly security: Security;
  readonly guard: Guard;
  readonly onChanged: () => void;
}

type Open =
  | { readonly is: 'passkey' }
  | { readonly is: 'totp'; readonly start: TotpStart }
  | { readonly is: 'rename' | 'remove'; readonly factor: SecondFactor }
  | { readonly is: 'new-codes' }
  | { readonly is: 'codes'; readonly codes: readonly string[] };

export function FactorList({ api, security, guard, onChanged }: FactorListProps) {
  const { security: words } = useText();
  const [open, setOpen] = useState<Open>();
  const { factors, recovery_codes: left } = security;
  const close = () => setOpen(undefined);
  const done = (said: string) => {
    close();
    announce(said);
    onChanged();
  };
  const added = (codes: readonly string[] | null) =>
    codes === null ? done(words.factorAdded) : setOpen({ is: 'codes', codes });
  const startTotp = () =>
    guard(async () =>
      setOpen({
        is: 'totp',
        start: await api.send<TotpStart>('POST', 'security/totp-options', { body: {} }),
      }),
    );
  const remove = (id: string) => {
    close();
    guard(async () => {
      await api.send('DELETE', `security/factors/${id}`);
      done(words.removed);
    });
  };
  const makeCodes = () => {
    close();
    guard(async () => {
      const made = await api.send<{ recovery_codes: readonly string[] }>('POST', 'security/recovery-codes', {
        body: {},
      });
      setOpen({ is: 'codes', codes: made.recovery_codes });
    });
  };
  const canPasskey = security.passkeys_possible && arePasskeysPossible();
  return (
    <section class="block" aria-labelledby="factors">
      <h2 id="factors">{words.factors}</h2>
      <p class="quiet">{factors.length === 0 ? words.noFactors : words.factorsHint}</p>
      {factors.length > 0 && (
        <ul class="rules">
          {factors.map((factor) => (
            <FactorLine key={factor.id} factor={factor} onOpen={(is) => setOpen({ is, factor })} />
          ))}
        </ul>
      )}
      <div class="actions">
        {canPasskey && (
          <button type="button" onClick={() => setOpen({ is: 'passkey' })}>
            {words.addPasskey}
          </button>
        )}
        {!factors.some(({ kind }) => kind === 'totp') && (
          <button type="button" onClick={startTotp}>
            {words.addTotp}
          </button>
        )}
      </div>
      {!canPasskey && <p class="quiet">{words.passkeysNot}</p>}
      {factors.length > 0 && <RecoveryCodes left={left} onNew={() => setOpen({ is: 'new-codes' })} />}
      {open?.is === 'passkey' && <AddPasskey api={api} guard={guard} onAdded={added} onClose={close} />}
      {open?.is === 'totp' && <AddTotp api={api} start={open.start} onAdded={added} onClose={close} />}
      {open?.is === 'rename' && (
        <Rename api={api} factor={open.factor} onDone={() => done(words.renamed)} onClose={close} />
      )}
      {open?.is === 'remove' && (
        <Removal
          name={open.factor.name}
          isLast={factors.length === 1}
          onConfirm={() => remove(open.factor.id)}
          onClose={close}
        />
      )}
      {open?.is === 'new-codes' && <NewCodes onConfirm={makeCodes} onClose={close} />}
      {open?.is === 'codes' && <Codes codes={open.codes} onClose={() => done(words.factorAdded)} />}
    </section>
  );
}

interface QuestionProps {
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function Removal({
  name,
  isLast,
  ...question
}: QuestionProps & { readonly name: string; readonly isLast: boolean }) {
  const { security: words } = useText();
  return (
    <ConfirmDialog title={words.removeTitle} confirm={words.remove} busy={false} {...question}>
      <p>
        <Outside text={words.removeBody(name)} />
      </p>
      {isLast && <p>{words.removeLast}</p>}
    </ConfirmDialog>
  );
}

function NewCodes(question: QuestionProps) {
  const { security: words } = useText();
  return (
    <ConfirmDialog title={words.newCodes} confirm={words.newCodes} busy={false} {...question}>
      <p>{words.newCodesBody}</p>
    </ConfirmDialog>
  );
}

function RecoveryCodes({ left, onNew }: { readonly left: number; readonly onNew: () => void }) {
  const { security: words } = useText();
  return (
    <>
      <h3>{words.codes}</h3>
      <p>{words.codesLeft(left)}</p>
      <button type="button" onClick={onNew}>
        {words.newCodes}
      </button>
    </>
  );
}

function FactorLine({
  factor,
  onOpen,
}: {
  readonly factor: SecondFactor;
  readonly onOpen: (is: 'rename' | 'remove') => void;
}) {
  const { security: words } = useText();
  const nowMs = useNow();
  const { kind, name, created_at: created, used_at: used } = factor;
  return (
    <li>
      <p>
        <strong>
          <Outside text={name} />
        </strong>{' '}
        <span class="quiet">
          {words.kinds[kind]}, {words.added} <Time at={created} nowMs={nowMs} />,{' '}
          {used === null ? (
            words.neverUsed
          ) : (
            <>
              {words.used} <Time at={used} nowMs={nowMs} />
            </>
          )}
        </span>
      </p>
      <div class="actions">
        <button type="button" aria-label={words.renameOf(visibleText(name))} onClick={() => onOpen('rename')}>
          {words.rename}
        </button>
        <button type="button" aria-label={words.removeOf(visibleText(name))} onClick={() => onOpen('remove')}>
          {words.remove}
        </button>
      </div>
    </li>
  );
}

interface RenameProps {
  readonly api: ApiClient;
  readonly factor: SecondFactor;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function Rename({ api, factor, onDone, onClose }: RenameProps) {
  const { security: words } = useText();
  const action = useAction();
  const [name, setName] = useState(factor.name);
  const rename = () => api.send('PATCH', `security/factors/${factor.id}`, { body: { name } });
  return (
    <FormDialog
      title={words.rename}
      submit={words.save}
      action={action}
      fields={['name']}
      onSubmit={() => action.run(rename, onDone)}
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

/** Shown once. */
function Codes({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) {
  const { security: words, dialog } = useText();
  const text = codes.join('\n');
  return (
    <Dialog title={words.codesTitle} onClose={onClose}>
      <p>{words.codesHint}</p>
      <CodeBlock text={text} label={words.codes} />
      <div class="actions">
        <CopyButton text={text} what={words.codes} />
        <button type="button" class="primary" onClick={onClose}>
          {dialog.done}
        </button>
      </div>
    </Dialog>
  );
}
