/** Mail that was refused after its content had arrived: the list, and one with its reply and the remedy. */
import { useCallback } from 'preact/hooks';
import type { Refused, RefusedPage as Page } from '../../api/answers.ts';
import { CodeBlock, CopyButton, DetailList, Outside, Time } from '../../components/basics.tsx';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { FilterBar, TypedFilter, useQuery } from '../../components/filter-bar.tsx';
import { ThingPage } from '../../components/thing-page.tsx';
import { exactTime } from '../../pure/format.ts';
import { relayPath } from '../../pure/router.ts';
import { useApi, useText } from '../../shell/context.ts';
import { useLoad, useNow, usePages } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';
import type { Text } from '../../text/en.ts';

const FILTERS = ['search', 'account'] as const;
const PAGE = 100;
/** A line's worth of a text. */
const LINE = 200;

export function RefusedPage() {
  const text = useText();
  const api = useApi();
  const nowMs = useNow();
  const query = useQuery(FILTERS);
  const { values, set } = query;
  const setSearch = useCallback((value: string) => set('search', value), [set]);
  const setAccount = useCallback((value: string) => set('account', value), [set]);
  const list = usePages<Refused, Page>(`refused ${JSON.stringify(values)}`, (after, signal) =>
    api.get('operation/refused', { query: { ...values, after, limit: PAGE }, signal }),
  );
  const words = text.refusedMail;
  const isFiltered = Object.keys(values).length > 0;
  return (
    <>
      <PageTitle title={text.pages.refused} />
      <p class="quiet">{words.hint}</p>
      <FilterBar onClear={isFiltered ? query.clear : undefined}>
        <TypedFilter
          label={words.search}
          type="search"
          value={values.search ?? ''}
          onValue={setSearch}
          hint={words.searchHint}
        />
        <TypedFilter label={words.account} value={values.account ?? ''} onValue={setAccount} />
      </FilterBar>
      <DataTable
        label={text.pages.refused}
        list={list}
        columns={columnsOf(text, nowMs)}
        keyOf={({ id }) => id}
        href={({ id }) => relayPath('refused', id)}
        cardLines={5}
        empty={isFiltered ? { title: words.emptyFiltered } : { title: words.empty, hint: words.emptyHint }}
      />
    </>
  );
}

function columnsOf({ refusedMail: { columns } }: Text, nowMs: number): readonly Column<Refused>[] {
  return [
    {
      name: 'reply',
      label: columns.reply,
      width: 'minmax(0, 4fr)',
      cell: ({ reply }) => <Outside text={reply} most={LINE} />,
    },
    {
      name: 'from',
      label: columns.from,
      width: 'minmax(0, 2fr)',
      cell: ({ header_from: from, reverse_path: path }) => <Outside text={from ?? `<${path}>`} most={LINE} />,
    },
    {
      name: 'credential',
      label: columns.credential,
      width: 'minmax(0, 2fr)',
      cell: ({ credential, credential_id: id, account }) => (
        <Outside text={`${credential ?? id} (${account})`} most={LINE} />
      ),
    },
    {
      name: 'client',
      label: columns.client,
      width: '9rem',
      isHalf: true,
      cell: ({ client }) => <Outside text={client} most={LINE} />,
    },
    {
      name: 'at',
      label: columns.at,
      width: '7rem',
      isHalf: true,
      cell: ({ refused_at: at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
}

export function RefusedMessagePage({ id }: { readonly id: string }) {
  const text = useText();
  const api = useApi();
  const path = `operation/refused/${encodeURIComponent(id)}`;
  const loaded = useLoad(path, (signal) => api.get<Refused>(path, { signal }));
  const { value: refused } = loaded;
  return (
    <ThingPage list={{ path: relayPath('refused'), name: text.pages.refused }} title={id} loaded={loaded}>
      {refused !== undefined && <Facts refused={refused} />}
    </ThingPage>
  );
}

function Facts({ refused }: { readonly refused: Refused }) {
  const { refusedMail: words, message } = useText();
  const { recipients, recipient_count: count, left_out: leftOut, reverse_path: path, ...one } = refused;
  const more = count - recipients.length;
  const command = `relayctl message show ${refused.id}`;
  const outside = (text: string | null) => (text === null ? undefined : <Outside text={text} />);
  return (
    <>
      <h2>{words.reply}</h2>
      <CodeBlock text={one.reply} label={words.reply} />
      {one.fix !== null && (
        <>
          <h2>{words.fix}</h2>
          <Command text={one.fix} />
        </>
      )}
      <DetailList
        entries={[
          [words.refusedAt, `${exactTime(one.refused_at)}, ${words.via[one.via]}`],
          [words.headerFrom, outside(one.header_from)],
          [words.subject, outside(one.subject)],
          [words.reversePath, path === '' ? message.nullReversePath : <Outside key="path" text={path} />],
          [
            words.recipients,
            <Outside
              key="recipients"
              text={recipients.join(', ') + (more > 0 ? ` ${words.more(more)}` : '')}
            />,
          ],
          [words.client, outside(one.client)],
          [words.credential, outside(`${one.credential ?? ''} (${one.credential_id})`)],
          [words.account, outside(one.account)],
          [words.leftOutLabel, leftOut === 0 ? undefined : words.leftOut(leftOut)],
        ]}
      />
      <h2>{words.headers}</h2>
      <p>{words.headersHint}</p>
      <Command text={command} />
    </>
  );
}

/** To be typed elsewhere. */
export function Command({ text }: { readonly text: string }) {
  return (
    <div class="copied">
      <CodeBlock text={text} label="relayctl" />
      <CopyButton text={text} what="relayctl" />
    </div>
  );
}
