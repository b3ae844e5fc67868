/** What a message says, for those with the right to read it: opened on purpose, since each view is in the audit log. */
import { useState } from 'preact/hooks';
import type { MessagePreview } from '../api/answers.ts';
import { EmptyState, Failure, Outside } from '../components/basics.tsx';
import { FramedHtml } from '../components/framed-html.tsx';
import { Tabs } from '../components/tabs.tsx';
import { sizeWords } from '../pure/format.ts';
import { withQuery } from '../pure/query.ts';
import { visibleText } from '../pure/visible-text.ts';
import { useAction } from '../shell/action.ts';
import { useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { downloadBlob } from '../shell/download.ts';
import { useLoad } from '../shell/load.ts';

const VIEWS = ['html', 'text', 'fields', 'attachments', 'source'] as const;
type View = (typeof VIEWS)[number];
/** Of text and source on the page. */
const MOST_SHOWN = 100_000;

interface MessageContentProps {
  readonly id: string;
  /** What was opened, also while one looks at another view of the message: a view is one line in the audit log. */
  readonly preview: MessagePreview | undefined;
  readonly onPreview: (preview: MessagePreview) => void;
}

export function MessageContent({ id, preview, onPreview }: MessageContentProps) {
  const { content: words } = useText();
  const { api } = useSurroundings();
  const path = `content/messages/${encodeURIComponent(id)}`;
  const { busy, failure, run } = useAction();
  const open = () => run(() => api.get<MessagePreview>(path), onPreview);
  if (preview !== undefined) return <Opened id={id} path={path} preview={preview} />;
  return (
    <>
      {failure !== undefined && <Failure failure={failure} />}
      <p class="quiet">{words.openHint}</p>
      <button type="button" class="primary" aria-disabled={busy} onClick={open}>
        {words.open}
      </button>
    </>
  );
}

interface Parts {
  readonly id: string;
  readonly path: string;
  readonly preview: MessagePreview;
}

function Opened(parts: Parts) {
  const { content: words } = useText();
  const { preview } = parts;
  const { readable, html, text } = preview;
  const [view, setView] = useState<View>(!readable ? 'source' : html !== null ? 'html' : 'text');
  return (
    <>
      <p class="quiet">{words.hint}</p>
      {!readable && (
        <p class="notice">
          <Outside text={words.unreadable(preview.reason)} />
        </p>
      )}
      {preview.cut && <p class="notice">{words.cut}</p>}
      <Tabs
        label={words.tab}
        tabs={(readable ? VIEWS : (['source'] as const)).map((name) => ({ name, label: words.views[name] }))}
        chosen={view}
        onChoose={setView}
      >
        {view === 'html' && <Html {...parts} />}
        {view === 'text' &&
          (text === null ? (
            <EmptyState title={words.noText} />
          ) : (
            <pre class="code content-text" tabIndex={0} role="region" aria-label={words.views.text}>
              <Outside text={text} most={MOST_SHOWN} />
            </pre>
          ))}
        {view === 'fields' && <Fields preview={preview} />}
        {view === 'attachments' && <Attachments {...parts} />}
        {view === 'source' && <Source {...parts} />}
      </Tabs>
    </>
  );
}

function Html({ path, preview: { html, view } }: Parts) {
  const { content: words } = useText();
  const { account } = useSurroundings();
  if (html === null) return <EmptyState title={words.noHtml} />;
  return (
    <FramedHtml
      src={withQuery(`/ui/api/${path}/document`, { view, account: account.id })}
      links={html.links}
      imagesLeftOut={html.images_left_out}
      isCut={html.cut}
    />
  );
}

function Fields({ preview }: Pick<Parts, 'preview'>) {
  const { content: words } = useText();
  return (
    <table class="parts">
      <thead>
        <tr>
          <th scope="col">{words.name}</th>
          <th scope="col">{words.value}</th>
        </tr>
      </thead>
      <tbody>
        {preview.fields.map(({ name, value }, at) => (
          <tr key={at}>
            <th scope="row">
              <Outside text={name} most={200} />
            </th>
            <td>
              <Outside text={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Attachments({ path, preview: { attachments, view } }: Parts) {
  const { content: words } = useText();
  const language = useLanguage();
  const { api } = useSurroundings();
  const { busy, failure, run } = useAction();
  if (attachments.length === 0) return <EmptyState title={words.noAttachments} />;
  const keep = (index: number, name: string) =>
    run(
      () => api.getBlob(`${path}/attachments/${index}`, { query: { view } }),
      (blob) => downloadBlob(fileName(name, index), blob),
    );
  return (
    <>
      {failure !== undefined && <Failure failure={failure} />}
      <table class="parts">
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.type}</th>
            <th scope="col">{words.size}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {attachments.map(({ index, name, type, size_bytes: size, inline }) => (
            <tr key={index}>
              <td>
                {name === '' ? words.unnamed : <Outside text={name} most={255} />}
                {inline && ` (${words.inline})`}
              </td>
              <td>
                <Outside text={type} most={255} />
              </td>
              <td>{sizeWords(size, language)}</td>
              <td>
                <button
                  type="button"
                  aria-disabled={busy}
                  aria-label={words.downloadOf(visibleText(name === '' ? words.unnamed : name))}
                  onClick={() => keep(index, name)}
                >
                  {words.download}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Source({ id, path, preview }: Parts) {
  const { content: words } = useText();
  const language = useLanguage();
  const { api } = useSurroundings();
  const { value, failure, reload } = useLoad(`${path} source`, async (signal) => {
    const blob = await api.getBlob(`${path}/source`, { query: { view: preview.view }, signal });
    return { blob, text: await blob.slice(0, MOST_SHOWN).text() };
  });
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return null;
  return (
    <>
      <div class="actions">
        <button type="button" onClick={() => downloadBlob(`${id}.eml`, value.blob)}>
          {words.downloadSource}
        </button>
      </div>
      {value.blob.size > MOST_SHOWN && (
        <p class="quiet">{words.sourceCut(sizeWords(MOST_SHOWN, language))}</p>
      )}
      <pre class="code" tabIndex={0} role="region" aria-label={words.views.source}>
        <Outside text={value.text} most={MOST_SHOWN} />
      </pre>
    </>
  );
}

/** As the message names it, without what a path or a system reads in a name. */
function fileName(name: string, index: number): string {
  const plain = name.replace(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^[. ]+/, '');
  return plain === '' ? `attachment-${index + 1}` : plain;
}
