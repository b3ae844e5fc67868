/** The answers to recipients' browsers and mail programs: status and page, of what is known about the link. Pure. */
import { htmlText } from '../../platform/html-text.ts';
import { mayResubscribe } from '../../policy/unsubscribe.ts';
import type { Subscription, Subscriptions } from '../../store/unsubscribes.ts';
import type { LinkPath } from './link-path.ts';
import { button, page, paragraph } from './page.ts';
import { TEXTS } from './texts.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Beside those of every page. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page about a link that is good. */
export interface PageFacts {
  readonly path: LinkPath;
  /** Of the message. */
  readonly stream: string;
  readonly subscriptions: Subscriptions;
  readonly nowMs: number;
}

const RETRY_LATER = { 'Retry-After': '60' };

export const NOT_KNOWN = simple(404, TEXTS.unknownTitle, TEXTS.unknown);
export const GONE = simple(200, TEXTS.goneTitle, TEXTS.gone);
export const BAD_FORM = simple(400, TEXTS.badFormTitle, TEXTS.badForm);
export const TOO_LARGE = simple(413, TEXTS.badFormTitle, TEXTS.badForm);
export const TOO_OFTEN = simple(429, TEXTS.tooOftenTitle, TEXTS.tooOften, RETRY_LATER);
export const FAILED = simple(503, TEXTS.failedTitle, TEXTS.failed, RETRY_LATER);
export const WRONG_METHOD = simple(405, TEXTS.methodTitle, TEXTS.method, { Allow: 'GET, HEAD, POST' });
/** There was nothing to take back, or it is too late. */
export const NOTHING_TO_UNDO = simple(200, TEXTS.nothingToUndo, TEXTS.nothingToUndoText);

/** To a mail program, or somebody who sees what it got. */
export function unsubscribedByOneClick(stream: string): Answer {
  return simple(200, TEXTS.doneTitle, TEXTS.done(stream));
}

/** What the link offers: it is shown, and nothing is changed. */
export function offer(facts: PageFacts): Answer {
  const { path, stream, subscriptions } = facts;
  const own = subscriptions.streams.find((one) => one.stream === stream);
  if (own === undefined) return GONE;
  if (path.undo) return undoOffer(facts, own);
  switch (own.state) {
    case 'subscribed':
      return shown(TEXTS.offerTitle, [
        paragraph(TEXTS.offer(own.title, subscriptions.domain)),
        button({ action: actionOf(path), name: 'unsubscribe', value: stream, label: TEXTS.unsubscribe }),
        ...otherLists(facts),
      ]);
    case 'unsubscribed':
      return shown(TEXTS.doneTitle, [
        paragraph(TEXTS.done(own.title)),
        ...mistake(facts, own),
        ...otherLists(facts),
      ]);
    case 'blocked':
      return shown(TEXTS.doneTitle, [paragraph(TEXTS.blocked(own.title)), ...otherLists(facts)]);
  }
}

/** After a button of the page. `what`: the list that it was about, as it is now. */
export function changed(facts: PageFacts, what: Subscription): Answer {
  const { stream, title, state } = what;
  if (state === 'subscribed')
    return shown(TEXTS.resubscribedTitle, [paragraph(TEXTS.resubscribed(title)), ...otherLists(facts)]);
  return shown(TEXTS.doneTitle, [
    paragraph(TEXTS.done(title)),
    paragraph(TEXTS.doneNote),
    ...(stream === facts.stream && state === 'unsubscribed' ? mistake(facts, what) : []),
    ...otherLists(facts),
  ]);
}

function undoOffer({ stream, nowMs }: PageFacts, { title, state, sinceMs }: Subscription): Answer {
  if (state !== 'unsubscribed' || !mayResubscribe(sinceMs, nowMs)) return NOTHING_TO_UNDO;
  return shown(TEXTS.undoTitle, [
    paragraph(TEXTS.undoOffer(title)),
    button({ action: 'undo', name: 'resubscribe', value: stream, label: TEXTS.resubscribe }),
  ]);
}

function mistake({ path, nowMs, stream }: PageFacts, { sinceMs }: Subscription): readonly string[] {
  if (!mayResubscribe(sinceMs, nowMs)) return [paragraph(TEXTS.tooLate)];
  const action = path.undo ? 'undo' : `${path.token}/undo`;
  const undo = { action, name: 'resubscribe', value: stream, label: TEXTS.undo, quiet: true };
  return [paragraph(TEXTS.mistake), button(undo)];
}

/** The preferences: every other list, with what may be changed. */
function otherLists({ path, stream, subscriptions, nowMs }: PageFacts): readonly string[] {
  const others = subscriptions.streams.filter((one) => one.stream !== stream);
  if (others.length === 0) return [];
  const items = others.map((one) => listItem(one, path, nowMs));
  return [`<h2>${TEXTS.othersTitle}</h2>`, `<ul>${items.join('')}</ul>`];
}

function listItem({ stream, title, state, sinceMs }: Subscription, path: LinkPath, nowMs: number): string {
  const words = state === 'subscribed' ? TEXTS.subscribed : TEXTS.unsubscribed;
  const name = state === 'subscribed' ? 'unsubscribe' : 'resubscribe';
  const may = state === 'subscribed' || (state === 'unsubscribed' && mayResubscribe(sinceMs, nowMs));
  const label = TEXTS[name];
  const form = {
    action: actionOf(path),
    name,
    value: stream,
    label,
    about: `${label}: ${title}`,
    quiet: true,
  };
  return `<li><span>${htmlText(title)} <small>${words}</small></span>${may ? button(form) : ''}</li>`;
}

/** The link itself, relative to where the page is. */
function actionOf({ token, undo }: LinkPath): string {
  return undo ? `../${token}` : token;
}

function shown(title: string, body: readonly string[]): Answer {
  return { status: 200, body: page(title, body) };
}

function simple(status: number, title: string, text: string, headers?: Answer['headers']): Answer {
  return { status, body: page(title, [paragraph(text)]), ...(headers && { headers }) };
}
