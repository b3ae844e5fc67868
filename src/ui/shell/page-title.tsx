/** The heading of a page, which also names the browser's tab. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

/** `title`: of the tab; `children`: the heading where it has more than words. */
export function PageTitle({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${title} · Postern`;
  }, [title]);
  return <h1>{children ?? title}</h1>;
}
