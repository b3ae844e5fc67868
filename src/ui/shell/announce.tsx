/** Short answers to what a person did: shown for a while, and read out by screen readers from a live region that is always there. */
import { useEffect, useState } from 'preact/hooks';

interface Announcement {
  readonly text: string;
  readonly tone: 'good' | 'bad';
  readonly number: number;
}

const SHOWN_MS = 8_000;
const SAID = 'postern:said';
let number = 0;

export function announce(text: string, tone: Announcement['tone'] = 'good'): void {
  number++;
  window.dispatchEvent(new CustomEvent<Announcement>(SAID, { detail: { text, tone, number } }));
}

export function Announcements() {
  const [said, setSaid] = useState<Announcement>();
  useEffect(() => {
    const hear = (event: Event) => setSaid((event as CustomEvent<Announcement>).detail);
    window.addEventListener(SAID, hear);
    return () => window.removeEventListener(SAID, hear);
  }, []);
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class="announcements" role="status" aria-live="polite">
      {said !== undefined && (
        <p key={said.number} class={`announcement ${said.tone}`}>
          {said.text}
        </p>
      )}
    </div>
  );
}
