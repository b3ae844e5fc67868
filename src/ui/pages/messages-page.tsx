/** Messages, newest first: search as you type, filters, a row for each that leads to its trace. */
import { useCallback } from 'preact/hooks';
import type { Message, MessagePage as Page } from '../api/answers.ts';
import { Outside, StateBadge, Time } from '../components/basics.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery, type QueryBinding } from '../components/filter-bar.tsx';
import { SelectField } from '../components/form.tsx';
import { worstState } from '../pure/delivery-states.ts';
import { localOfUtc, utcOfLocal } from '../pure/query.ts';
import { messagePath } from '../pure/router.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { useNow, usePages } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import type { Text } from '../text/en.ts';

const FILTERS = ['search', 'state', 'stream', 'tag', 'destination', 'recipient', 'since', 'until'] as const;
type Filter = (typeof FILTERS)[number];
const MORE: readonly Filter[] = ['stream', 'tag', 'destination', 'recipient', 'since', 'until'];
/** As many as the API gives at once. */
const PAGE = 100;
/** A line's worth of a text. */
const LINE = 200;

export function MessagesPage() {
  const text = useText();
  const { api, account } = useSurroundings();
  const query = useQuery(FILTERS);
  const nowMs = useNow();
  const list = usePages<Message, Page>(
    `messages ${account.id} ${JSON.stringify(query.values)}`,
    (after, signal) => api.get('v1/messages', { query: { ...query.values, after, limit: PAGE }, signal }),
  );
  const isFiltered = Object.keys(query.values).length > 0;
  return (
    <>
      <PageTitle title={text.pages.messages} />
      <Filters query={query} isFiltered={isFiltered} />
      {list.last?.index_behind === true && (
        <p class="notice" role="status">
          {text.messages.behind}
        </p>
      )}
      <DataTable
        label={text.pages.messages}
        list={list}
        columns={columnsOf(text, nowMs)}
        keyOf={({ id }) => id}
        href={({ id }) => messagePath(id)}
        cardLines={4}
        empty={
          isFiltered
            ? { title: text.messages.emptyFiltered }
            : { title: text.messages.empty, hint: text.messages.emptyHint }
        }
      />
    </>
  );
}

function Filters({
  query,
  isFiltered,
}: {
  readonly query: QueryBinding<Filter>;
  readonly isFiltered: boolean;
}) {
  const { filters, states } = useText();
  const { values, set } = query;
  const typed = (name: Filter, label: string, isSearch = false) => (
    <BoundFilter name={name} label={label} query={query} isSearch={isSearch} />
  );
  const time = (name: 'since' | 'until') => (
    <TypedFilter
      label={filters[name]}
      type="datetime-local"
      value={localOfUtc(values[name])}
      onValue={(value) => set(name, utcOfLocal(value) ?? '')}
    />
  );
  return (
    <FilterBar
      onClear={isFiltered ? query.clear : undefined}
      moreOpen={MORE.some((name) => values[name] !== undefined)}
      more={
        <>
          {typed('recipient', filters.recipient, true)}
          {typed('destination', filters.destination)}
          {typed('stream', filters.stream)}
          {typed('tag', filters.tag)}
          {time('since')}
          {time('until')}
        </>
      }
    >
      {typed('search', filters.search, true)}
      <SelectField
        label={filters.state}
        value={values.state ?? ''}
        onValue={(value) => set('state', value)}
        choices={[['', filters.any], ...Object.entries(states)]}
      />
    </FilterBar>
  );
}

function BoundFilter(props: {
  readonly name: Filter;
  readonly label: string;
  readonly query: QueryBinding<Filter>;
  readonly isSearch: boolean;
}) {
  const { filters } = useText();
  const { name, query } = props;
  const { set } = query;
  const tell = useCallback((value: string) => set(name, value), [name, set]);
  return (
    <TypedFilter
      label={props.label}
      isSearch={props.isSearch}
      value={query.values[name] ?? ''}
      onValue={tell}
      {...(name === 'search' ? { type: 'search' as const, hint: filters.searchHint } : {})}
    />
  );
}

export function columnsOf({ messages: words }: Text, nowMs: number): readonly Column<Message>[] {
  const { columns } = words;
  return [
    {
      name: 'subject',
      label: columns.subject,
      width: 'minmax(0, 3fr)',
      cell: ({ subject }) =>
        subject === null || subject === '' ? (
          <span class="quiet">{words.noSubject}</span>
        ) : (
          <Outside text={subject} most={LINE} />
        ),
    },
    {
      name: 'recipient',
      label: columns.recipient,
      width: 'minmax(0, 2fr)',
      cell: ({ deliveries }) => (
        <Recipients names={deliveries.map(({ recipient }) => recipient)} words={words} />
      ),
    },
    {
      name: 'sender',
      label: columns.sender,
      width: 'minmax(0, 2fr)',
      cell: ({ header_from: from }) => <Outside text={from} most={LINE} />,
    },
    {
      name: 'state',
      label: columns.state,
      width: '11rem',
      isHalf: true,
      cell: ({ deliveries }) => {
        const state = worstState(deliveries.map((one) => one.state));
        return state === undefined ? null : <StateBadge state={state} />;
      },
    },
    {
      name: 'accepted',
      label: columns.accepted,
      width: '7rem',
      isHalf: true,
      cell: ({ accepted_at: at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
}

function Recipients({
  names,
  words,
}: {
  readonly names: readonly string[];
  readonly words: Text['messages'];
}) {
  const [first = '', ...others] = names;
  return (
    <>
      <Outside text={first} most={LINE} />
      {others.length > 0 && (
        <span class="quiet" title={words.othersTitle(others.length)}>
          {' '}
          {words.others(others.length)}
        </span>
      )}
    </>
  );
}
