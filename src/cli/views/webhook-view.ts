/** Webhooks and their delivery logs as people read them. */
import { eventIdOf } from '../../store/public-ids.ts';
import type { Webhook, WebhookAttempt, WebhookDelivery } from '../../store/webhooks.ts';
import type { CommandContext } from '../program/command-context.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from '../output/paint.ts';
import { renderTable } from '../output/table.ts';
import { clockTime, relative, span } from '../output/time-words.ts';

export function eventWords({ events }: Pick<Webhook, 'events'>): string {
  return events.length === 0 ? 'all' : events.join(', ');
}

/** `active`, `active, failing for 2 h`, `paused: ...` */
export function stateWords({ state, stateReason, failingSinceMs }: Webhook, nowMs: number): string {
  if (state !== 'active') return stateReason === '' ? state : `${state}: ${stateReason}`;
  return failingSinceMs === undefined ? 'active' : `active, failing for ${span(nowMs - failingSinceMs)}`;
}

export function stateBrush(webhook: Webhook, paint: Paint): (text: string) => string {
  if (webhook.state !== 'active') return paint.bad;
  return webhook.failingSinceMs === undefined ? paint.good : paint.warn;
}

/** A sentence for `status`, with what to type; `undefined`: all is well. What a person paused is no news to them. */
export function webhookWarning(webhook: Webhook, nowMs: number): string | undefined {
  const { id, url, state, stateReason, stateSinceMs, failingSinceMs } = webhook;
  const which = `webhook ${id} to ${new URL(url).host}`;
  if (state !== 'active')
    return stateReason.startsWith('paused by ')
      ? undefined
      : `${which} is ${state} since ${relative(stateSinceMs, nowMs)}: ${stateReason}; go on: relayctl webhook resume ${id}`;
  return failingSinceMs === undefined || nowMs - failingSinceMs < FAILING_WORTH_SAYING_MS
    ? undefined
    : `${which} has failed for ${span(nowMs - failingSinceMs)}; what it says: relayctl webhook show ${id}`;
}

/** A receiver that is restarted fails for a moment. */
const FAILING_WORTH_SAYING_MS = 5 * 60_000;

/** `204 in 31 ms`, or what went wrong. */
export function attemptWords({ statusCode, error, durationMs }: WebhookAttempt): string {
  return `${error === undefined ? String(statusCode ?? '') : error} in ${span(durationMs)}`;
}

export function renderWebhook(context: CommandContext, webhook: Webhook): string {
  const { nowMs, paint } = context;
  const { id, url, accountName, createdAtMs, deliveredAtMs, previousUntilMs } = webhook;
  const lines = [
    `${paint.name(id)}  ${visible(url)}`,
    `  account   ${accountName}`,
    `  events    ${eventWords(webhook)}`,
    `  state     ${stateBrush(webhook, paint)(visible(stateWords(webhook, nowMs)))}`,
    `  added     ${relative(createdAtMs, nowMs)}`,
    `  arrived   ${deliveredAtMs === undefined ? 'nothing yet' : relative(deliveredAtMs, nowMs)}`,
  ];
  if (previousUntilMs !== undefined && previousUntilMs > nowMs)
    lines.push(
      `  secret    replaced; the old one signs beside it, until ${clockTime(previousUntilMs, nowMs)}`,
    );
  return lines.join('\n');
}

export function renderLog(context: CommandContext, log: readonly WebhookDelivery[]): string {
  const { nowMs, paint } = context;
  return renderTable(
    [
      { title: 'EVENT', text: ({ sequence }) => eventIdOf(sequence) },
      { title: 'TYPE', text: ({ eventType }) => eventType },
      { title: 'MESSAGE', text: ({ messageId }) => messageId ?? '' },
      {
        title: 'STATE',
        text: ({ state }) => state,
        brush: (text, { state }) =>
          state === 'delivered' ? paint.good(text) : state === 'failed' ? paint.bad(text) : paint.warn(text),
      },
      { title: 'TRIES', text: ({ attempts }) => String(attempts), alignRight: true },
      { title: 'LAST TRY', text: (row) => lastTryWords(row, nowMs), shrinks: true },
      { title: 'NEXT', text: ({ nextAttemptAtMs: at }) => (at === undefined ? '' : relative(at, nowMs)) },
    ],
    log,
    { width: context.io.columns, paint },
  );
}

function lastTryWords({ lastAttempt, state }: WebhookDelivery, nowMs: number): string {
  if (lastAttempt === undefined) return state === 'pending' ? 'waits for its turn' : '';
  const { excerpt, atMs } = lastAttempt;
  const said = excerpt === undefined ? '' : `: ${excerpt}`;
  return `${clockTime(atMs, nowMs)}  ${attemptWords(lastAttempt)}${said}`;
}
