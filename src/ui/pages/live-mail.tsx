/**
 * Mail going out, as it happens: the newest events of the account on top. Nothing is read while it is paused or the tab is hidden.
 * Screen readers are not told of each line: it is a list to go to.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { MailEvent, QueueNow } from '../api/answers.ts';
import { Badge, Outside, Time } from '../components/basics.tsx';
import { clockTime, countWords } from '../pure/format.ts';
import { newestOf, type StreamedEvent } from '../pure/event-stream.ts';
import { messagePath } from '../pure/router.ts';
import { useApi, useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { followEvents } from '../shell/follow-events.ts';
import { useNow } from '../shell/load.ts';

const MOST_LINES = 50;
/** However fast events come, the page is drawn so often. */
const DRAW_EVERY_MS = 250;
const QUEUE_EVERY_MS = 15_000;
const LINE = 200;

const TONES: Readonly<Record<string, readonly [tone: string, sign: string]>> = {
  accepted: ['info', '…'],
  delivered: ['good', '✓'],
  deferred: ['warn', '↻'],
  bounced: ['bad', '✕'],
  expired: ['bad', '✕'],
  refused: ['bad', '✕'],
  complained: ['bad', '!'],
};
const OTHER_TONE = ['quiet', '·'] as const;

export function LiveMail() {
  const { live: words } = useText();
  const { session } = useSurroundings();
  const [paused, setPaused] = useState(false);
  const isVisible = useVisible();
  const runs = isVisible && !paused;
  const { lines, state } = useLines(runs);
  return (
    <section class="block" aria-labelledby="live">
      <div class="block-head">
        <h2 id="live">{words.title}</h2>
        <div class="actions">
          <span class="quiet">{runs ? words.states[state] : words.states.paused}</span>
          <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
            {paused ? words.resume : words.pause}
          </button>
        </div>
      </div>
      {session.relay_role !== null && <QueueNumbers runs={runs} />}
      {lines.length === 0 ? (
        <p class="quiet">{words.empty}</p>
      ) : (
        <div class="live" tabIndex={0} role="region" aria-label={words.log}>
          <ol class="short-list" aria-live="off">
            {lines.map((event) => (
              <LiveLine key={event.id} event={event} />
            ))}
          </ol>
        </div>
      )}
      <p class="hint">{words.hint}</p>
    </section>
  );
}

function LiveLine({ event }: { readonly event: MailEvent }) {
  const { live: words } = useText();
  const { event: type, timestamp, recipient, message_id: message } = event;
  const [tone, sign] = TONES[type] ?? OTHER_TONE;
  const what = recipient ?? message ?? '';
  const said = saidOf(event);
  return (
    <li>
      <time dateTime={timestamp}>{clockTime(timestamp, new Date().toISOString())}</time>
      <Badge tone={tone} sign={sign}>
        {words.events[type] ?? type}
      </Badge>
      {message === null || type === 'refused' ? (
        <span class="grows">
          <Outside text={what} most={LINE} />
        </span>
      ) : (
        <a class="grows" href={messagePath(message)}>
          <Outside text={what} most={LINE} />
        </a>
      )}
      {said !== '' && (
        <span class="grows quiet">
          <Outside text={said} most={LINE} />
        </span>
      )}
    </li>
  );
}

/** The remote's reply, or why. */
function saidOf({ reply, reason }: MailEvent): string {
  if (typeof reply === 'string') return reply;
  return typeof reason === 'string' ? reason : '';
}

/** As long as it `runs`. */
function useLines(runs: boolean) {
  const api = useApi();
  const [lines, setLines] = useState<readonly MailEvent[]>([]);
  const [state, setState] = useState<'open' | 'waiting'>('waiting');
  const fresh = useRef<MailEvent[]>([]);
  const timer = useRef<number | undefined>(undefined);
  const draw = useCallback(() => {
    timer.current = undefined;
    const came = fresh.current;
    fresh.current = [];
    setLines((old) => newestOf(came, old, MOST_LINES));
  }, []);
  useEffect(() => {
    if (!runs) return undefined;
    const stop = new AbortController();
    const onEvents = (events: readonly StreamedEvent[]) => {
      const read = events.slice(-MOST_LINES).flatMap((event) => eventOf(event) ?? []);
      fresh.current = [...fresh.current, ...read].slice(-MOST_LINES);
      timer.current ??= window.setTimeout(draw, DRAW_EVERY_MS);
    };
    void followEvents(api, { onEvents, onState: setState }, stop.signal);
    return () => {
      stop.abort();
      window.clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [api, runs, draw]);
  return { lines, state };
}

/** `undefined`: no event of mail, such as the end of the stream. */
function eventOf({ data }: StreamedEvent): MailEvent | undefined {
  try {
    const event = JSON.parse(data) as MailEvent;
    return typeof event.id === 'string' && typeof event.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

function useVisible(): boolean {
  const [isVisible, setVisible] = useState(() => !document.hidden);
  useEffect(() => {
    const read = () => setVisible(!document.hidden);
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, []);
  return isVisible;
}

function QueueNumbers({ runs }: { readonly runs: boolean }) {
  const { live: words } = useText();
  const language = useLanguage();
  const nowMs = useNow();
  const queue = useQueue(runs);
  if (queue === undefined) return null;
  const count = (value: number) => countWords(value, language);
  const entries = [
    [words.waiting, count(queue.queued)],
    [words.deferred, count(queue.deferred)],
    [words.held, count(queue.held)],
    [words.scheduled, count(queue.scheduled)],
    [words.oldest, queue.oldest_at === null ? '–' : <Time key="oldest" at={queue.oldest_at} nowMs={nowMs} />],
  ] as const;
  return (
    <dl class="cards" aria-label={words.queue}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What could not be read is read at the next turn; until then what was read before stands. */
function useQueue(runs: boolean): QueueNow | undefined {
  const api = useApi();
  const [queue, setQueue] = useState<QueueNow>();
  useEffect(() => {
    if (!runs) return undefined;
    const stop = new AbortController();
    const read = () => {
      api.get<QueueNow>('operation/queue-now', { signal: stop.signal }).then(
        (answer) => stop.signal.aborted || setQueue(answer),
        () => undefined,
      );
    };
    read();
    const timer = setInterval(read, QUEUE_EVERY_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [api, runs]);
  return queue;
}
