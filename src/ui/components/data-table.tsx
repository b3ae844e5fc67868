/**
 * A long list as a table: only the rows in sight are drawn (pure/virtual-window.ts), the next page is read as one scrolls, a row
 * is a link, arrow keys go from row to row. On a narrow screen each row is a card. The elements are a real table, and carry the
 * roles of one as well, because browsers drop those of elements that are laid out otherwise.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { countWords } from '../pure/format.ts';
import { virtualWindow, wantsMore } from '../pure/virtual-window.ts';
import { useLanguage, useText } from '../shell/context.ts';
import type { ListPage, PagedList } from '../shell/load.ts';
import { EmptyState, Failure } from './basics.tsx';

export interface Column<T> {
  readonly name: string;
  readonly label: string;
  /** Of the grid, such as `2fr` or `8rem`. */
  readonly width: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Two such columns, one after the other, share a line of a card. */
  readonly isHalf?: true;
}

interface DataTableProps<T, P extends ListPage<T>> {
  readonly label: string;
  readonly list: PagedList<T, P>;
  /** The first is the row's header, and its link where there is `href`. */
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly href?: (row: T) => string;
  readonly empty: { readonly title: string; readonly hint?: string };
  /** Lines of a card on a narrow screen. */
  readonly cardLines: number;
}

const ROW_HEIGHT = 40;
const CARD_LINE_HEIGHT = 24;
const CARD_PADDING = 21;
const NARROW = '(max-width: 47.99rem)';

export function DataTable<T, P extends ListPage<T>>(props: DataTableProps<T, P>) {
  const { list, columns, cardLines } = props;
  const text = useText();
  const language = useLanguage();
  const body = useRef<HTMLTableSectionElement>(null);
  const isNarrow = useMedia(NARROW);
  const rowHeight = isNarrow ? cardLines * CARD_LINE_HEIGHT + CARD_PADDING : ROW_HEIGHT;
  const view = useView(body);
  const shown = virtualWindow({ count: list.rows.length, rowHeight, ...view });
  const wants = wantsMore(shown, list.rows.length);
  useEffect(() => {
    if (wants) list.more();
  });
  if (list.complete && list.rows.length === 0) return <EmptyState {...props.empty} />;
  const count = countWords(list.rows.length, language);
  const template = columns.map(({ width }) => width).join(' ');
  return (
    <>
      <table
        class="data"
        role="table"
        aria-label={props.label}
        aria-rowcount={list.complete ? list.rows.length + 1 : -1}
        aria-busy={list.loading}
        onKeyDown={moveBetweenRows}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {columns.map(({ name, label }) => (
              <th key={name} role="columnheader" scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody
          role="rowgroup"
          ref={body}
          style={{ paddingTop: `${shown.before}px`, paddingBottom: `${shown.after}px` }}
        >
          {list.rows.slice(shown.first, shown.end).map((row, index) => (
            <tr
              key={props.keyOf(row)}
              role="row"
              aria-rowindex={shown.first + index + 2}
              class={props.href === undefined ? '' : 'linked'}
              style={{ gridTemplateColumns: template, height: `${rowHeight}px` }}
            >
              {columns.map((column, at) => (
                <Cell
                  key={column.name}
                  column={column}
                  row={row}
                  href={at === 0 ? props.href : undefined}
                  isFirst={at === 0}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {list.failure !== undefined && <Failure failure={list.failure} onAgain={list.again} />}
      <p class="table-foot" role="status">
        {list.loading ? text.table.loading : list.complete ? text.table.all(count) : text.table.rows(count)}
      </p>
    </>
  );
}

function Cell<T>(props: {
  readonly column: Column<T>;
  readonly row: T;
  readonly href: ((row: T) => string) | undefined;
  readonly isFirst: boolean;
}) {
  const { column, row, href } = props;
  const children = href === undefined ? column.cell(row) : <a href={href(row)}>{column.cell(row)}</a>;
  return props.isFirst ? (
    <th role="rowheader" scope="row">
      {children}
    </th>
  ) : (
    <td role="cell" class={column.isHalf === true ? 'half' : ''}>
      {children}
    </td>
  );
}

/** Up and down from a row's link to the next one's. */
function moveBetweenRows(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  if (!(event.target instanceof HTMLAnchorElement)) return;
  const row = event.target.closest('tr');
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  const link = next?.querySelector('a');
  if (link === null || link === undefined) return;
  event.preventDefault();
  link.focus();
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const read = () => setMatches(media.matches);
    media.addEventListener('change', read);
    return () => media.removeEventListener('change', read);
  }, [query]);
  return matches;
}

/** How far the element is scrolled out of the window at its top; read at most once a frame. */
function useView(element: { readonly current: HTMLElement | null }) {
  const [view, setView] = useState({ scrolled: 0, viewHeight: window.innerHeight });
  useLayoutEffect(() => {
    let frame = 0;
    const read = () => {
      frame = 0;
      const top = element.current?.getBoundingClientRect().top;
      if (top === undefined) return;
      const next = { scrolled: Math.round(-top), viewHeight: window.innerHeight };
      setView((old) => (old.scrolled === next.scrolled && old.viewHeight === next.viewHeight ? old : next));
    };
    const ask = () => {
      if (frame === 0) frame = requestAnimationFrame(read);
    };
    read();
    window.addEventListener('scroll', ask, { passive: true });
    window.addEventListener('resize', ask);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', ask);
      window.removeEventListener('resize', ask);
    };
  }, [element]);
  return view;
}
