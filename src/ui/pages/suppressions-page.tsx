/** Addresses that are not mailed: the list, a check of one address with every rule that was looked at, adding, removing. */
import { useCallback, useState } from 'preact/hooks';
import type { Suppression, SuppressionPage as Page } from '../api/answers.ts';
import { Badge, failureWords, Outside, Time } from '../components/basics.tsx';
import { ListHead } from '../components/list-head.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery } from '../components/filter-bar.tsx';
import { ConfirmDialog, SelectField } from '../components/form.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useSurroundings, useText } from '../shell/context.ts';
import { asFailure, useNow, usePages } from '../shell/load.ts';
import type { Text } from '../text/en.ts';
import { AddSuppression } from './add-suppression.tsx';
import { SuppressionFiles } from './suppression-files.tsx';
import { SUPPRESSION_QUERY, SuppressionCheckForm } from './suppression-check.tsx';

const PAGE = 500;

export function SuppressionsPage() {
  const text = useText();
  const { api, account } = useSurroundings();
  const query = useQuery(SUPPRESSION_QUERY);
  const nowMs = useNow();
  // Counts changes made here: the list is read anew after each.
  const [turn, setTurn] = useState(0);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Suppression>();
  const { reason, scope } = query.values;
  const list = usePages<Suppression, Page>(
    `suppressions ${account.id} ${turn} ${JSON.stringify([reason, scope])}`,
    (after, signal) =>
      api.get('v1/suppressions', { query: { reason, stream: scope, after, limit: PAGE }, signal }),
  );
  const changed = () => setTurn((old) => old + 1);
  const { set } = query;
  const setScope = useCallback((value: string) => set('scope', value), [set]);
  const words = text.suppressions;
  const isFiltered = reason !== undefined || scope !== undefined;
  return (
    <>
      <ListHead of="suppressions" onAdd={() => setAdding(true)} />
      <SuppressionFiles onDone={changed} />
      <SuppressionCheckForm turn={turn} />
      <FilterBar onClear={isFiltered ? query.clear : undefined}>
        <SelectField
          label={words.reason}
          value={reason ?? ''}
          onValue={(value) => set('reason', value)}
          choices={[['', text.filters.any], ...Object.entries(words.reasons)]}
        />
        <TypedFilter label={words.scope} value={scope ?? ''} onValue={setScope} />
      </FilterBar>
      <DataTable
        label={text.pages.suppressions}
        list={list}
        columns={columnsOf(text, nowMs, mayChangeThe('suppressions', account.role) ? setRemoving : undefined)}
        keyOf={(row) => `${row.scope} ${row.reason} ${row.address}`}
        cardLines={3}
        empty={{ title: words.empty, hint: words.emptyHint }}
      />
      {adding && <AddSuppression onClose={() => setAdding(false)} onDone={changed} />}
      {removing !== undefined && (
        <RemoveDialog suppression={removing} onClose={() => setRemoving(undefined)} onDone={changed} />
      )}
    </>
  );
}

function columnsOf(
  { suppressions: words }: Text,
  nowMs: number,
  onRemove: ((row: Suppression) => void) | undefined,
): readonly Column<Suppression>[] {
  const { columns } = words;
  const shown: Column<Suppression>[] = [
    {
      name: 'address',
      label: columns.address,
      width: 'minmax(0, 3fr)',
      cell: ({ address, erased }) =>
        erased ? <span title={address}>{words.erased}</span> : <Outside text={address} most={200} />,
    },
    {
      name: 'reason',
      label: columns.reason,
      width: '11.5rem',
      isHalf: true,
      cell: ({ reason }) => (
        <Badge tone="quiet" sign="⊘">
          {words.reasons[reason] ?? reason}
        </Badge>
      ),
    },
    {
      name: 'scope',
      label: columns.scope,
      width: '9rem',
      isHalf: true,
      cell: ({ scope }) => (scope === 'account' ? words.wholeAccount : <Outside text={scope} most={70} />),
    },
    {
      name: 'since',
      label: columns.since,
      width: '7rem',
      isHalf: true,
      cell: ({ created_at: at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
  if (onRemove === undefined) return shown;
  const remove: Column<Suppression> = {
    name: 'remove',
    label: words.remove,
    width: '7rem',
    isHalf: true,
    cell: (row) => (
      <button
        type="button"
        aria-label={words.removeOf(visibleText(row.address))}
        onClick={() => onRemove(row)}
      >
        {words.remove}
      </button>
    ),
  };
  return [...shown, remove];
}

function RemoveDialog(props: {
  readonly suppression: Suppression;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const text = useText();
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const { address, scope, reason } = props.suppression;
  const words = text.suppressions;
  const run = () => {
    setBusy(true);
    api
      .send('DELETE', `v1/suppressions/${encodeURIComponent(address)}`, {
        query: { stream: scope === 'account' ? undefined : scope, reason },
      })
      .then(
        () => {
          announce(words.removed(visibleText(address)));
          props.onDone();
        },
        (error: unknown) => announce(failureWords(asFailure(error), text), 'bad'),
      )
      .finally(props.onClose);
  };
  return (
    <ConfirmDialog
      title={words.removeTitle}
      confirm={words.remove}
      busy={busy}
      onConfirm={run}
      onClose={props.onClose}
    >
      <p>
        <Outside text={words.removeBody(address)} most={1_000} />
      </p>
    </ConfirmDialog>
  );
}
