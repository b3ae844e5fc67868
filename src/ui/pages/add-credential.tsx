/** A new SMTP login or API key, with what bounds it. */
import { useState } from 'preact/hooks';
import type { IssuedCredential } from '../api/answers.ts';
import { FormDialog } from '../components/actions.tsx';
import { Checkboxes } from '../components/checkboxes.tsx';
import { Field, SelectField } from '../components/form.tsx';
import { entriesOf, numberOf } from '../pure/choices.ts';
import { utcOfLocal } from '../pure/query.ts';
import { useAction } from '../shell/action.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { mayGrant } from '../pure/rights.ts';

const FIRST = {
  kind: 'smtp',
  name: '',
  stream: '',
  domains: '',
  allow_ip: '',
  rate_per_minute: '',
  daily_quota: '',
  expires_at: '',
};
type Terms = typeof FIRST;

/** Behind "Bounds". */
const BOUNDS = ['domains', 'allow_ip', 'rate_per_minute', 'daily_quota', 'expires_at'] as const;

export function AddCredential({
  onDone,
  onClose,
}: {
  readonly onDone: (issued: IssuedCredential) => void;
  readonly onClose: () => void;
}) {
  const { credentials: words } = useText();
  const { api, account } = useSurroundings();
  const action = useAction();
  const [terms, setTerms] = useState<Terms>(FIRST);
  const [scopes, setScopes] = useState<readonly string[]>(['send']);
  const set = (name: keyof Terms) => (value: string) => setTerms((old) => ({ ...old, [name]: value }));
  const error = (name: string) => action.failure?.of(name) ?? '';
  const field = (name: keyof Terms, label: string, more: { hint?: string; inputMode?: 'numeric' } = {}) => (
    <Field
      label={label}
      name={name}
      autocomplete="off"
      spellcheck={false}
      value={terms[name]}
      onValue={set(name)}
      error={error(name)}
      {...more}
    />
  );
  const submit = () =>
    action.run(
      () => api.send<IssuedCredential>('POST', 'v1/credentials', { body: bodyOf(terms, scopes) }),
      onDone,
    );
  return (
    <FormDialog
      title={words.addTitle}
      submit={words.add}
      action={action}
      fields={['kind', 'name', 'scopes', 'stream', ...BOUNDS]}
      onSubmit={submit}
      onClose={onClose}
    >
      <SelectField
        label={words.kind}
        value={terms.kind}
        onValue={set('kind')}
        choices={[
          ['smtp', words.kinds.smtp],
          ['api', words.kinds.api],
        ]}
        error={error('kind')}
      />
      {field('name', words.name, { hint: words.nameHint })}
      {terms.kind === 'api' && (
        <Checkboxes
          legend={words.scopes}
          choices={Object.entries(words.scopeNames).filter(([scope]) =>
            mayGrant(scope, account.reads_content),
          )}
          values={scopes}
          onValues={setScopes}
          error={error('scopes')}
        />
      )}
      {field('stream', words.stream)}
      <details open={BOUNDS.some((name) => error(name) !== '')}>
        <summary>{words.more}</summary>
        {field('domains', words.domains, { hint: words.domainsHint })}
        {field('allow_ip', words.networks, { hint: words.networksHint })}
        {field('rate_per_minute', words.rate, { inputMode: 'numeric' })}
        {field('daily_quota', words.quota, { inputMode: 'numeric' })}
        <Field
          label={words.expires}
          name="expires_at"
          type="datetime-local"
          value={terms.expires_at}
          onValue={set('expires_at')}
          error={error('expires_at')}
        />
      </details>
    </FormDialog>
  );
}

/** What was left empty is left to the API. */
function bodyOf(terms: Terms, scopes: readonly string[]) {
  const given = {
    ...terms,
    scopes: terms.kind === 'api' ? scopes : undefined,
    stream: terms.stream.trim(),
    domains: entriesOf(terms.domains),
    allow_ip: entriesOf(terms.allow_ip),
    rate_per_minute: numberOf(terms.rate_per_minute),
    daily_quota: numberOf(terms.daily_quota),
    expires_at: utcOfLocal(terms.expires_at),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
}
