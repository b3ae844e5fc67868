/**
 * The address bar: where we are, going elsewhere, and links within the dashboard, which are followed without loading a page. Any
 * other link, and one with a modifier key, is the browser's.
 */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  readonly path: string;
  readonly search: string;
}

const CHANGED = 'postern:place';

function here(): Place {
  return { path: location.pathname, search: location.search };
}

/** By Back or Forward. */
let returned = false;
let known = here();
/** By path: its query when somebody was there last. */
const searches = new Map<string, string>();

export function cameBack(): boolean {
  return returned;
}

/** The query that `path` had when it was left, so that a link back to a list leads to its filters. */
export function lastSearchOf(path: string): string {
  return searches.get(path) ?? '';
}

function arrive(): void {
  known = here();
  searches.set(known.path, known.search);
  window.dispatchEvent(new Event(CHANGED));
}

export function navigate(address: string, how: 'push' | 'replace' = 'push'): void {
  const before = here();
  const target = new URL(address, location.href);
  if (target.href === location.href) return;
  returned = false;
  if (how === 'push') {
    history.replaceState({ scrolled: window.scrollY }, '');
    history.pushState(null, '', target.href);
    if (before.path !== target.pathname) window.scrollTo(0, 0);
  } else history.replaceState(null, '', target.href);
  arrive();
}

/** Pages are drawn by the frame after the next; then one that was left is scrolled to where it was. */
function goBack({ state }: PopStateEvent): void {
  const place = here();
  // A jump within the page, such as by the skip link.
  if (place.path === known.path && place.search === known.search) return;
  returned = true;
  arrive();
  const scrolled = (state as { readonly scrolled?: number } | null)?.scrolled ?? 0;
  requestAnimationFrame(() => requestAnimationFrame(() => window.scrollTo(0, scrolled)));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const read = () => setPlace(here());
    window.addEventListener(CHANGED, read);
    return () => window.removeEventListener(CHANGED, read);
  }, []);
  return place;
}

/** Called once for the whole document. */
export function followLinksHere(): void {
  history.scrollRestoration = 'manual';
  searches.set(known.path, known.search);
  window.addEventListener('popstate', goBack);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !link.pathname.startsWith('/ui/')) return;
    // A jump within the page.
    if (link.getAttribute('href')?.startsWith('#') === true) return;
    event.preventDefault();
    navigate(link.href);
  });
}
