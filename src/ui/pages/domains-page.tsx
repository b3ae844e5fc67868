/** The sending domains of the account: whether mail from each is accepted, and where a rotation of its keys stands. */
import { useState } from 'preact/hooks';
import type { Domain, DomainLine, DomainList } from '../api/answers.ts';
import { FormDialog } from '../components/actions.tsx';
import { Badge, Outside, Time } from '../components/basics.tsx';
import { ListHead } from '../components/list-head.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { Field, SelectField } from '../components/form.tsx';
import { pathIn } from '../pure/router.ts';
import { visibleText } from '../pure/visible-text.ts';
import { useAction } from '../shell/action.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useSurroundings, useText } from '../shell/context.ts';
import { useNow, usePages } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import type { Text } from '../text/en.ts';
import { DomainBadge } from './domain-state.tsx';

const PAGE = 500;

export function DomainsPage() {
  const text = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const [adding, setAdding] = useState(false);
  const list = usePages<DomainLine, DomainList>(`domains ${account.id}`, (after, signal) =>
    api.get('v1/domains', { query: { after, limit: PAGE }, signal }),
  );
  const words = text.domains;
  return (
    <>
      <ListHead of="domains" onAdd={() => setAdding(true)} />
      <DataTable
        label={text.pages.domains}
        list={list}
        columns={columnsOf(text, nowMs)}
        keyOf={({ id }) => id}
        href={({ domain }) => pathIn('domains', domain)}
        cardLines={3}
        empty={{ title: words.empty, hint: words.emptyHint }}
      />
      {adding && <AddDomain onClose={() => setAdding(false)} />}
    </>
  );
}

function columnsOf({ domains: words }: Text, nowMs: number): readonly Column<DomainLine>[] {
  const { columns } = words;
  return [
    {
      name: 'domain',
      label: columns.domain,
      width: 'minmax(0, 3fr)',
      cell: ({ domain }) => <Outside text={domain} most={200} />,
    },
    {
      name: 'dkim',
      label: columns.dkim,
      width: 'minmax(0, 2fr)',
      cell: ({ dkim, dkim_keys: keys }) => (
        <>
          {words.keySets[dkim]}{' '}
          {keys.some(({ state }) => state === 'pending') && (
            <Badge tone="info" sign="…">
              {words.newKeys}
            </Badge>
          )}
        </>
      ),
    },
    {
      name: 'state',
      label: columns.state,
      width: '11.5rem',
      isHalf: true,
      cell: (domain) => <DomainBadge domain={domain} />,
    },
    {
      name: 'added',
      label: columns.added,
      width: '7rem',
      isHalf: true,
      cell: ({ created_at: at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
}

function AddDomain({ onClose }: { readonly onClose: () => void }) {
  const { domains: words } = useText();
  const api = useApi();
  const action = useAction();
  const [domain, setDomain] = useState('');
  const [dkim, setDkim] = useState('both');
  const submit = () =>
    action.run(
      () => api.send<Domain>('POST', 'v1/domains', { body: { domain: domain.trim(), dkim } }),
      (added) => {
        announce(words.added(visibleText(added.domain)));
        onClose();
        navigate(pathIn('domains', added.domain));
      },
    );
  return (
    <FormDialog
      title={words.addTitle}
      hint={words.addHint}
      submit={words.add}
      action={action}
      fields={['domain', 'dkim']}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label={words.name}
        hint={words.nameHint}
        name="domain"
        required
        autocomplete="off"
        spellcheck={false}
        inputMode="url"
        value={domain}
        onValue={setDomain}
        error={action.failure?.of('domain')}
      />
      <SelectField
        label={words.keys}
        value={dkim}
        onValue={setDkim}
        choices={Object.entries(words.keySets)}
        error={action.failure?.of('dkim')}
      />
    </FormDialog>
  );
}
