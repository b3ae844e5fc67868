/** Which statistics are shown: by day or hour, of which days, grouped, or of one name only. All of it is in the address. */
import { useCallback, useId } from 'preact/hooks';
import { TypedFilter, FilterBar, type QueryBinding } from '../components/filter-bar.tsx';
import { SelectField } from '../components/form.tsx';
import type { QueryValues } from '../pure/query.ts';
import { daysOf, GROUPS, isGroup, rangeOf, RANGES } from '../pure/statistics.ts';
import { useText } from '../shell/context.ts';

export const STATISTICS_QUERY = ['by', 'days', 'from', 'to', 'group', 'only', 'name'] as const;
type Name = (typeof STATISTICS_QUERY)[number];
export type StatisticsValues = QueryValues<Name>;

const OWN = 'own';

export function StatisticsFilters({ query }: { readonly query: QueryBinding<Name> }) {
  const { statistics: words } = useText();
  const { values, set } = query;
  const by = values.by === 'hour' ? 'hour' : 'day';
  const isOwn = values.from !== undefined || values.to !== undefined;
  const { only } = values;
  const setName = useCallback((name: string) => set('name', name), [set]);
  const setRange = (range: string) => {
    const first = rangeOf(by, values, Date.now()).from?.slice(0, 10) ?? '';
    set('days', range === OWN ? '' : range);
    set('from', range === OWN ? first : '');
    set('to', range === OWN ? new Date().toISOString().slice(0, 10) : '');
  };
  const setOnly = (kind: string) => {
    set('only', kind);
    if (kind === '') set('name', '');
    // Counts are not kept by two names at once.
    else set('group', '');
  };
  return (
    <FilterBar onClear={Object.keys(values).length > 0 ? query.clear : undefined}>
      <SelectField
        label={words.by}
        value={by}
        onValue={(value) => set('by', value === 'day' ? '' : value)}
        choices={Object.entries(words.spans)}
      />
      <SelectField
        label={words.range}
        value={isOwn ? OWN : String(daysOf(by, values.days))}
        onValue={setRange}
        choices={[
          ...RANGES[by]
            .toSorted((one, other) => one - other)
            .map((count) => [String(count), words.days(count)] as const),
          [OWN, words.own],
        ]}
      />
      {isOwn && (
        <>
          <DayField label={words.from} value={values.from ?? ''} onValue={(day) => set('from', day)} />
          <DayField label={words.to} value={values.to ?? ''} onValue={(day) => set('to', day)} />
        </>
      )}
      {!isGroup(only) && (
        <SelectField
          label={words.group}
          value={values.group ?? ''}
          onValue={(group) => set('group', group)}
          choices={[['', words.noGroup], ...GROUPS.map((group) => [group, words.groups[group]] as const)]}
        />
      )}
      <SelectField
        label={words.only}
        value={only ?? ''}
        onValue={setOnly}
        choices={[['', words.all], ...GROUPS.map((group) => [group, words.groups[group]] as const)]}
      />
      {isGroup(only) && <TypedFilter label={words.name} value={values.name ?? ''} onValue={setName} />}
    </FilterBar>
  );
}

/** A day of UTC. What is half typed is no day yet, and not told. */
function DayField(props: {
  readonly label: string;
  readonly value: string;
  readonly onValue: (day: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="date"
        value={props.value}
        onChange={({ currentTarget: { value } }) => {
          if (value !== '') props.onValue(value);
        }}
      />
    </div>
  );
}
