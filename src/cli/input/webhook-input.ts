/** What was typed about webhooks: which one, which event, which times. */
import { parseDurationMs } from '../../platform/duration.ts';
import { parseDateOrTime } from '../../platform/rfc3339.ts';
import { ALL_EVENT_TYPES } from '../../policy/delivery-state.ts';
import { parseEventId } from '../../store/public-ids.ts';
import type { Webhook } from '../../store/webhooks.ts';
import { notFound, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Options } from '../program/options.ts';

export const EVENT_OPTION = {
  flags: '--event <event>',
  meaning: `tell this event (default: all): ${ALL_EVENT_TYPES.join(', ')}`,
  repeats: true,
} as const;

/** The webhook with that id, in the named account if one was named. */
export async function findWebhook(context: CommandContext, id: string): Promise<Webhook> {
  const webhook = await context.reader.webhookById(id);
  const account = await context.namedAccount();
  if (webhook === undefined || (account !== undefined && webhook.accountId !== account.id))
    throw notFound(`there is no webhook ${id}`, 'see them: relayctl webhook list');
  return webhook;
}

export function eventSequenceOf(text: string, option: string): number {
  const sequence = parseEventId(text);
  if (sequence === undefined) throw usage(`${option} ${text} is not an event id such as evt_00000000012345`);
  return sequence;
}

/** A span back from now (`2h`), or RFC 3339. */
export function pastTimeMs(options: Options, name: string, nowMs: number): number | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const spanMs = parseDurationMs(text);
  if (spanMs !== undefined) return nowMs - spanMs;
  const atMs = parseDateOrTime(text);
  if (atMs === undefined)
    throw usage(
      `--${name} ${text} is neither a span back such as 2h nor a time such as 2026-11-24T06:00:00Z`,
    );
  return atMs;
}
