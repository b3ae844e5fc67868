/**
 * The routes of the API, and the tags that its description groups them under. A new noun is a file in routes/, a call here
 * and a tag.
 */
import type { EventStreams } from './event-streams.ts';
import { IdempotentRequests } from './idempotent-requests.ts';
import type { HttpApp, RouteContext } from './route-context.ts';
import { KeyMaking } from './key-making.ts';
import { registerAuditRoutes } from './routes/audit.ts';
import { registerAccountRoutes } from './routes/account.ts';
import { registerBatchRoutes } from './routes/batch.ts';
import { registerCredentialsRoutes } from './routes/credentials.ts';
import { registerRotationRoutes } from './routes/domain-rotation.ts';
import { registerDomainsRoutes } from './routes/domains.ts';
import { registerEventsRoutes } from './routes/events.ts';
import { registerMessageChangesRoutes } from './routes/message-changes.ts';
import { registerMessagesRoutes } from './routes/messages.ts';
import { registerRecipientsRoutes } from './routes/recipients.ts';
import { registerSendRoutes } from './routes/send.ts';
import { registerStatsRoutes } from './routes/stats.ts';
import { registerStreamsRoutes } from './routes/streams.ts';
import { registerSuppressionsRoutes } from './routes/suppressions.ts';
import { registerTemplatesRoutes } from './routes/templates.ts';
import { registerWebhookDeliveriesRoutes } from './routes/webhook-deliveries.ts';
import { registerWebhooksRoutes } from './routes/webhooks.ts';

/** In the order of the description. */
export const TAGS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'sending', description: 'Submit messages.' },
  { name: 'messages', description: 'Accepted messages and their deliveries.' },
  { name: 'events', description: 'The event log, by cursor and as a stream.' },
  { name: 'suppressions', description: 'Addresses that are no longer mailed.' },
  { name: 'recipients', description: 'What the account has of one person.' },
  { name: 'domains', description: 'Sending domains and their DNS records.' },
  { name: 'streams', description: 'Streams: kinds of mail with separate suppressions.' },
  { name: 'templates', description: 'Message templates.' },
  { name: 'webhooks', description: 'Webhooks and their delivery logs.' },
  { name: 'statistics', description: 'Counts and rates.' },
  { name: 'account', description: 'The account of the key.' },
  { name: 'credentials', description: 'Logins, API keys and networks.' },
  { name: 'audit', description: 'What was changed in the account, and by whom.' },
  { name: 'operation', description: 'Health and metrics.' },
];

/** Registers every route, one call for each file in routes/. `sends`: those too that take a message. */
export function registerRoutes(
  app: HttpApp,
  context: RouteContext,
  streams: EventStreams,
  { sends }: { readonly sends: boolean },
): void {
  if (sends) {
    // Shared: a key stands for one request to either.
    const idempotent = new IdempotentRequests(context.reader, context.clock);
    registerSendRoutes(app, context, idempotent);
    registerBatchRoutes(app, context, idempotent);
  }
  registerMessageChangesRoutes(app, context);
  registerTemplatesRoutes(app, context);
  registerMessagesRoutes(app, context);
  registerEventsRoutes(app, context, streams);
  registerSuppressionsRoutes(app, context);
  registerRecipientsRoutes(app, context);
  const keyMaking = new KeyMaking();
  registerDomainsRoutes(app, context, keyMaking);
  registerRotationRoutes(app, context, keyMaking);
  registerStreamsRoutes(app, context);
  registerAccountRoutes(app, context);
  registerStatsRoutes(app, context);
  registerCredentialsRoutes(app, context);
  registerAuditRoutes(app, context);
  registerWebhooksRoutes(app, context);
  registerWebhookDeliveriesRoutes(app, context);
}
