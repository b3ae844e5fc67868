/** What became of the account's mail, by day or hour: charts, the same numbers as tables and as CSV. What is shown is in the address. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Figures, Stats } from '../api/answers.ts';
import { EmptyState, Failure, Outside } from '../components/basics.tsx';
import { useQuery } from '../components/filter-bar.tsx';
import { LineChart } from '../components/line-chart.tsx';
import { csvOf } from '../pure/csv.ts';
import { countWords, exactTime, shareWords, span } from '../pure/format.ts';
import { withQuery } from '../pure/query.ts';
import { PATHS } from '../pure/router.ts';
import {
  chartLine,
  COUNTS,
  figureRecords,
  isGroup,
  rangeOf,
  RATES,
  secondsOf,
  TIMES,
  type LineName,
} from '../pure/statistics.ts';
import { visibleText } from '../pure/visible-text.ts';
import { useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { download } from '../shell/download.ts';
import { useLoad } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { STATISTICS_QUERY, StatisticsFilters, type StatisticsValues } from './statistics-filters.tsx';

const MOST_NAMES = 100;

export function StatisticsPage() {
  const text = useText();
  const { api, account } = useSurroundings();
  const query = useQuery(STATISTICS_QUERY);
  // One moment for as long as the same is asked for: what is drawn stays while one looks at it.
  const asked = useMemo(() => askedOf(query.values, Date.now()), [JSON.stringify(query.values)]);
  const { value, failure, reload } = useLoad(
    `stats ${account.id} ${JSON.stringify(query.values)}`,
    (signal) => api.get<Stats>('v1/stats', { query: asked, signal }),
  );
  return (
    <>
      <PageTitle title={text.pages.statistics} />
      <p class="quiet">{text.statistics.utc}</p>
      <StatisticsFilters query={query} />
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && (
        <>
          <Charts stats={value} />
          {value.group !== null && <Names stats={value} values={query.values} />}
          <Periods stats={value} />
        </>
      )}
    </>
  );
}

/** The query of the API. */
function askedOf(values: StatisticsValues, nowMs: number) {
  const by = values.by === 'hour' ? 'hour' : 'day';
  const { only, name, group } = values;
  const isOnly = isGroup(only) && name !== undefined;
  return {
    by,
    ...rangeOf(by, values, nowMs),
    ...(isOnly ? { [only]: name } : {}),
    ...(!isOnly && isGroup(group) ? { group, limit: MOST_NAMES } : {}),
  };
}

function Charts({ stats }: { readonly stats: Stats }) {
  const { statistics: words } = useText();
  const language = useLanguage();
  const { periods, total } = stats;
  const labels: Readonly<Record<LineName, string>> = { ...words.counts, ...words.rates, ...words.times };
  const charts = useMemo(() => {
    const linesOf = (...names: LineName[]) =>
      names.map((name) => chartLine(name, labels[name], periods, total));
    const count = (value: number | null) => (value === null ? '–' : countWords(value, language));
    const share = (value: number | null) => shareWords(value, language);
    const time = (value: number | null) => (value === null ? '–' : span(value));
    return [
      {
        title: words.titles.counts,
        lines: linesOf('accepted', 'delivered', 'deferred', 'bounced', 'complained'),
        wordsOfValue: count,
      },
      { title: words.titles.delivery, lines: linesOf('delivery_rate'), wordsOfValue: share },
      {
        title: words.titles.trouble,
        lines: linesOf('bounce_rate', 'complaint_rate'),
        wordsOfValue: share,
      },
      { title: words.titles.times, lines: linesOf('p50', 'p90', 'p99'), wordsOfValue: time },
    ];
  }, [stats, language]);
  const seconds = useMemo(() => secondsOf(periods), [periods]);
  return (
    <section class="block charts" aria-label={words.charts}>
      {charts.map((chart) => (
        <LineChart key={chart.title} {...chart} seconds={seconds} by={stats.by} />
      ))}
    </section>
  );
}

