/** What was changed in the account, by whom, the newest first; for administrators. */
import { useCallback, useState } from 'preact/hooks';
import type { AuditLine, AuditPage as Page, PersonNames, Session } from '../api/answers.ts';
import { DetailList, EmptyState, Outside, Time } from '../components/basics.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery } from '../components/filter-bar.tsx';
import { Dialog } from '../components/form.tsx';
import { exactTime } from '../pure/format.ts';
import { localOfUtc, utcOfLocal } from '../pure/query.ts';
import { actorName, actorOf, type PersonName } from '../pure/people.ts';
import { mayOpen } from '../pure/rights.ts';
import { cut, visibleText } from '../pure/visible-text.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { useLoad, useNow, usePages } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import type { Text } from '../text/en.ts';

const FILTERS = ['action', 'credential', 'person', 'since', 'until'] as const;
const PAGE = 500;
/** A line's worth of a text. */
const LINE = 200;

export function AuditPage() {
  const { pages, audit: words } = useText();
  const { account } = useSurroundings();
  return (
    <>
      <PageTitle title={pages.audit} />
      {mayOpen('audit', account.role) ? <NamedAuditList /> : <EmptyState title={words.adminOnly} />}
    </>
  );
}

const NOBODY: readonly PersonName[] = [];

/** Administrators of the relay may know whose an id is; for others, and where that cannot be read, ids it is. */
function NamedAuditList() {
  const { api, session } = useSurroundings();
  const mayKnow = session.relay_role === 'admin';
  const { value, failure } = useLoad(`person names ${mayKnow}`, async (signal) =>
    mayKnow ? await api.get<PersonNames>('operation/person-names', { signal }) : undefined,
  );
  if (mayKnow && value === undefined && failure === undefined) return null;
  return <AuditList people={value?.data ?? NOBODY} knows={value !== undefined} />;
}

interface AuditListProps {
  readonly people: readonly PersonName[];
  /** Whether `people` are all. */
  readonly knows: boolean;
}

function AuditList({ people, knows }: AuditListProps) {
  const text = useText();
  const { api, account, session } = useSurroundings();
  const query = useQuery(FILTERS);
  const nowMs = useNow();
  const { values, set } = query;
  const [shown, setShown] = useState<AuditLine>();
  const { person, ...others } = values;
  const actor = person === undefined ? undefined : actorOf(person, people);
  const isNobody = person !== undefined && actor === undefined;
  const list = usePages<AuditLine, Page>(
    `audit ${account.id} ${JSON.stringify(values)}`,
    async (after, signal) =>
      isNobody
        ? { data: [], next: null }
        : await api.get('v1/audit', { query: { ...others, actor, after, limit: PAGE }, signal }),
  );
  const setPerson = useCallback((value: string) => set('person', value), [set]);
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
          label={words.person}
          value={person ?? ''}
          onValue={setPerson}
          hint={knows ? words.personOrEmail : words.personHint}
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
        columns={columnsOf(text, nowMs, (actor) => actorWords(actor, text, session, people), setShown)}
        keyOf={({ id }) => id}
        cardLines={5}
        empty={
          isFiltered
            ? { title: isNobody ? words.noPerson : words.emptyFiltered }
            : { title: words.empty, hint: words.emptyHint }
        }
      />
      {shown !== undefined && <Details line={shown} people={people} onClose={() => setShown(undefined)} />}
    </>
  );
}

function actorWords(
  actor: string,
  { audit: words }: Text,
  { person }: Session,
  people: readonly PersonName[],
): string {
  return actor === `user:${person.id}`
    ? words.you(person.name || person.email)
    : (words.actors[actor] ?? actorName(actor, people));
}

function columnsOf(
  text: Text,
  nowMs: number,
  who: (actor: string) => string,
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
      cell: ({ actor }) => <Outside text={who(actor)} most={LINE} />,
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
function Details(props: {
  readonly line: AuditLine;
  readonly people: readonly PersonName[];
  readonly onClose: () => void;
}) {
  const { line, onClose } = props;
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
          [columns.actor, <Outside key="actor" text={actorWords(line.actor, text, session, props.people)} />],
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
