/** What was changed in the account, by whom, the newest first; for administrators. */
import { useCallback, useState } from 'preact/hooks';
import type { AuditLine, AuditPage as Page, Session } from '../api/answers.ts';
import { DetailList, EmptyState, Outside, Time } from '../components/basics.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery } from '../components/filter-bar.tsx';
import { Dialog } from '../components/form.tsx';
import { exactTime } from '../pure/format.ts';
import { localOfUtc, utcOfLocal } from '../pure/query.ts';
import { mayOpen } from '../pure/rights.ts';
import { cut, visibleText } from '../pure/visible-text.ts';
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
      {mayOpen('audit', account.role) ? <AuditList /> : <EmptyState title={words.adminOnly} />}
    </>
  );
}

function AuditList() {
  const text = useText();
  const { api, account, session } = useSurroundings();
  const query = useQuery(FILTERS);
  const nowMs = useNow();
  const { values, set } = query;
  const [shown, setShown] = useState<AuditLine>();
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
        columns={columnsOf(text, nowMs, session, setShown)}
        keyOf={({ id }) => id}
        cardLines={5}
        empty={isFiltered ? { title: words.emptyFiltered } : { title: words.empty, hint: words.emptyHint }}
      />
      {shown !== undefined && <Details line={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function actorWords(actor: string, { audit: words }: Text, { person }: Session): string {
  return actor === `user:${person.id}`
    ? words.you(person.name || person.email)
    : (words.actors[actor] ?? actor);
}

function columnsOf(
  text: Text,
  nowMs: number,
  session: Session,
  onDetails: (line: AuditLine) => void,
): readonly Column<AuditLine>[] {
  const { audit: words } = text;
  const { columns } = words;
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
      cell: ({ actor }) => <Outside text={actorWords(actor, text, session)} most={LINE} />,
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
    {
      name: 'details',
      label: words.details,
      width: '7rem',
      cell: (line) => (
        <button
          type="button"
          aria-label={words.detailsOf(line.action, visibleText(cut(line.subject, 60)))}
          onClick={() => onDetails(line)}
        >
          {words.details}
        </button>
      ),
    },
  ];
}

/** Lines of the list are cut: this has all of one. */
function Details({ line, onClose }: { readonly line: AuditLine; readonly onClose: () => void }) {
  const text = useText();
  const { session } = useSurroundings();
  const { audit: words } = text;
  const { columns } = words;
  return (
    <Dialog title={words.details} onClose={onClose}>
      <DetailList
        entries={[
          [columns.action, <Outside key="action" text={line.action} />],
          [columns.subject, <Outside key="subject" text={line.subject} />],
          [columns.actor, <Outside key="actor" text={actorWords(line.actor, text, session)} />],
          [words.key, line.credential === null ? undefined : <code>{line.credential}</code>],
          [columns.origin, line.origin === null ? undefined : <Outside key="origin" text={line.origin} />],
          [columns.at, exactTime(line.at)],
          [words.id, <code key="id">{line.id}</code>],
        ]}
      />
      <div class="actions">
        <button type="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  );
}
