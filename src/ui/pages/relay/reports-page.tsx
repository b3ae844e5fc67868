/** Reports from outside that nobody vouches for. */
import { useCallback } from 'preact/hooks';
import type { ReportLine, ReportPage as Page } from '../../api/answers.ts';
import { Badge, Outside, Time } from '../../components/basics.tsx';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery } from '../../components/filter-bar.tsx';
import { relayPath } from '../../pure/router.ts';
import { useApi, useText } from '../../shell/context.ts';
import { useNow, usePages } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';
import type { Text } from '../../text/en.ts';

const FILTERS = ['account'] as const;
const PAGE = 100;
/** A line's worth of a text. */
const LINE = 200;

export function ReportsPage() {
  const text = useText();
  const api = useApi();
  const nowMs = useNow();
  const query = useQuery(FILTERS);
  const { values, set } = query;
  const setAccount = useCallback((value: string) => set('account', value), [set]);
  const list = usePages<ReportLine, Page>(`reports ${JSON.stringify(values)}`, (after, signal) =>
    api.get('operation/reports', { query: { ...values, after, limit: PAGE }, signal }),
  );
  const words = text.reports;
  return (
    <>
      <PageTitle title={text.pages.reports} />
      <p class="quiet">{words.hint}</p>
      <FilterBar onClear={values.account === undefined ? undefined : query.clear}>
        <TypedFilter label={words.account} value={values.account ?? ''} onValue={setAccount} />
      </FilterBar>
      <DataTable
        label={text.pages.reports}
        list={list}
        columns={columnsOf(text, nowMs)}
        keyOf={({ id }) => id}
        href={({ id }) => relayPath('reports', id)}
        cardLines={5}
        empty={{ title: words.empty, hint: words.emptyHint }}
      />
    </>
  );
}

function columnsOf({ reports: words }: Text, nowMs: number): readonly Column<ReportLine>[] {
  const { columns } = words;
  return [
    {
      name: 'recipient',
      label: columns.recipient,
      width: 'minmax(0, 3fr)',
      cell: ({ recipient }) => <Outside text={recipient ?? words.notNamed} most={LINE} />,
    },
    {
      name: 'why',
      label: columns.why,
      width: 'minmax(0, 3fr)',
      cell: ({ why }) => <Outside text={why} most={LINE} />,
    },
    {
      name: 'account',
      label: columns.account,
      width: '9rem',
      cell: ({ account }) => <Outside text={account} most={LINE} />,
    },
    {
      name: 'kind',
      label: columns.kind,
      width: '11rem',
      isHalf: true,
      cell: ({ kind, applied_at: applied }) =>
        applied === null ? (
          words.kinds[kind]
        ) : (
          <>
            {words.kinds[kind]}{' '}
            <Badge tone="info" sign="✓">
              {words.appliedBadge}
            </Badge>
          </>
        ),
    },
    {
      name: 'at',
      label: columns.at,
      width: '7rem',
      isHalf: true,
      cell: ({ received_at: at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
}
