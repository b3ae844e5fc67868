/** The streams of the account: what each says of its mail, and how many warnings there are of it. */
import type { Stream, StreamList } from '../api/answers.ts';
import { Badge, Outside } from '../components/basics.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { pathIn } from '../pure/router.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { usePages } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import type { Text } from '../text/en.ts';
import { termsOf } from './stream-terms.ts';

const PAGE = 500;

export function StreamsPage() {
  const text = useText();
  const { api, account } = useSurroundings();
  const list = usePages<Stream, StreamList>(`streams ${account.id}`, (after, signal) =>
    api.get('v1/streams', { query: { after, limit: PAGE }, signal }),
  );
  const words = text.streams;
  return (
    <>
      <PageTitle title={text.pages.streams} />
      <p class="quiet">{words.hint}</p>
      <DataTable
        label={text.pages.streams}
        list={list}
        columns={columnsOf(text)}
        keyOf={({ name }) => name}
        href={({ name }) => pathIn('streams', name)}
        cardLines={4}
        empty={{ title: words.empty }}
      />
    </>
  );
}

function columnsOf({ streams: words }: Text): readonly Column<Stream>[] {
  const { columns } = words;
  return [
    {
      name: 'name',
      label: columns.name,
      width: 'minmax(0, 2fr)',
      cell: ({ name }) => <Outside text={name} most={200} />,
    },
    {
      name: 'title',
      label: columns.title,
      width: 'minmax(0, 2fr)',
      cell: ({ title }) =>
        title === null ? <span class="quiet">{words.noTitle}</span> : <Outside text={title} most={200} />,
    },
    {
      name: 'terms',
      label: columns.terms,
      width: 'minmax(0, 3fr)',
      cell: (stream) => {
        const terms = termsOf(stream, words);
        return terms.length === 0 ? (
          <span class="quiet">{words.asConfigured}</span>
        ) : (
          <Outside text={terms.map(([label, value]) => `${label} ${value}`).join(', ')} most={200} />
        );
      },
    },
    {
      name: 'kind',
      label: columns.kind,
      width: '9rem',
      isHalf: true,
      cell: ({ kind }) => words.kinds[kind],
    },
    {
      name: 'warnings',
      label: columns.warnings,
      width: '9rem',
      isHalf: true,
      cell: ({ warnings }) =>
        warnings.length === 0 ? (
          <span class="quiet">{words.fits}</span>
        ) : (
          <Badge tone="warn" sign="!">
            {words.warnings(warnings.length)}
          </Badge>
        ),
    },
  ];
}
