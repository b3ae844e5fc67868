/** Creation of a webhook: an address that gets an account's events from the next one on. */
import { EVERY_EVENT } from '../../api-json/webhook-json.ts';
import { makeId } from '../../platform/ids.ts';
import { ALL_EVENT_TYPES, type AnyEventType } from '../../policy/delivery-state.ts';
import type { Account } from '../../store/directory-records.ts';
import type { NewWebhook } from '../../store/webhooks.ts';
import { makeSealedKey } from '../../webhook/webhook-keys.ts';
import { checkWebhookUrl, type WebhookUrlRules } from '../../webhook/webhook-url.ts';
import type { With } from '../admin-context.ts';
import { conflict, invalid, isRefusal, type AdminRefusal } from '../refusal.ts';
import { refuseOperatorAccount } from '../tenant.ts';

export interface NewWebhookInput {
  readonly account: Pick<Account, 'id' | 'name'>;
  /** As it was given. */
  readonly url: string;
  /** Names as they were given; none, or `*` among them: every event. */
  readonly events: readonly string[];
}

/** Its secret is to be shown once. */
export interface IssuedWebhook {
  readonly webhook: NewWebhook;
  readonly secret: string;
}

/** Per account: each webhook costs a read of the event log. */
const MOST_WEBHOOKS = 50;

/** Durable when it resolves to the webhook. */
export async function addWebhook(
  { account, url, events }: NewWebhookInput,
  context: With<'reader' | 'webhooks' | 'box' | 'config' | 'clock' | 'random'>,
): Promise<IssuedWebhook | AdminRefusal> {
  const { reader, webhooks, box, config, clock, random, actor } = context;
  const refusal = refuseOperatorAccount(account.id, 'webhooks');
  if (refusal !== undefined) return refusal;
  const target = checkedUrl(url, config.webhooks);
  if (isRefusal(target)) return target;
  const asked = eventTypesOf(events);
  if (isRefusal(asked)) return asked;
  if ((await reader.listWebhooks(account.id)).length >= MOST_WEBHOOKS)
    return conflict(`account ${account.name} has ${MOST_WEBHOOKS} webhooks, which is the most`);
  const createdAtMs = clock.now();
  const id = makeId('whk_', createdAtMs, random);
  const { sealed, secret } = makeSealedKey(id, box, random);
  const facts = { accountId: account.id, url: target.url, events: asked.types };
  const webhook: NewWebhook = { id, ...facts, sealedSecret: sealed, createdAtMs };
  await webhooks.addWebhook(webhook, actor);
  return { webhook, secret };
}

/** In its normal form. */
export function checkedUrl(text: string, rules: WebhookUrlRules): { readonly url: string } | AdminRefusal {
  const checked = checkWebhookUrl(text, rules);
  if ('url' in checked) return checked;
  return invalid('url', (nameOf) => `${nameOf('url')} ${text.slice(0, 100)}: ${checked.problem}`);
}

/** In stored form: empty for every event. */
export function eventTypesOf(
  names: readonly string[],
): { readonly types: readonly AnyEventType[] } | AdminRefusal {
  if (names.length === 0 || names.includes(EVERY_EVENT)) return { types: [] };
  const unknown = names.find((name) => !ALL_EVENT_TYPES.includes(name as AnyEventType));
  if (unknown === undefined) return { types: [...new Set(names as readonly AnyEventType[])] };
  return invalid(
    'events',
    (nameOf) => `${nameOf('events')} ${unknown} is none of ${ALL_EVENT_TYPES.join(', ')}`,
  );
}
