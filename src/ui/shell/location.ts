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

export function navigate(address: string, how: 'push' | 'replace' = 'push'): void {
  const before = here();
  const target = new URL(address, location.href);
  if (target.href === location.href) return;
  if (how === 'push') history.pushState(null, '', target.href);
  else history.replaceState(null, '', target.href);
  if (how === 'push' && before.path !== target.pathname) window.scrollTo(0, 0);
  window.dispatchEvent(new Event(CHANGED));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const read = () => setPlace(here());
    window.addEventListener('popstate', read);
    window.addEventListener(CHANGED, read);
    return () => {
      window.removeEventListener('popstate', read);
      window.removeEventListener(CHANGED, read);
    };
  }, []);
  return place;
}

/** Called once for the whole document. */
export function followLinksHere(): void {
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
