/**
 * Asks before what was typed is lost: by a dialog where a link of the dashboard is followed, by the browser's own question where the
 * page is closed or loaded anew. Back is not asked about: the browser has gone by then.
 */
import { useEffect, useState } from 'preact/hooks';
import { useText } from '../shell/context.ts';
import { navigate } from '../shell/location.ts';
import { ConfirmDialog } from './form.tsx';

export function LeaveGuard() {
  const { templates: words } = useText();
  const [target, setTarget] = useState<string>();
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    const hold = (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      if (!(link instanceof HTMLAnchorElement) || link.pathname === location.pathname) return;
      event.preventDefault();
      setTarget(link.href);
    };
    window.addEventListener('beforeunload', ask);
    document.addEventListener('click', hold, { capture: true });
    return () => {
      window.removeEventListener('beforeunload', ask);
      document.removeEventListener('click', hold, { capture: true });
    };
  }, []);
  if (target === undefined) return null;
  return (
    <ConfirmDialog
      title={words.leaveTitle}
      confirm={words.discard}
      busy={false}
      onConfirm={() => navigate(target)}
      onClose={() => setTarget(undefined)}
    >
      <p>{words.unsaved}</p>
    </ConfirmDialog>
  );
}
