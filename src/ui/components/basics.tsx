/**
 * Small pieces that all pages are made of: text from outside, times, badges, a copy button, empty and failed states. Their looks
 * are in style/components.css.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiFailure } from '../api/failure.ts';
import type { DeliveryState } from '../api/answers.ts';
import { exactTime, relativeTime } from '../pure/format.ts';
import { cut, visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useLanguage, useText } from '../shell/context.ts';
import type { Text } from '../text/en.ts';

/** More of one text is cut off: a page stays a page. */
const MOST_SHOWN = 4_000;

/** Text that somebody else wrote: isolated in its direction, its unseen characters shown. `most` in lists: a line's worth. */
export function Outside({ text, most = MOST_SHOWN }: { readonly text: string; readonly most?: number }) {
  return <bdi class="outside">{visibleText(cut(text, most))}</bdi>;
}

/** `3 min. ago`, with the exact time (UTC) as its title. */
export function Time({ at, nowMs }: { readonly at: string; readonly nowMs: number }) {
  const language = useLanguage();
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(at, nowMs, language)}
    </time>
  );
}

/** Sign and colour say the same as the word, for those who do not see one of them. */
const SIGNS: Readonly<Record<DeliveryState, { readonly sign: string; readonly tone: string }>> = {
  delivered: { sign: '✓', tone: 'good' },
  bounced: { sign: '✕', tone: 'bad' },
  expired: { sign: '✕', tone: 'bad' },
  suppressed: { sign: '⊘', tone: 'quiet' },
  cancelled: { sign: '⊘', tone: 'quiet' },
  deferred: { sign: '↻', tone: 'warn' },
  held: { sign: '‖', tone: 'warn' },
  queued: { sign: '…', tone: 'info' },
  scheduled: { sign: '◷', tone: 'info' },
};

export function toneOf(state: DeliveryState): string {
  return SIGNS[state].tone;
}

export function StateBadge({ state }: { readonly state: DeliveryState }) {
  const { sign, tone } = SIGNS[state];
  return (
    <Badge tone={tone} sign={sign}>
      {useText().states[state]}
    </Badge>
  );
}

/** `tone`: good, warn, bad, info or quiet. */
export function Badge(props: {
  readonly tone: string;
  readonly sign: string;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`badge ${props.tone}`}>
      <span aria-hidden="true">{props.sign}</span> {props.children}
    </span>
  );
}

/** Copies `text`; `what` names it for screen readers. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const { copy } = useText();
  const [done, setDone] = useState(false);
  const run = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setDone(true);
        setTimeout(() => setDone(false), 2_000);
        announce(copy.done);
      },
      () => announce(copy.failed, 'bad'),
    );
  };
  return (
    <button type="button" class="copy" onClick={run} aria-label={`${copy.label}: ${what}`}>
      {done ? copy.done : copy.label}
    </button>
  );
}

/** Verbatim text, such as a reply or a record, in lines as they are; scrolls within itself, also by keyboard. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <pre class="code" tabIndex={0} role="region" aria-label={label}>
      <Outside text={text} />
    </pre>
  );
}

export function EmptyState({ title, hint }: { readonly title: string; readonly hint?: string }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {hint !== undefined && <p>{hint}</p>}
    </div>
  );
}

/** A failure in words: what the API said, else what the kind of failure means. */
export function failureWords(failure: ApiFailure, { failure: words }: Text): string {
  if (failure.kind === 'network') return words.network;
  // A relay that cannot do it for the moment (503) may say why, which is more than that it is busy.
  if (failure.kind === 'busy' && (failure.status === 429 || failure.message === ''))
    return words.busy(failure.retryAfter);
  if (failure.message !== '') return failure.message;
  return failure.kind === 'busy' ? words.busy(failure.retryAfter) : words[failure.kind];
}

export function Failure({
  failure,
  onAgain,
}: {
  readonly failure: ApiFailure;
  readonly onAgain?: () => void;
}) {
  const text = useText();
  const said = failureWords(failure, text);
  const others = failure.errors.filter(({ message }) => message !== failure.message);
  return (
    <div class="failure" role="alert">
      <p class="failure-title">
        {failure.kind === 'forbidden' ? text.failure.forbidden : text.failure.title}
      </p>
      <p>
        <Outside text={said} />
      </p>
      {failure.field !== '' && <p class="quiet">{text.failure.field(visibleText(failure.field))}</p>}
      {others.length > 0 && (
        <ul>
          {others.map(({ field, message }) => (
            <li key={field}>
              <code>{visibleText(field)}</code>: <Outside text={message} />
            </li>
          ))}
        </ul>
      )}
      {onAgain !== undefined && (
        <button type="button" onClick={onAgain}>
          {text.failure.again}
        </button>
      )}
    </div>
  );
}

/** Names and values. Entries with an `undefined` value are left out. */
export function DetailList({
  entries,
}: {
  readonly entries: readonly (readonly [name: string, value: ComponentChildren | undefined])[];
}) {
  return (
    <dl class="details">
      {entries.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
