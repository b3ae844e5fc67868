/** Changes a webhook: its URL, its events, its state. The secret stays. */
import { actorName } from '../../policy/actor.ts';
import type { Webhook } from '../../store/webhooks.ts';
import type { With } from '../admin-context.ts';
import { invalid, isRefusal, nothingToChange, type AdminRefusal } from '../refusal.ts';
import { checkedUrl, eventTypesOf } from './add.ts';

/** What is `undefined` stays. */
export interface WebhookChange {
  /** As it was given. */
  readonly url?: string | undefined;
  /** Names as they were given. */
  readonly events?: readonly string[] | undefined;
  /** While it is paused events wait, as long as events are kept. */
  readonly state?: 'active' | 'paused' | undefined;
  /** On resuming, also after `disabled`: what happened meanwhile is left out. */
  readonly skip?: boolean | undefined;
}

/** Durable when it resolves to the webhook as it is now. StoreError `not-found`. */
export async function changeWebhook(
  { id }: Pick<Webhook, 'id'>,
  { url, events, state, skip = false }: WebhookChange,
  { reader, webhooks, config, clock, actor }: With<'reader' | 'webhooks' | 'config' | 'clock'>,
): Promise<Webhook | AdminRefusal> {
  if (skip && state !== 'active')
    return invalid('skip', (nameOf) => `${nameOf('skip')} goes with resuming it`);
  if (url === undefined && events === undefined && state === undefined) return nothingToChange();
  const target = url === undefined ? undefined : checkedUrl(url, config.webhooks);
  if (target !== undefined && isRefusal(target)) return target;
  const asked = events === undefined ? undefined : eventTypesOf(events);
  if (asked !== undefined && isRefusal(asked)) return asked;
  if (target !== undefined || asked !== undefined)
    await webhooks.changeWebhook(id, { url: target?.url, events: asked?.types }, clock.now(), actor);
  if (state === 'paused')
    await webhooks.pauseWebhook(id, `paused by ${actorName(actor)}`, clock.now(), actor);
  if (state === 'active') await webhooks.resumeWebhook(id, skip, clock.now(), actor);
  const changed = await reader.webhookById(id);
  if (changed === undefined) return noSuchWebhook(id);
  return changed;
}

/** With its delivery log. Durable when it resolves. StoreError `not-found`. */
export async function removeWebhook(
  { id }: Pick<Webhook, 'id'>,
  { webhooks, clock, actor }: With<'webhooks' | 'clock'>,
): Promise<void> {
  await webhooks.removeWebhook(id, clock.now(), actor);
}

function noSuchWebhook(id: string): AdminRefusal {
  return { refused: 'not-found', field: undefined, problem: `there is no webhook ${id}` };
}
