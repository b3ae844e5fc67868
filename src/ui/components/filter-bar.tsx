/**
 * Filters of a list, bound to the query of the address: a list with its filters can be bookmarked and sent on. Words that are
 * typed count when nothing was typed for a moment; the address is replaced then, so that Back leaves the list.
 */
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useId, useRef, useState } from 'preact/hooks';
import { readQuery, searchWords, withQuery, type QueryValues } from '../pure/query.ts';
import { useText } from '../shell/context.ts';
import { navigate, usePlace } from '../shell/location.ts';

export interface QueryBinding<Name extends string> {
  readonly values: QueryValues<Name>;
  /** Empty text: without this filter. */
  readonly set: (name: Name, value: string) => void;
  readonly clear: () => void;
}

/** `names`: one array for good. */
export function useQuery<Name extends string>(names: readonly Name[]): QueryBinding<Name> {
  const { search } = usePlace();
  const values = readQuery(search, names);
  const set = useCallback(
    (name: Name, value: string) => {
      const now = readQuery(location.search, names);
      navigate(withQuery(location.pathname, { ...now, [name]: value.trim() }), 'replace');
    },
    [names],
  );
  const clear = useCallback(() => navigate(location.pathname, 'replace'), []);
  return { values, set, clear };
}

const PAUSE_MS = 250;

/** Text of one filter that counts after a pause. What is set elsewhere (Back, Clear) replaces what is typed. */
export function useTyped(value: string, onValue: (value: string) => void) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    const words = typed.trim();
    if (words === told.current) return;
    const timer = setTimeout(() => {
      told.current = words;
      onValue(words);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, onValue]);
  return [typed, setTyped] as const;
}

interface TypedFilterProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string;
  readonly type?: 'text' | 'search' | 'datetime-local';
  /** Below three characters nothing is searched, and the field says so. */
  readonly isSearch?: boolean;
}

export function TypedFilter({
  label,
  value,
  onValue,
  hint,
  type = 'text',
  isSearch = false,
}: TypedFilterProps) {
  const { filters } = useText();
  const id = useId();
  const tell = useCallback(
    (words: string) => {
      if (!isSearch || !searchWords(words).tooShort) onValue(words);
    },
    [isSearch, onValue],
  );
  const [typed, setTyped] = useTyped(value, tell);
  const tooShort = isSearch && searchWords(typed).tooShort;
  // Preact has types of their own for each kind of input; what is given here is in all of them.
  const asText = type as 'text';
  return (
    <div class={type === 'search' ? 'field grows' : 'field'}>
      <label for={id}>{label}</label>
      <input
        id={id}
        type={asText}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        maxLength={320}
        spellcheck={false}
        autocomplete="off"
        {...(hint === undefined ? {} : { placeholder: hint })}
        {...(isSearch ? { 'aria-describedby': `${id}-short` } : {})}
      />
      {isSearch && (
        <p id={`${id}-short`} class="hint" role="status">
          {tooShort ? filters.tooShort : ''}
        </p>
      )}
    </div>
  );
}

interface FilterBarProps {
  /** Always in sight. */
  readonly children: ComponentChildren;
  /** Behind "More filters"; open from the start where one of them is set. */
  readonly more?: ComponentChildren;
  readonly moreOpen?: boolean;
  /** `undefined`: no filter is set. */
  readonly onClear: (() => void) | undefined;
}

export function FilterBar({ children, more, moreOpen = false, onClear }: FilterBarProps) {
  const { filters } = useText();
  return (
    <form
      class="filters"
      role="search"
      aria-label={filters.label}
      onSubmit={(event) => event.preventDefault()}
    >
      <div class="filter-row">{children}</div>
      {more !== undefined && (
        <details open={moreOpen}>
          <summary>{filters.more}</summary>
          <div class="filter-row">{more}</div>
        </details>
      )}
      {onClear !== undefined && (
        <button type="button" onClick={onClear}>
          {filters.clear}
        </button>
      )}
    </form>
  );
}
