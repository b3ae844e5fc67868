/** One message: its trace, its details, its events; what waits can be cancelled. */
import { useState } from 'preact/hooks';
import type { MailEvent, MessagePreview, MessageWithEvents } from '../api/answers.ts';
import {
  CodeBlock,
  CopyButton,
  DetailList,
  EmptyState,
  Failure,
  failureWords,
  Outside,
  Time,
} from '../components/basics.tsx';
import { ConfirmDialog } from '../components/form.tsx';
import { Tabs } from '../components/tabs.tsx';
import { mayCancel } from '../pure/delivery-states.ts';
import { exactTime, sizeWords } from '../pure/format.ts';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import { cut, visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { asFailure, useLoad, useNow } from '../shell/load.ts';
import { lastSearchOf } from '../shell/location.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { MessageContent } from './message-content.tsx';
import { Trace } from '../trace/trace.tsx';

type View = 'trace' | 'details' | 'events' | 'content';

export function MessagePage({ id }: { readonly id: string }) {
  const text = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const [view, setView] = useState<View>('trace');
  const [opened, setOpened] = useState<{ readonly id: string; readonly preview: MessagePreview }>();
  const path = `v1/messages/${encodeURIComponent(id)}`;
  const loaded = useLoad(path, (signal) => api.get<MessageWithEvents>(path, { signal }));
  const { value: message, failure } = loaded;
  const subject = message === undefined ? id : message.subject || text.messages.noSubject;
  return (
    <>
      <p class="back">
        <a href={PATHS.messages + lastSearchOf(PATHS.messages)}>← {text.message.back}</a>
      </p>
      <div class="page-head">
        <PageTitle title={visibleText(cut(subject, 80))}>
          <span class="clipped">
            <Outside text={subject} most={1_000} />
          </span>
        </PageTitle>
        <div class="actions">
          <button type="button" onClick={loaded.reload} aria-disabled={loaded.loading}>
            {text.message.refresh}
          </button>
          {message !== undefined && <CancelButton message={message} path={path} onDone={loaded.reload} />}
        </div>
      </div>
      {failure !== undefined && <Failure failure={failure} onAgain={loaded.reload} />}
      {message !== undefined && (
        <Tabs
          label={text.pages.messages}
          tabs={viewsOf(account.reads_content && message.has_content).map((name) => ({
            name,
            label: name === 'content' ? text.content.tab : text.message[name],
          }))}
          chosen={view}
          onChoose={setView}
        >
          {view === 'trace' && <Trace message={message} nowMs={nowMs} />}
          {view === 'details' && <Details message={message} nowMs={nowMs} />}
          {view === 'events' && <Events events={message.events} nowMs={nowMs} />}
          {view === 'content' && (
            <MessageContent
              id={message.id}
              preview={opened?.id === id ? opened.preview : undefined}
              onPreview={(preview) => setOpened({ id, preview })}
            />
          )}
        </Tabs>
      )}
    </>
  );
}

function viewsOf(isReadable: boolean): readonly View[] {
  return isReadable ? ['trace', 'details', 'events', 'content'] : ['trace', 'details', 'events'];
}

function CancelButton(props: {
  readonly message: MessageWithEvents;
  readonly path: string;
  readonly onDone: () => void;
}) {
  const text = useText();
  const { api, account } = useSurroundings();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const count = props.message.deliveries.filter(mayCancel).length;
  const words = text.message;
  const run = () => {
    setBusy(true);
    api
      .send('POST', `${props.path}/cancel`)
      .then(
        () => announce(words.cancelled),
        (error: unknown) => announce(failureWords(asFailure(error), text), 'bad'),
      )
      .finally(() => {
        setBusy(false);
        setAsked(false);
        props.onDone();
      });
  };
  if (count === 0 || !mayChangeThe('messages', account.role)) return null;
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        {words.cancel}
      </button>
      {asked && (
        <ConfirmDialog
          title={words.cancelTitle}
          confirm={words.cancelConfirm}
          busy={busy}
          onConfirm={run}
          onClose={() => setAsked(false)}
        >
          <p>{words.cancelBody(count)}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Details({ message, nowMs }: { readonly message: MessageWithEvents; readonly nowMs: number }) {
  const { message: words } = useText();
  const language = useLanguage();
  const metadata = Object.entries(message.metadata);
  return (
    <DetailList
      entries={[
        [
          words.id,
          <>
            <code>{message.id}</code> <CopyButton text={message.id} what={words.id} />
          </>,
        ],
        [words.from, <Outside key="from" text={message.header_from} />],
        [
          words.reversePath,
          message.reverse_path === '' ? (
            words.nullReversePath
          ) : (
            <Outside key="reverse" text={message.reverse_path} />
          ),
        ],
        [words.accepted, <Time key="at" at={message.accepted_at} nowMs={nowMs} />],
        [words.sendAt, message.send_at === null ? undefined : exactTime(message.send_at)],
        [words.expires, message.expires_at === null ? undefined : exactTime(message.expires_at)],
        [words.size, sizeWords(message.size_bytes, language)],
        [words.account, <Outside key="account" text={message.account} />],
        [words.stream, message.stream],
        [words.credential, message.credential_id === null ? undefined : <code>{message.credential_id}</code>],
        [
          words.messageId,
          <>
            <Outside text={message.message_id_header} />{' '}
            <CopyButton text={message.message_id_header} what={words.messageId} />
          </>,
        ],
        [words.content, message.has_content ? words.contentKept : words.contentGone],
        [
          words.tags,
          message.tags.length === 0 ? undefined : (
            <span class="tags">
              {message.tags.map((tag) => (
                <a key={tag} href={`${PATHS.messages}?${new URLSearchParams({ tag }).toString()}`}>
                  <Outside text={tag} most={200} />
                </a>
              ))}
            </span>
          ),
        ],
        [
          words.metadata,
          metadata.length === 0 ? undefined : (
            <CodeBlock
              label={words.metadata}
              text={metadata.map(([name, value]) => `${name}: ${value}`).join('\n')}
            />
          ),
        ],
      ]}
    />
  );
}

/** Beside these an event has facts of its own. */
const FIXED = [
  'id',
  'event',
  'message_id',
  'delivery_id',
  'recipient',
  'timestamp',
  'account',
  'stream',
  'tags',
  'metadata',
];

function Events({ events, nowMs }: { readonly events: readonly MailEvent[]; readonly nowMs: number }) {
  const { message: words } = useText();
  if (events.length === 0) return <EmptyState title={words.noEvents} />;
  return (
    <ol class="events">
      {events.map((event) => {
        const facts = Object.entries(event).filter(([key]) => !FIXED.includes(key));
        const line = (
          <>
            <strong>{event.event}</strong>{' '}
            {event.recipient !== null && <Outside text={event.recipient} most={200} />}{' '}
            <span class="quiet">
              <Time at={event.timestamp} nowMs={nowMs} />
            </span>
          </>
        );
        return (
          <li key={event.id}>
            {facts.length === 0 ? (
              line
            ) : (
              <details>
                <summary>{line}</summary>
                <CodeBlock
                  label={`${event.event} ${exactTime(event.timestamp)}`}
                  text={facts.map(([key, value]) => `${key}: ${wordsOf(value)}`).join('\n')}
                />
              </details>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
