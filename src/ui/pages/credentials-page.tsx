/** What applications log in with: kind, state, limits, last use. For administrators. */
import { useState } from 'preact/hooks';
import type { Credential, CredentialList, IssuedCredential } from '../api/answers.ts';
import { Outside, Time } from '../components/basics.tsx';
import { ListHead } from '../components/list-head.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { pathIn } from '../pure/router.ts';
import { visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { useNow, usePages } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import type { Text } from '../text/en.ts';
import { AddCredential } from './add-credential.tsx';
import { CredentialSecret } from './credential-secret.tsx';
import { CredentialBadge, limitsOf } from './credential-state.tsx';

const PAGE = 500;

export function CredentialsPage() {
  const text = useText();
  const language = useLanguage();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const [adding, setAdding] = useState(false);
  const [issued, setIssued] = useState<IssuedCredential>();
  const list = usePages<Credential, CredentialList>(`credentials ${account.id}`, (after, signal) =>
    api.get('v1/credentials', { query: { after, limit: PAGE }, signal }),
  );
  const words = text.credentials;
  const added = (credential: IssuedCredential) => {
    announce(words.added(visibleText(credential.name)));
    setAdding(false);
    setIssued(credential);
  };
  return (
    <>
      <ListHead of="credentials" onAdd={() => setAdding(true)} />
      <DataTable
        label={text.pages.credentials}
        list={list}
        columns={columnsOf(text, language, nowMs)}
        keyOf={({ id }) => id}
        href={({ id }) => pathIn('credentials', id)}
        cardLines={4}
        empty={{ title: words.empty, hint: words.emptyHint }}
      />
      {adding && <AddCredential onDone={added} onClose={() => setAdding(false)} />}
      {issued !== undefined && (
        <CredentialSecret issued={issued} onClose={() => navigate(pathIn('credentials', issued.id))} />
      )}
    </>
  );
}

function columnsOf(text: Text, language: string, nowMs: number): readonly Column<Credential>[] {
  const { credentials: words } = text;
  const { columns } = words;
  return [
    {
      name: 'name',
      label: columns.name,
      width: 'minmax(0, 3fr)',
      cell: ({ name }) => <Outside text={name} most={200} />,
    },
    {
      name: 'limits',
      label: columns.limits,
      width: 'minmax(0, 3fr)',
      cell: (credential) => {
        const limits = limitsOf(credential, text, language);
        return limits.length === 0 ? <span class="quiet">{words.noLimits}</span> : limits.join(', ');
      },
    },
    {
      name: 'kind',
      label: columns.kind,
      width: '8rem',
      isHalf: true,
      cell: ({ kind }) => words.kinds[kind],
    },
    {
      name: 'state',
      label: columns.state,
      width: '8rem',
      isHalf: true,
      cell: (credential) => <CredentialBadge credential={credential} nowMs={nowMs} />,
    },
    {
      name: 'used',
      label: columns.used,
      width: '8rem',
      cell: ({ last_used: used }) =>
        used === null ? <span class="quiet">{words.never}</span> : <Time at={used.at} nowMs={nowMs} />,
    },
  ];
}
