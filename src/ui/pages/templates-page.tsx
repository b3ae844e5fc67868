/** The templates of the account. */
import type { TemplateLine } from '../api/answers.ts';
import { Outside, Time } from '../components/basics.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { countWords } from '../pure/format.ts';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS, pathIn } from '../pure/router.ts';
import { useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { useNow, usePages, type ListPage } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import type { Text } from '../text/en.ts';

export function TemplatesPage() {
  const text = useText();
  const language = useLanguage();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  // The API gives all of them at once.
  const list = usePages<TemplateLine, ListPage<TemplateLine>>(
    `templates ${account.id}`,
    async (_after, signal) => ({
      ...(await api.get<{ data: TemplateLine[] }>('v1/templates', { signal })),
      next: null,
    }),
  );
  const words = text.templates;
  return (
    <>
      <div class="page-head">
        <PageTitle title={text.pages.templates} />
        {mayChangeThe('templates', account.role) && (
          <p class="actions">
            <a href={PATHS['new-template']}>{words.add}</a>
          </p>
        )}
      </div>
      <p class="quiet">{words.hint}</p>
      <DataTable
        label={text.pages.templates}
        list={list}
        columns={columnsOf(text, nowMs, language)}
        keyOf={({ id }) => id}
        href={({ id }) => pathIn('templates', id)}
        cardLines={2}
        empty={{ title: words.empty, hint: words.emptyHint }}
      />
    </>
  );
}

function columnsOf(
  { templates: { columns } }: Text,
  nowMs: number,
  language: string,
): readonly Column<TemplateLine>[] {
  return [
    {
      name: 'name',
      label: columns.name,
      width: 'minmax(0, 3fr)',
      cell: ({ name }) => <Outside text={name} most={200} />,
    },
    {
      name: 'version',
      label: columns.version,
      width: '9rem',
      isHalf: true,
      cell: ({ version }) => countWords(version, language),
    },
    {
      name: 'created',
      label: columns.created,
      width: '8rem',
      isHalf: true,
      cell: ({ created_at: at }) => <Time at={at} nowMs={nowMs} />,
    },
  ];
}
