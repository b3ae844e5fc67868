/** What was changed in the account, by whom, the newest first; for administrators. */
import { useCallback } from 'preact/hooks';
import type { AuditLine, AuditPage as Page, Session } from '../api/answers.ts';
import { EmptyState, Outside, Time } from '../components/basics.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery } from '../components/filter-bar.tsx';
import { localOfUtc, utcOfLocal } from '../pure/query.ts';
import { seesAudit } from '../pure/rights.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { useNow, usePages } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import type { Text } from '../text/en.ts';

const FILTERS = ['action', 'credential', 'since', 'until'] as const;
const PAGE = 500;
/** A line's worth of a text. */
const LINE = 200;

export function AuditPage() {
  const { pages, audit: words } = useText();
  const { account } = useSurroundings();
  return (
    <>
      <PageTitle title={pages.audit} />
      {seesAudit(account.role) ? <AuditList /> : <EmptyState title={words.adminOnly} />}
    </>
  );
}

function AuditList() {
  const text = useText();
  const { api, account, session } = useSurroundings();
  const query = useQuery(FILTERS);
  const nowMs = useNow();
  const { values, set } = query;
  const list = usePages<AuditLine, Page>(`audit ${account.id} ${JSON.stringify(values)}`, (after, signal) =>
    api.get('v1/audit', { query: { ...values, after, limit: PAGE }, signal }),
  );
  const setAction = useCallback((value: string) => set('action', value), [set]);
  const setCredential = useCallback((value: string) => set('credential', value), [set]);
  const setSince = useCallback((value: string) => set('since', utcOfLocal(value) ?? ''), [set]);
  const setUntil = useCallback((value: string) => set('until', utcOfLocal(value) ?? ''), [set]);
  const words = text.audit;
  const isFiltered = Object.keys(values).length > 0;
  return (
    <>
      <p class="quiet">{words.hint}</p>
      <FilterBar onClear={isFiltered ? query.clear : undefined}>
        <TypedFilter
          label={words.action}
          value={values.action ?? ''}
          onValue={setAction}
          hint={words.actionHint}
        />
        <TypedFilter
          label={words.credential}
          value={values.credential ?? ''}
          onValue={setCredential}
          hint="crd_…"
        />
        <TypedFilter
          label={text.filters.since}
          type="datetime-local"
          value={localOfUtc(values.since)}
          onValue={setSince}
        />
        <TypedFilter
          label={text.filters.until}
          type="datetime-local"
          value={localOfUtc(values.until)}
          onValue={setUntil}
        />
      </FilterBar>
      <DataTable
        label={text.pages.audit}
        list={list}
        columns={columnsOf(text, nowMs, session)}
        keyOf={({ id }) => id}
        cardLines={4}
        empty={isFiltered ? { title: words.emptyFiltered } : { title: words.empty, hint: words.emptyHint }}
      />
    </>
  );
}

function columnsOf({ audit: words }: Text, nowMs: number, { person }: Session): readonly Column<AuditLine>[] {
  const { columns } = words;
  const nameOf = (actor: string) =>
    actor === `user:${person.id}` ? words.you(person.name || person.email) : (words.actors[actor] ?? actor);
  return [
    {
      name: 'action',
      label: columns.action,
      width: '12rem',
      cell: ({ action }) => <Outside text={action} most={LINE} />,
    },
    {
      name: 'subject',
      label: columns.subject,
      width: 'minmax(0, 3fr)',
      cell: ({ subject }) => <Outside text={subject} most={LINE} />,
    },
    {
      name: 'actor',
      label: columns.actor,
      width: 'minmax(0, 2fr)',
      cell: ({ actor }) => (
        <span title={actor.slice(0, LINE)}>
          <Outside text={nameOf(actor)} most={LINE} />
        </span>
      ),
    },
    {
      name: 'origin',
      label: columns.origin,
      width: '9rem',
      isHalf: true,
      cell: ({ origin }) => (origin === null ? '' : <Outside text={origin} most={LINE} />),
    },
    {
      name: 'at',
      label: columns.at,
      width: '7rem',
      isHalf: true,
      cell: ({ at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
}
