/**
 * Which rows of a long list are drawn: those in sight and a few around them. Rows have one height, so that the place of each
 * follows from its number, and a list of 100,000 costs as much as one of fifty.
 */

export interface ListView {
  readonly count: number;
  /** In CSS pixels, of each row. */
  readonly rowHeight: number;
  /** How far the top of the list is above the top of the view; negative while it is below. */
  readonly scrolled: number;
  readonly viewHeight: number;
}

export interface VirtualWindow {
  /** The first row drawn, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Height of what is not drawn above and below, in CSS pixels. */
  readonly before: number;
  readonly after: number;
}

/** Rows drawn beyond each edge: the next by Tab is there before it is in sight. */
const OVERSCAN = 8;
/** The next page is asked for when fewer rows than this are left below. */
const LOAD_AHEAD = 30;

export function virtualWindow({ count, rowHeight, scrolled, viewHeight }: ListView): VirtualWindow {
  const top = Math.max(0, Math.floor(scrolled / rowHeight) - OVERSCAN);
  const first = Math.min(top, Math.max(0, count - 1));
  const inSight = Math.ceil((Math.max(0, scrolled) + viewHeight) / rowHeight);
  const end = Math.min(count, Math.max(first, inSight + OVERSCAN));
  return { first, end, before: first * rowHeight, after: (count - end) * rowHeight };
}

export function wantsMore({ end }: VirtualWindow, count: number): boolean {
  return count - end < LOAD_AHEAD;
}