function Periods({ stats }: { readonly stats: Stats }) {
  const { statistics: words } = useText();
  const timeOf = (at: string) =>
    stats.by === 'day' ? at.slice(0, 10) : exactTime(at).replace(/:\d\d UTC$/, '');
  return (
    <FiguresSection
      title={words.table}
      first={words.period}
      onCsv={() =>
        keep(
          stats,
          'at',
          stats.periods.map((period) => ({ ...period, key: period.at })),
        )
      }
      rows={[
        { key: '', label: words.total, figures: stats.total },
        ...stats.periods
          .toReversed()
          .map((period) => ({ key: period.at, label: timeOf(period.at), figures: period })),
      ]}
    />
  );
}

function Names({ stats, values }: { readonly stats: Stats; readonly values: StatisticsValues }) {
  const { statistics: words } = useText();
  const group = stats.group ?? 'stream';
  const title = words.byGroup[group];
  if (stats.names.length === 0) return <EmptyState title={words.noNames} />;
  const { group: _group, ...others } = values;
  return (
    <FiguresSection
      title={title}
      first={words.groups[group]}
      note={stats.more_names === 0 ? undefined : words.moreNames(stats.more_names)}
      onCsv={() =>
        keep(
          stats,
          group,
          stats.names.map((one) => ({ ...one, key: one.name })),
        )
      }
      rows={stats.names.map((one) => ({
        key: one.name,
        label:
          one.name === OTHER ? (
            words.otherNames
          ) : (
            <a href={withQuery(PATHS.statistics, { ...others, only: group, name: one.name })}>
              <Outside text={one.title ?? one.name} most={80} />
            </a>
          ),
        figures: one,
      }))}
    />
  );
}

/** The API's name for the rest. */
const OTHER = '(other)';

interface FigureRow {
  readonly key: string;
  readonly label: ComponentChildren;
  readonly figures: Figures;
}

function FiguresSection(props: {
  readonly title: string;
  /** Heading of the first column. */
  readonly first: string;
  readonly note?: string | undefined;
  readonly rows: readonly FigureRow[];
  readonly onCsv: () => void;
}) {
  const { statistics: words } = useText();
  const language = useLanguage();
  return (
    <section class="block" aria-label={props.title}>
      <div class="page-head">
        <h2>{props.title}</h2>
        <div class="actions">
          <button type="button" aria-label={words.csvOf(props.title)} onClick={props.onCsv}>
            {words.csv}
          </button>
        </div>
      </div>
      <div class="scrolls tall" tabIndex={0} role="region" aria-label={props.title}>
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">{props.first}</th>
              {COUNTS.map((name) => (
                <th key={name} scope="col">
                  {words.counts[name]}
                </th>
              ))}
              {RATES.map((name) => (
                <th key={name} scope="col">
                  {words.rates[name]}
                </th>
              ))}
              {TIMES.map((name) => (
                <th key={name} scope="col">
                  {words.times[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map(({ key, label, figures }) => (
              <tr key={key}>
                <th scope="row">{label}</th>
                {COUNTS.map((name) => (
                  <td key={name}>{countWords(figures[name], language)}</td>
                ))}
                {RATES.map((name) => (
                  <td key={name}>{shareWords(figures[name], language)}</td>
                ))}
                {TIMES.map((name) => (
                  <td key={name}>
                    {figures.time_to_deliver_ms === null ? '–' : span(figures.time_to_deliver_ms[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {props.note !== undefined && <p class="quiet">{visibleText(props.note)}</p>}
    </section>
  );
}

function keep(stats: Stats, key: string, rows: readonly (Figures & { readonly key: string })[]): void {
  const name = `postern-${key === 'at' ? stats.by : key}-${stats.from.slice(0, 10)}.csv`;
  download(name, 'text/csv;charset=utf-8', csvOf(figureRecords(key, rows)));
}
